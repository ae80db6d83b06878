/**
 * Every mutation of the schema that is asked in somebody's name, while his session or key is being ended: it waits behind the
 * ending for the same lock, and when it gets there it must do nothing. The walk follows the schema: a new mutation fails
 * here until it is listed, as one that acts for nobody or with an input that it accepts.
 */
import { describe, expect, it } from 'vitest'
import { schema } from '../../../src/graphql/schema.ts'
import { SCOPES, type Scope } from '../../../src/policy/permissions.ts'
import { REVOKE } from '../../http/documents.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { Answer, TestClient } from '../../support/client.ts'
import { holdRow, untilWaiting } from '../../support/hold.ts'
import { mailboxOf } from '../../support/mailbox.ts'
import { removePassword } from '../../support/passwords.ts'
import { stored } from '../../support/stored.ts'

const PAGE = 'https://app.example.com/verify'

const app = await testApp({ env: { DEV_CLOCK: 'true', ALLOWED_REDIRECTS: PAGE } })
const { db } = app.app
const mailbox = await mailboxOf(app)

/** Whoever asks these is nobody: what counts is in the input. */
const OF_NOBODY = [
  'claimSessionToken',
  'finishSignIn',
  'recoverPassword',
  'requestPasswordRecovery',
  'signInWithPassword',
  'signUp',
  'undoChange',
  'verifyEmail',
]

/** What a case may name: another session of whoever asks, with its device and its alert; somebody else; another key. */
const newWorld = async (asker: { browser: TestClient; email: string; account: { id: string } }) => {
  const other = await app.signIn(app.browser(), asker.email)
  const stranger = await app.person()
  await app.key('KEYS_READ')
  const teams = await app.key('TEAMS_WRITE')
  const team = (await teams.gql('mutation { createTeam(input: { name: "Bells" }) { ... on CreateTeamPayload { team { id } } } }'))
    .data.createTeam.team
  const join = async (accountId: string, roles: readonly string[]): Promise<string> =>
    (
      await teams.gql(
        'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { ... on InviteMemberPayload { membership { id } } } }',
        { input: { teamId: team.id, accountId, roles } },
      )
    ).data.inviteMember.membership.id
  const invite = async (who: TestClient, teamId: string, email: string): Promise<string> =>
    (
      await who.gql(
        'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { ... on InviteMemberPayload { membership { id } } } }',
        { input: { teamId, email, roles: [], redirectUrl: PAGE } },
      )
    ).data.inviteMember.membership.id
  await join(asker.account.id, ['owner'])
  const membershipId = await join(stranger.account.id, ['owner']) // so that either may go
  const outsider = await app.person()
  const invitationId = await invite(stranger.browser, team.id, newEmail())
  const { data: founded } = await stranger.browser.gql(
    'mutation { createTeam(input: { name: "Carols" }) { ... on CreateTeamPayload { team { id } } } }',
  )
  await invite(stranger.browser, founded.createTeam.team.id, asker.email)
  const { data } = await (await app.key('KEYS_READ')).gql('{ apiKeys(first: 2) { nodes { id } } }')
  const { data: mine } = await asker.browser.gql(
    '{ account { sessionAlerts(first: 1) { nodes { id } } devices { id sessions { nodes { id } } } } }',
  )
  const devices: { id: string; sessions: { nodes: { id: string }[] } }[] = mine.account.devices
  return {
    accountId: asker.account.id,
    sessionId: other.session.id,
    deviceId: devices.find(({ sessions }) => sessions.nodes.some(({ id }) => id === other.session.id))?.id,
    alertId: mine.account.sessionAlerts.nodes[0]?.id,
    stranger: { accountId: stranger.account.id, sessionId: stranger.session.id },
    apiKeyId: data.apiKeys.nodes[1].id,
    team: { teamId: team.id as string, membershipId, outsiderId: outsider.account.id, invitationId },
    invitation: await mailbox.token(asker.email, 'invitation'),
  }
}
type World = Awaited<ReturnType<typeof newWorld>>

