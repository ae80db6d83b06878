/** An owner who is blocked runs nothing: whoever else runs the team does not go either. */
import { expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { teamsOf } from '../../support/teams.ts'

const app = await testApp()
const teams = await teamsOf(app)
const operator = await app.key('ACCOUNTS_WRITE')

/** A team of two owners and a member, one of the owners blocked. */
const scene = async () => {
  const [ann, bob, cid] = [await app.person(), await app.person(), await app.person()]
  const { ownership, memberships } = await teams.team(ann, bob, cid)
  await teams.setRoles(ann.browser, memberships[0] ?? '', ['owner'])
  const set = (name: 'blockAccount' | 'unblockAccount') =>
    operator.gql(`mutation ($id: ID!) { ${name}(input: { accountId: $id }) { __typename } }`, { id: bob.account.id })
  await set('blockAccount')
  return { ann, ownership, unblock: () => set('unblockAccount') }
}

it('the last owner who is not blocked does not leave, until the other one is let in again', async () => {
  const { ann, ownership, unblock } = await scene()
  expect(await teams.dismiss(ann.browser, ownership)).toMatchObject({ code: 'LAST_OWNER' })
  expect(await teams.setRoles(ann.browser, ownership, ['plain'])).toMatchObject({ code: 'LAST_OWNER' })
  await unblock()
  expect(await teams.dismiss(ann.browser, ownership)).toMatchObject({ __typename: 'RemoveMembershipPayload' })
})

it('nor does he have his account deleted', async () => {
  const { ann } = await scene()
  const { data } = await ann.browser.gql('mutation { deleteAccount(input: { immediately: true }) { __typename } }')
  expect(data.deleteAccount.__typename).toBe('LastOwnerError')
})
