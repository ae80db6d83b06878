/** A team's list, live, on another node than the one where it changes. */
import { expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { teamsOf } from '../../support/teams.ts'

const here = await testApp()
const there = await here.node()
const teams = await teamsOf(here)

const CHANGES = `subscription ($teamId: ID!) { memberships(teamId: $teamId) {
  kind membership { id roles userName hidden isViewer } } }`

it('is told in order, masked by the settings of the moment, and ends with the removal of who follows', async () => {
  const [ann, cid] = [await here.person({ name: 'Ann' }), await here.person({ name: 'Cid' })]
  const bob = await here.person({ name: 'Bob', transport: 'TOKEN' })
  const { teamId, memberships } = await teams.team(ann, bob)
  const changes = await there.subscribe(there.program(bob.sessionToken ?? ''), CHANGES, { teamId })
  const next = async () => (await changes.next())?.data?.memberships
  const id = await teams.join(teamId, cid.account.id, 'ringer')
  expect(await next()).toMatchObject({ kind: 'JOINED', membership: { id, userName: null, isViewer: false } })
  await here.settings({ membershipPrivacy: { private: [], ownersSeeAll: false } })
  for (const role of ['tower', 'yard']) await teams.setRoles(ann.browser, id, [role])
  for (const _ of [1, 2])
    expect(await next()).toMatchObject({ kind: 'ROLES_CHANGED', membership: { id, userName: 'Cid', hidden: [] } })
  await teams.dismiss(ann.browser, memberships[0] ?? '')
  expect(await next()).toMatchObject({ kind: 'REMOVED', membership: { id: memberships[0], isViewer: true } })
  expect(await changes.next()).toBeNull()
  expect(changes.closed).toEqual([]) // the socket stays
  changes.stop()
})