type Case = readonly [name: string, input: (world: World) => Record<string, unknown>]

/** For their owner. */
const OWN: readonly Case[] = [
  ['updateAccount', () => ({ name: 'Ghost' })],
  ['changeEmail', () => ({ email: 'ghost@example.org' })],
  ['changePassword', () => ({ currentPassword: PASSWORD, newPassword: 'wintry meadow' })],
  ['setPassword', () => ({ newPassword: 'wintry meadow' })],
  ['reauthenticate', () => ({ password: PASSWORD })],
  ['deleteAccount', () => ({ immediately: true })],
  ['sendEmailVerification', () => ({ redirectUrl: PAGE })],
  ['signOut', () => ({ everywhere: true })],
  ['revokeSession', ({ sessionId }) => ({ sessionId })],
  ['revokeOtherSessions', () => ({})],
  ['extendSession', ({ sessionId }) => ({ sessionId })],
  ['forgetDevice', ({ deviceId }) => ({ deviceId })],
  ['confirmSessionAlert', ({ alertId }) => ({ alertId })],
  ['reportSessionAlert', ({ alertId }) => ({ alertId })],
  ['acceptInvitation', ({ invitation }) => ({ token: invitation })],
]

/** For owners of a team, and for operators. */
const IN_TEAMS: readonly Case[] = [
  ['createTeam', () => ({ name: 'Ghosts' })],
  ['updateTeam', ({ team: { teamId } }) => ({ teamId, name: 'Ghosts' })],
  ['deleteTeam', ({ team: { teamId } }) => ({ teamId })],
  ['inviteMember', ({ team: { teamId, outsiderId } }) => ({ teamId, accountId: outsiderId, roles: [], redirectUrl: PAGE })],
  ['resendInvitation', ({ team: { invitationId } }) => ({ membershipId: invitationId, redirectUrl: PAGE })],
  ['updateMembership', ({ team: { membershipId } }) => ({ membershipId, roles: ['ghost'] })],
  ['removeMembership', ({ team: { membershipId } }) => ({ membershipId })],
]

/** For operators in person. */
const IN_PERSON: readonly Case[] = [['createApiKey', () => ({ name: 'ghost', scopes: ['KEYS_READ'] })]]

/** For operators, in person or by key. */
const OPERATED: readonly Case[] = [
  ['createAccount', () => ({ email: newEmail() })],
  ['importAccounts', () => ({ accounts: [{ email: newEmail() }] })],
  ['blockAccount', ({ stranger: { accountId } }) => ({ accountId })],
  ['unblockAccount', ({ stranger: { accountId } }) => ({ accountId })],
  ['unlockAccount', ({ stranger: { accountId } }) => ({ accountId })],
  ['updateAccountAsOperator', ({ stranger: { accountId } }) => ({ accountId, name: 'Ghost' })],
  ['deleteAccount', ({ stranger: { accountId } }) => ({ accountId, immediately: false })],
  ['revokeSession', ({ stranger: { sessionId } }) => ({ sessionId })],
  ['revokeOtherSessions', ({ stranger: { accountId } }) => ({ accountId })],
  ['updateSecuritySettings', () => ({ alerts: { onlyNewDevices: false } })],
  ['revokeApiKey', ({ apiKeyId }) => ({ apiKeyId })],
  ['moveClock', () => ({ seconds: 1 })],
]

const documentOf = (name: string): string => {
  const Name = name.charAt(0).toUpperCase() + name.slice(1)
  return `mutation ($input: ${Name}Input!) { ${name}(input: $input) { __typename ... on UserError { code message } } }`
}

/** Waits until so many transactions wait for a lock. */
const waiting = (count: number): Promise<void> => untilWaiting(app, count)

