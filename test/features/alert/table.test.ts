/**
 * Every method × first ever, known or new device × no, one or several other live sessions × setting × wish: which of them
 * make an alert, on every channel. PASSWORD comes in by its door, the others with their proof where every method goes on.
 */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { METHODS, SETTINGS, type Situation, shouldAlert } from '../../policy/alert-table.ts'
import { newEmail, testApp } from '../../support/app.ts'
import { enterBy, PROOFS } from '../../support/methods.ts'

const app = await testApp()
const { db } = app.app

const ALERTS = 'subscription ($after: ID) { sessionAlerts(after: $after) { isNewDevice session { id } } }'
const ROWS = `{ account {
  sessions(filter: { live: true }) { totalCount }
  sessionAlerts(first: 100) { nodes { id isNewDevice session { id } } }
} }`

/** How many other sessions are live. Where it cannot matter, one after the other has its turn. */
const OTHERS = [0, 1, 3] as const

const newKey = (): string => randomBytes(24).toString('base64url')

/** How an app without cookies signs in by password. */
const byPassword = async (email: string, deviceKey: string) => {
  const { session, sessionToken } = await app.signIn(app.program(), email, { transport: 'TOKEN', deviceKey })
  return { id: session.id, who: app.program(sessionToken ?? '') }
}

type Somebody = Readonly<{ id: string; email: string }>

/** @returns the id of the session. */
const signInBy = async (method: Situation['method'], { id, email }: Somebody, deviceKey: string): Promise<string> =>
  method === 'PASSWORD' ? (await byPassword(email, deviceKey)).id : (await enterBy(app, id, PROOFS[method], deviceKey)).session.id

/** An alert as each channel tells of it. */
type Told = Readonly<{ isNewDevice: boolean; session: Readonly<{ id: string }> }>

/** Somebody with so many live sessions, on whose first device he is known; one of them listens. */
const owner = async (wants: boolean, isKnownDevice: boolean, others: (typeof OTHERS)[number]) => {
  const [email, knownKey] = [newEmail(), newKey()]
  const signedUp = await app.signUp(app.program(), { email, transport: 'TOKEN', deviceKey: knownKey })
  const first = app.program(signedUp.sessionToken ?? '')
  const sessions = [first, (await byPassword(email, newKey())).who, (await byPassword(email, newKey())).who]
  const wish = 'mutation ($wants: Boolean) { updateAccount(input: { wantsSessionAlerts: $wants }) { __typename } }'
  await first.gql(wish, { wants })
  const after: string = (await first.gql(ROWS)).data.account.sessionAlerts.nodes[0].id
  for (const session of sessions.slice(others)) await session.gql('mutation { signOut(input: {}) { __typename } }')
  return {
    id: signedUp.account.id,
    email,
    wants,
    isKnownDevice,
    others,
    /** Of the device that he signs in from. */
    key: () => (isKnownDevice ? knownKey : newKey()),
    /** The last alert before the table begins. */
    after,
    listening: others === 0 ? null : await app.subscribe(first, ALERTS),
    expected: [] as Told[],
  }
}

const owners: Awaited<ReturnType<typeof owner>>[] = []
for (const wants of [true, false])
  for (const isKnownDevice of [true, false]) for (const others of OTHERS) owners.push(await owner(wants, isKnownDevice, others))

/** People who never had a session, as an import leaves them, all with the password of everybody here. */
const newcomers = async () => {
  const combinations = METHODS.flatMap((method) =>
    SETTINGS.flatMap((settings) => [true, false].map((wants) => ({ method, settings, wants }))),
  )
  const people = combinations.map((combination, index) => ({
    ...combination,
    id: `acc_${String(index).padStart(26, '0')}`,
    email: newEmail(),
  }))
  const createdAt = app.clock.now()
  const { hash } = await db.read.password.findFirstOrThrow()
  await db.read.account.createMany({
    data: people.map(({ id, email, wants }) => ({ id, email, createdAt, wantsSessionAlerts: wants })),
  })
  await db.read.password.createMany({ data: people.map(({ id }) => ({ accountId: id, hash, changedAt: createdAt })) })
  return people
}

