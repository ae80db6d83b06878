/** Every operator field by the table of actions: exactly its scope opens it, all others together do not. */
import { describe, expect, it } from 'vitest'
import { ACTIONS, type ActionName } from '../../../src/policy/access.ts'
import { SCOPES, type Scope } from '../../../src/policy/permissions.ts'
import { testApp } from '../../support/app.ts'
import { teamsOf } from '../../support/teams.ts'

const app = await testApp()
const victim = await app.person()
const nobody = `acc_${'0'.repeat(26)}`
const noTeam = `tea_${'0'.repeat(26)}`
const teams = await teamsOf(app)

/** A document for each action with a scope. It may end in NOT_FOUND: what counts is that the gate let it through. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'account.list': '{ accounts { totalCount } }',
  'account.delete': `mutation { deleteAccount(input: { accountId: "${nobody}" }) { __typename } }`,
  'account.operate': `mutation { updateAccountAsOperator(input: { accountId: "${nobody}" }) { __typename } }`,
  'session.list': '{ sessions { totalCount } }',
  'session.revoke': `mutation { revokeOtherSessions(input: { accountId: "${nobody}" }) { __typename } revokeSession(input: { sessionId: "ses_x" }) { __typename } }`,
  'settings.update': 'mutation { updateSecuritySettings(input: {}) { __typename } }',
  'apiKey.list': '{ apiKeys { totalCount } }',
  'apiKey.revoke': 'mutation { revokeApiKey(input: { apiKeyId: "key_x" }) { __typename } }',
  'event.list': '{ events { totalCount } }',
  'message.list': '{ messages { totalCount } }',
  'team.list': '{ teams { totalCount } }',
  'team.create': 'mutation { createTeam(input: { name: "Scopes" }) { __typename } }',
  'team.manage': `mutation { updateTeam(input: { teamId: "${noTeam}", name: "Scopes" }) { __typename } }`,
  'clock.move': 'mutation { moveClock(input: { seconds: 0 }) { __typename } }',
}

/** Reads of one thing: hidden, not refused. */
const NODES: Readonly<Record<string, () => Promise<string>>> = {
  'account.read': async () => victim.account.id,
  'session.read': async () => victim.session.id,
  'device.read': async () => (await victim.browser.gql('{ account { devices { id } } }')).data.account.devices[0]?.id,
  'alert.read': async () => {
    await app.signIn(app.browser(), victim.email)
    return (await victim.browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account.sessionAlerts.nodes[0]?.id
  },
  'team.read': async () => (await teams.team(victim)).teamId,
  'membership.read': async () => (await teams.team(victim)).ownership,
  'event.read': async () =>
    (await victim.browser.gql('{ account { events { nodes { id } } } }')).data.account.events.nodes[0]?.id,
}

const NEVER_BY_KEY: readonly string[] = ['apiKey.create']

const allBut = (scope: Scope): Scope[] => (Object.keys(SCOPES) as Scope[]).filter((name) => name !== scope)

const scoped = (Object.keys(ACTIONS) as ActionName[]).flatMap((name) => {
  const { needs } = ACTIONS[name]
  return needs === null ? [] : [[name, needs] as const]
})

const codesOf = (answer: Awaited<ReturnType<Awaited<ReturnType<typeof app.key>>['gql']>>) =>
  (answer.errors ?? []).map((error) => error.extensions.code)

describe('a scope', () => {
  it('stands in one of the tables of this test for every action that has one', () => {
    const tested = [...Object.keys(DOCUMENTS), ...Object.keys(NODES), ...NEVER_BY_KEY]
    expect(tested.toSorted()).toEqual(scoped.map(([name]) => name).toSorted())
  })

  it.each(scoped.filter(([name]) => name in DOCUMENTS))(
    'of %s (%s) opens its fields, and no other scope does',
    async (name, needs) => {
      const document = DOCUMENTS[name] ?? ''
      const let_in = codesOf(await (await app.key(needs)).gql(document))
      // the clock is switched off here: the service says so, with the code of the gate
      if (name === 'clock.move') expect(let_in).toEqual(['FORBIDDEN'])
      else expect(let_in.filter((code) => code !== 'NOT_FOUND')).toEqual([])
      const refused = codesOf(await (await app.key(...allBut(needs))).gql(document))
      expect(refused.length).toBeGreaterThan(0)
      expect(new Set(refused)).toEqual(new Set(['FORBIDDEN']))
    },
  )

  it.each(scoped.filter(([name]) => name in NODES))(
    'of %s (%s) shows its thing, and no other scope does',
    async (name, needs) => {
      const id = await NODES[name]?.()
      const see = async (...scopes: Scope[]) =>
        (await (await app.key(...scopes)).gql('query ($id: ID!) { node(id: $id) { id } }', { id })).data.node
      expect(await see(needs)).toEqual({ id })
      expect(await see(...allBut(needs))).toBeNull()
    },
  )

  it('opens the subscription of events, and no other scope does', async () => {
    const document = 'subscription { events { id } }'
    const listening = await app.subscribe(await app.key('EVENTS_READ'), document)
    expect(listening.errors).toEqual([])
    const refused = (await app.key(...allBut('EVENTS_READ'))).socket().subscribe(document)
    const answer = await refused.next()
    const errors = answer?.errors ?? refused.errors[0]
    expect(JSON.stringify(errors)).toContain('FORBIDDEN')
    listening.stop()
  })
})