/** Everything that is stored but the log, and what an ending itself changes. */
const storedBeside = async (endedId: string) => {
  const { events, ledger, checkpoints, ...tables } = await stored(app)
  const contents = Object.entries(tables).map(([name, rows]) => [
    name,
    rows.filter(({ id }) => id !== endedId).map(({ version, ...row }) => row),
  ])
  return Object.fromEntries(contents)
}

const eventTypes = async () =>
  (await db.read.event.findMany({ orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }], select: { type: true } })).map(
    ({ type }) => type,
  )

/** Whoever asks, what he waits for, and what ends him. */
type Asker = Readonly<{
  who: TestClient
  held: readonly ['accounts' | 'api_keys', string]
  credentialId: string
  end: () => Promise<Answer>
  ending: string
  reason: string | null
  world: World
}>

const bySession = async (person: Awaited<ReturnType<typeof app.person>>): Promise<Asker> => {
  const { browser, account, session, email } = person
  const elsewhere = app.program((await app.signIn(app.program(), email, { transport: 'TOKEN' })).sessionToken ?? '')
  return {
    who: browser,
    held: ['accounts', account.id],
    credentialId: session.id,
    end: () => elsewhere.gql(REVOKE, { id: session.id }),
    ending: 'session.ended',
    reason: 'REVOKED_BY_ACCOUNT',
    world: await newWorld({ browser, account, email }),
  }
}

const ASKERS = {
  person: async () => bySession(await app.person()),
  administrator: async () => bySession(await app.admin()),
  key: async (): Promise<Asker> => {
    const admin = await app.admin()
    const world = await newWorld(admin)
    const who = await app.key(...(Object.keys(SCOPES) as Scope[]))
    const apiKeyId: string = (await who.gql('{ apiKeys(first: 1) { nodes { id } } }')).data.apiKeys.nodes[0].id
    return {
      who,
      held: ['api_keys', apiKeyId],
      credentialId: apiKeyId,
      end: () => admin.browser.gql(documentOf('revokeApiKey'), { input: { apiKeyId } }),
      ending: 'api-key.revoked',
      reason: null,
      world,
    }
  },
} as const

const CASES: readonly (readonly [asker: keyof typeof ASKERS, ...Case])[] = [
  ...[...OWN, ...IN_TEAMS].map((one) => ['person', ...one] as const),
  ...IN_PERSON.map((one) => ['administrator', ...one] as const),
  ...[...OPERATED, ...IN_TEAMS].flatMap((one) => [['administrator', ...one] as const, ['key', ...one] as const]),
]

describe('this suite', () => {
  it('has a row for every mutation of the schema', () => {
    const known = [...OF_NOBODY, ...CASES.map(([, name]) => name)]
    expect([...new Set(known)].toSorted()).toEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}).toSorted())
  })
})

describe.each(CASES)('asked by a %s, %s', (kind, name, input) => {
  it('does nothing more once the credential that it was asked with has ended while it waited', async () => {
    const { who, held, credentialId, end, ending, reason, world } = await ASKERS[kind]()
    if (name === 'setPassword') await removePassword(app, held[1]) // where there is one it says so and waits for nothing
    const [before, events] = [await storedBeside(credentialId), await eventTypes()]
    const letGo = await holdRow(app, ...held)
    const ended = end()
    await waiting(1)
    const asked = who.gql(documentOf(name), { input: input(world) })
    await waiting(2)
    await letGo()
    expect((await ended).errors).toBeUndefined()
    const { data, errors } = await asked
    expect([data?.[name], errors?.map(({ extensions }) => extensions)]).toEqual([null, [{ code: 'UNAUTHENTICATED', reason }]])
    expect(await storedBeside(credentialId)).toEqual(before)
    expect((await eventTypes()).slice(events.length)).toEqual([ending])
  })

  it('is done where it only waited', async () => {
    const { who, held, world } = await ASKERS[kind]()
    if (name === 'setPassword') await removePassword(app, held[1])
    const letGo = await holdRow(app, ...held)
    const asked = who.gql(documentOf(name), { input: input(world) })
    await waiting(1)
    await letGo()
    const { data, errors } = await asked
    expect([data?.[name]?.__typename, errors]).toEqual([expect.stringMatching(/Payload$/), undefined])
  })
})