const people = await newcomers()

const switchedOn = (settings: Situation['settings']): string =>
  Object.entries(settings)
    .flatMap(([name, on]) => (on ? [name] : []))
    .join(' + ') || 'nothing'

describe('the truth table of alerts', () => {
  it.each(SETTINGS.map((settings, row) => [switchedOn(settings), settings, row] as const))(
    'holds with %s for the row, the mail and the open subscription',
    async (_switches, settings, row) => {
      await app.app.delivered()
      app.clock.advance(1)
      const began = app.clock.now()
      const expected: (Told & { to: string; at: string })[] = []
      await app.settings({ alerts: settings })

      for (const [column, method] of METHODS.entries()) {
        app.clock.advance(1)
        const at = app.clock.now()
        const signingIn = owners.filter(
          ({ others }) => method === 'PASSWORD' || others === OTHERS[(row + column) % OTHERS.length],
        )
        const entering = people.filter((person) => person.method === method && person.settings === settings)
        const opened = signingIn.map(async (person) => {
          const { wants, isKnownDevice } = person
          const told = { isNewDevice: !isKnownDevice, session: { id: await signInBy(method, person, person.key()) } }
          if (shouldAlert({ method, settings, wants, isFirstEver: false, isKnownDevice })) {
            expected.push({ ...told, to: person.email, at: at.toISOString() })
            person.expected.push(told)
          }
          return told.session.id
        })
        const entered = entering.map((person) => signInBy(method, person, newKey()))
        const [ids] = await Promise.all([Promise.all(opened), Promise.all(entered)])
        // so that as many others are live at the next one
        await db.read.session.updateMany({ where: { id: { in: ids } }, data: { endedAt: at, endReason: 'SIGNED_OUT' } })
      }

      const rows = await db.read.sessionAlert.findMany({ where: { createdAt: { gt: began } } })
      const written = rows.map(({ sessionId, isNewDevice }) => [sessionId, isNewDevice])
      expect(new Map(written as [])).toEqual(new Map(expected.map(({ session, isNewDevice }) => [session.id, isNewDevice])))
      await app.app.delivered()
      const mails = await db.read.message.findMany({ where: { createdAt: { gt: began } } })
      const sent = mails.map(({ kind, to, createdAt, status }) => [kind, to, createdAt.toISOString(), status].join())
      expect(sent.toSorted()).toEqual(expected.map(({ to, at }) => ['session-alert', to, at, 'SENT'].join()).toSorted())
      for (const { email, listening } of owners)
        for (const { isNewDevice, session } of expected.filter(({ to }) => listening !== null && to === email))
          expect((await listening?.next())?.data.sessionAlerts).toEqual({ isNewDevice, session })
    },
  )

  it('holds for whoever comes back to the subscription or lists the alerts, and has told nobody anything else', async () => {
    await app.settings({ alerts: { sessionAlerts: true, onlyNewDevices: false, includeProvenMethods: false } })
    for (const { email, others, after, listening, expected } of owners) {
      const { id, who } = await byPassword(email, newKey())
      const all = [...expected, { isNewDevice: true, session: { id } }]
      const { sessions, sessionAlerts } = (await who.gql(ROWS)).data.account
      expect(sessions.totalCount).toBe(others + 1)
      const behind = sessionAlerts.nodes.findIndex((alert: { id: string }) => alert.id === after)
      expect(sessionAlerts.nodes.slice(0, behind).toReversed()).toMatchObject(all)
      const resumed = await app.subscribe(who, ALERTS, { after })
      for (const told of all) expect((await resumed.next())?.data.sessionAlerts).toEqual(told)
      if (listening !== null) expect((await listening.next())?.data.sessionAlerts).toEqual(all.at(-1))
      for (const stream of [resumed, listening]) {
        expect(stream?.pending() ?? []).toEqual([])
        stream?.stop()
      }
    }
    expect(await db.read.session.count({ where: { accountId: { in: people.map(({ id }) => id) } } })).toBe(people.length)
  })
})
