/** A team's list, live, on another node than the one where it changes. */
import { afterEach, describe, expect, it } from 'vitest'
import { DETAILS, type MembershipDetail } from '../../../src/policy/visibility.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { openDoor } from '../../support/door.ts'
import { teamsOf } from '../../support/teams.ts'

const here = await testApp()
const there = await here.node()
const teams = await teamsOf(here)

/** A node whose way to the database can be held up. */
const door = await openDoor(here.database.env.DATABASE_URL ?? '')
const said: string[] = []
const say = (_fields: unknown, message: string): void => void said.push(message)
const slow = await testApp({
  env: { DATABASE_URL: door.url },
  beside: { database: here.database, clock: here.clock },
  log: { error: say, warn: say, info: say, debug: say },
})

const CHANGES = `subscription ($teamId: ID!) { memberships(teamId: $teamId) {
  kind membership { id roles userName userEmail hidden isViewer } } }`

const rename = (who: TestClient, name: string) =>
  who.gql('mutation ($name: String) { updateAccount(input: { name: $name }) { __typename } }', { name })

const setPrivate = (...hidden: readonly MembershipDetail[]) =>
  here.settings({ membershipPrivacy: { private: hidden, ownersSeeAll: false } })

/** A team of Ann's and Bob's, followed on a node by Ann, who is elsewhere. */
const followed = async (node: TestApp) => {
  const [ann, bob] = [await here.person({ name: 'Ann', transport: 'TOKEN' }), await here.person({ name: 'Bob' })]
  const owner = { ...ann, browser: here.program(ann.sessionToken ?? '') }
  const { teamId, memberships } = await teams.team(owner, bob)
  const changes = await node.subscribe(node.program(ann.sessionToken ?? ''), CHANGES, { teamId })
  const next = async () => (await changes.next())?.data?.memberships
  return { owner, bob, teamId, id: memberships[0] ?? '', changes, next }
}

afterEach(() => setPrivate(...DETAILS))

it('is told in order, masked by the settings of the moment, and ends with the removal of who follows', async () => {
  const [ann, cid] = [await here.person({ name: 'Ann' }), await here.person({ name: 'Cid' })]
  const bob = await here.person({ name: 'Bob', transport: 'TOKEN' })
  const { teamId, memberships } = await teams.team(ann, bob)
  const changes = await there.subscribe(there.program(bob.sessionToken ?? ''), CHANGES, { teamId })
  const next = async () => (await changes.next())?.data?.memberships
  const id = await teams.join(teamId, cid.account.id, 'ringer')
  expect(await next()).toMatchObject({ kind: 'JOINED', membership: { id, userName: null, isViewer: false } })
  await setPrivate()
  for (const role of ['tower', 'yard']) await teams.setRoles(ann.browser, id, [role])
  for (const _ of [1, 2])
    expect(await next()).toMatchObject({ kind: 'ROLES_CHANGED', membership: { id, userName: 'Cid', hidden: [] } })
  await teams.dismiss(ann.browser, memberships[0] ?? '')
  expect(await next()).toMatchObject({ kind: 'REMOVED', membership: { id: memberships[0], isViewer: true } })
  expect(await changes.next()).toBeNull()
  expect(changes.closed).toEqual([]) // the socket stays
  changes.stop()
})

describe('a new name or address', () => {
  it('is told on another node, in its place among the other changes, by the settings of the moment', async () => {
    const { owner, bob, id, changes, next } = await followed(there)
    const hidden = async (name: string, role: string) => {
      await rename(bob.browser, name)
      await teams.setRoles(owner.browser, id, [role])
      expect(await next()).toMatchObject({ kind: 'ROLES_CHANGED', membership: { id, roles: [role], userName: null } })
    }
    await hidden('One', 'a')
    await setPrivate('USER_EMAIL')
    await rename(bob.browser, 'Two')
    expect(await next()).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { id, userName: 'Two', userEmail: null } })
    await teams.setRoles(owner.browser, id, ['b'])
    expect(await next()).toMatchObject({ kind: 'ROLES_CHANGED', membership: { id, roles: ['b'], userName: 'Two' } })
    await setPrivate('USER_NAME')
    await hidden('Three', 'c')
    await setPrivate()
    await rename(bob.browser, 'Four')
    expect(await next()).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { userName: 'Four', userEmail: bob.email } })
    expect(changes.pending()).toEqual([])
    changes.stop()
  })

  it('of somebody who joins after it is told by his joining alone, however late the node asks', async () => {
    await setPrivate()
    const { owner, bob, teamId, id, changes, next } = await followed(slow)
    const cid = await here.person({ name: 'Cid' })
    door.holdFrom(() => true)
    await rename(bob.browser, 'Rob')
    await rename(cid.browser, 'Sid')
    const joined = await teams.join(teamId, cid.account.id)
    await expect.poll(door.isHolding).toBe(true)
    door.release()
    expect(await next()).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { id, userName: 'Rob' } })
    expect(await next()).toMatchObject({ kind: 'JOINED', membership: { id: joined, userName: 'Sid' } })
    await rename(cid.browser, 'Cid')
    expect(await next()).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { id: joined, userName: 'Cid' } })
    await teams.dismiss(owner.browser, joined)
    expect(await next()).toMatchObject({ kind: 'REMOVED', membership: { id: joined } })
    expect(changes.pending()).toEqual([])
    changes.stop()
  })

  it('is told once, in order, when the database is back that was away from the node', async () => {
    await setPrivate()
    const { owner, bob, id, changes, next } = await followed(slow)
    await door.shut()
    await rename(bob.browser, 'Rob')
    await teams.setRoles(owner.browser, id, ['tower'])
    await rename(bob.browser, 'Bob')
    const failed = () => said.filter((line) => line === 'changes of members could not be told to their teams yet')
    await expect.poll(() => failed().length, { timeout: 5_000, interval: 5 }).toBeGreaterThanOrEqual(3) // once for each, and nothing is on its way
    await door.open()
    for (const kind of ['DETAILS_CHANGED', 'ROLES_CHANGED', 'DETAILS_CHANGED'])
      expect(await next()).toMatchObject({ kind, membership: { id, userName: 'Bob' } })
    await teams.setRoles(owner.browser, id, ['yard'])
    expect(await next()).toMatchObject({ kind: 'ROLES_CHANGED', membership: { roles: ['yard'] } })
    expect([changes.pending(), changes.closed]).toEqual([[], []])
    changes.stop()
  })
})