describe('a mutation that waits', () => {
  const RENAME = 'mutation { updateAccount(input: { name: "Ghost" }) { __typename } }'

  it('does nothing once the time of its session is over', async () => {
    const { browser, account } = await app.person()
    const letGo = await holdRow(app, 'accounts', account.id)
    const asked = browser.gql(RENAME)
    await waiting(1)
    app.clock.advance(1_209_600)
    await letGo()
    expect((await asked).errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'IDLE' })
    expect(await db.read.account.findUnique({ where: { id: account.id } })).toMatchObject({ name: null })
  })

  it('does not wake another session whose time is over by then', async () => {
    const { browser, account, email } = await app.person()
    const { session } = await app.signIn(app.browser(), email)
    app.clock.advance(1_209_600 - 60)
    await browser.gql('{ account { id } }') // used: it lives on
    const letGo = await holdRow(app, 'accounts', account.id)
    const asked = browser.gql('mutation ($id: ID!) { extendSession(input: { sessionId: $id }) { __typename } }', {
      id: session.id,
    })
    await waiting(1)
    app.clock.advance(120)
    await letGo()
    expect((await asked).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })

  it('does nothing once its operator is none any more', async () => {
    const [ada, bob, { account }] = [await app.admin(), await app.admin(), await app.person()]
    const letGo = await holdRow(app, 'accounts', bob.account.id)
    const dismissed = ada.browser.gql(documentOf('updateAccountAsOperator'), { input: { accountId: bob.account.id, labels: [] } })
    await waiting(1)
    const asked = bob.browser.gql(documentOf('updateAccountAsOperator'), { input: { accountId: account.id, name: 'Ghost' } })
    await waiting(2)
    await letGo()
    expect((await dismissed).errors).toBeUndefined()
    expect((await asked).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    expect(await db.read.account.findUnique({ where: { id: account.id } })).toMatchObject({ name: null })
  })
})

describe('two operators who act on each other at the same moment', () => {
  it('do it one after the other, and the second one only if he still may', async () => {
    for (let time = 0; time < 5; time++) {
      const [ada, bob] = [await app.admin(), await app.admin()]
      const dismiss = (who: typeof ada, whom: typeof ada) =>
        who.browser.gql(documentOf('updateAccountAsOperator'), { input: { accountId: whom.account.id, labels: [] } })
      const answers = await Promise.all([dismiss(ada, bob), dismiss(bob, ada)])
      const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE')
      expect(codes.toSorted()).toEqual(['DONE', 'FORBIDDEN'])
    }
  })

  it('so do keys that revoke each other or themselves', async () => {
    const id = async (key: TestClient): Promise<string> =>
      (await key.gql('{ apiKeys(first: 1) { nodes { id } } }')).data.apiKeys.nodes[0].id
    for (let time = 0; time < 5; time++) {
      const one = await app.key('KEYS_READ', 'KEYS_WRITE')
      const oneId = await id(one)
      const two = await app.key('KEYS_READ', 'KEYS_WRITE')
      const twoId = await id(two)
      const revoke = (who: TestClient, apiKeyId: string) => who.gql(documentOf('revokeApiKey'), { input: { apiKeyId } })
      const answers = await Promise.all([revoke(one, twoId), revoke(two, oneId), revoke(one, oneId), revoke(two, twoId)])
      const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE')
      expect(codes.filter((code) => code === 'DONE').length).toBeGreaterThan(0)
      expect(codes.filter((code) => code !== 'DONE' && code !== 'UNAUTHENTICATED')).toEqual([])
    }
  })
})
