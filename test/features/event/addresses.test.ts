/** Whose network address an account's own log shows: the owner's and a stranger's, not that of whoever did something to him. */
import { expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { INVITATIONS, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: { ...INVITATIONS, TRUSTED_PROXIES: '127.0.0.1/32' } })
const teams = await teamsOf(app)

const FAR = { 'x-forwarded-for': '203.0.113.77' }
const EVENTS = '{ account { events(first: 50) { nodes { type ip } } } }'

const typesFrom = async (who: TestClient, address: string | undefined): Promise<readonly string[]> => {
  const { nodes } = (await who.gql(EVENTS)).data.account.events
  return nodes.filter(({ ip }: { ip: string | null }) => ip === address).map(({ type }: { type: string }) => type)
}

it('shows from where he signed in, and from where somebody else tried to', async () => {
  const bob = await app.person()
  const browser = app.browser({ headers: FAR })
  await app.signIn(browser, bob.email)
  await browser.gql('mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }', {
    input: { email: bob.email, password: 'not his own one' },
  })
  const types = await typesFrom(browser, FAR['x-forwarded-for'])
  expect(types).toEqual(expect.arrayContaining(['session.opened', 'sign-in.failed']))
})

it('does not show from where an owner invited and removed him, or an operator changed him; operators see it', async () => {
  const [ann, bob] = [await app.person(), await app.person()]
  const owner = app.browser({ headers: FAR })
  await app.signIn(owner, ann.email)
  const { team } = await teams.create(owner)
  const { membership } = await teams.invite(owner, { teamId: team.id, accountId: bob.account.id })
  await teams.dismiss(owner, membership.id)
  const { secret } = await app.app.operators.createKey({ name: 'x', scopes: ['ACCOUNTS_WRITE', 'EVENTS_READ'], expiresAt: null })
  const operator = app.browser({ bearer: secret, origin: null, headers: FAR })
  await operator.gql(
    'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
    { input: { accountId: bob.account.id, name: 'Robert' } },
  )
  expect(await typesFrom(bob.browser, FAR['x-forwarded-for'])).toEqual([])
  const { data } = await operator.gql('query ($id: ID!) { events(filter: { accountId: $id }) { nodes { type ip } } }', {
    id: bob.account.id,
  })
  const seen = data.events.nodes.filter(({ ip }: { ip: string }) => ip === FAR['x-forwarded-for'])
  expect(seen.map(({ type }: { type: string }) => type).toSorted()).toEqual([
    'account.updated',
    'membership.invited',
    'membership.removed',
  ])
})
