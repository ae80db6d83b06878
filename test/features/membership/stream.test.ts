/** A team's list, live: who hears which changes, as whom, and when it ends. */
import { afterEach, describe, expect, it } from 'vitest'
import { DETAILS } from '../../../src/policy/visibility.ts'
import { openStream } from '../../http/stream.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { INVITATIONS, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)
const [ann, bob, cid, eve] = [
  await app.person({ name: 'Ann' }),
  await app.person({ name: 'Bob' }),
  await app.person({ name: 'Cid' }),
  await app.person({ name: 'Eve' }),
]

const CHANGES = `subscription ($teamId: ID!) { memberships(teamId: $teamId) {
  kind membership { id roles status userName userEmail hidden isViewer } } }`

const follow = (who: TestClient, teamId: string) => app.subscribe(who, CHANGES, { teamId })

type Following = Awaited<ReturnType<typeof follow>>

const next = async (changes: Following) => (await changes.next())?.data?.memberships

const refusal = async (who: TestClient, teamId: string) =>
  (await who.socket().subscribe(CHANGES, { teamId }).next())?.errors?.[0]?.extensions.code

const rename = (who: TestClient, name: string) =>
  who.gql('mutation ($name: String) { updateAccount(input: { name: $name }) { __typename } }', { name })

const setPrivate = (hidden: readonly string[]) => app.settings({ membershipPrivacy: { private: hidden, ownersSeeAll: false } })

afterEach(() => setPrivate(DETAILS))

describe('memberships', () => {
  it('tells of each change once and in order, and of no other team', async () => {
    const { teamId, memberships } = await teams.team(ann, bob)
    const other = await teams.team(ann)
    const changes = await follow(bob.browser, teamId)
    await teams.join(other.teamId, eve.account.id)
    const invited = await teams.invite(ann.browser, { teamId, accountId: eve.account.id, roles: ['guest'] })
    expect(await next(changes)).toMatchObject({ kind: 'INVITED', membership: { id: invited.membership.id, status: 'INVITED' } })
    const joined = await teams.join(teamId, cid.account.id, 'ringer')
    expect(await next(changes)).toMatchObject({ kind: 'JOINED', membership: { id: joined, roles: ['ringer'], status: 'ACTIVE' } })
    await teams.setRoles(ann.browser, joined, ['tower'])
    expect(await next(changes)).toMatchObject({ kind: 'ROLES_CHANGED', membership: { id: joined, roles: ['tower'] } })
    await teams.dismiss(ann.browser, joined)
    expect(await next(changes)).toEqual({
      kind: 'REMOVED',
      membership: {
        id: joined,
        roles: ['tower'],
        status: 'ACTIVE',
        userName: null,
        userEmail: null,
        hidden: [...DETAILS],
        isViewer: false,
      },
    })
    await teams.dismiss(ann.browser, invited.membership.id)
    expect(await next(changes)).toMatchObject({ kind: 'REMOVED', membership: { id: invited.membership.id, status: 'INVITED' } })
    await teams.setRoles(ann.browser, memberships[0] ?? '', ['last'])
    expect(await next(changes)).toMatchObject({ kind: 'ROLES_CHANGED', membership: { roles: ['last'], isViewer: true } })
    expect(changes.pending()).toEqual([])
    changes.stop()
  })

  it('masks by the setting of the moment, for each viewer by himself', async () => {
    const { teamId, memberships } = await teams.team(ann, bob, cid)
    const reader = await app.key('MEMBERSHIPS_READ')
    const all = [
      await follow(ann.browser, teamId),
      await follow(bob.browser, teamId),
      await follow(cid.browser, teamId),
      await app.subscribe(reader, CHANGES, { teamId }),
    ]
    const seen = async (...roles: readonly string[]) => {
      await teams.setRoles(ann.browser, memberships[0] ?? '', roles)
      return Promise.all(all.map(async (changes) => (await next(changes))?.membership))
    }
    const shown = { userName: 'Bob', userEmail: bob.email, hidden: [] }
    const masked = { userName: null, userEmail: null, hidden: [...DETAILS] }
    const everything = [shown, shown, shown, shown].map((view) => expect.objectContaining(view))
    const byDefault = [masked, shown, masked, shown].map((view) => expect.objectContaining(view))
    expect(await seen('a')).toEqual(byDefault)
    await setPrivate([])
    expect(await seen('b')).toEqual(everything)
    await setPrivate(DETAILS)
    expect(await seen('c')).toEqual(byDefault)
    for (const changes of all) changes.stop()
  })

  it('ends with his own REMOVED for whoever is removed or leaves; the socket stays', async () => {
    const { teamId, memberships } = await teams.team(ann, bob, cid)
    const [owners, bobs, cids] = [
      await follow(ann.browser, teamId),
      await follow(bob.browser, teamId),
      await follow(cid.browser, teamId),
    ]
    const ends = [
      { by: ann, changes: bobs, id: memberships[0] ?? '' },
      { by: cid, changes: cids, id: memberships[1] ?? '' },
    ]
    for (const { by, changes, id } of ends) {
      await teams.dismiss(by.browser, id)
      expect(await next(owners)).toMatchObject({ kind: 'REMOVED', membership: { id, isViewer: false } })
      if (changes === bobs) expect(await next(cids)).toMatchObject({ kind: 'REMOVED', membership: { id, isViewer: false } })
      expect(await next(changes)).toMatchObject({ kind: 'REMOVED', membership: { id, isViewer: true, hidden: [] } })
      expect(await changes.next()).toBeNull()
      expect(changes.closed).toEqual([])
    }
    expect(owners.pending()).toEqual([])
    owners.stop()
  })

  it('ends over server-sent events as over a socket: his own REMOVED, and then the HTTP stream is complete', async () => {
    const { teamId, memberships } = await teams.team(ann, bob)
    const before = app.app.listening()
    const stream = await openStream(bob.browser, CHANGES, {}, { teamId })
    await expect.poll(() => app.app.listening(), { interval: 5 }).toBe(before + 1)
    await teams.setRoles(ann.browser, memberships[0] ?? '', ['tower'])
    expect((await stream.next())?.data?.data.memberships).toMatchObject({ kind: 'ROLES_CHANGED' })
    await teams.dismiss(ann.browser, memberships[0] ?? '')
    expect((await stream.next())?.data?.data.memberships).toMatchObject({ kind: 'REMOVED', membership: { isViewer: true } })
    expect(await stream.next()).toEqual({ event: 'complete', data: null })
    expect(await stream.next()).toBeNull()
    await expect.poll(() => app.app.listening()).toBe(before)
  })

  it('tells two sockets of one viewer of each change once, and goes on for one when the other leaves', async () => {
    await setPrivate([])
    const { teamId, memberships } = await teams.team(ann, bob)
    const both = [await follow(ann.browser, teamId), await follow(ann.browser, teamId)] as const
    await teams.setRoles(ann.browser, memberships[0] ?? '', ['tower'])
    await rename(bob.browser, 'Rob')
    await teams.setRoles(ann.browser, memberships[0] ?? '', ['yard'])
    for (const changes of both) {
      for (const kind of ['ROLES_CHANGED', 'DETAILS_CHANGED', 'ROLES_CHANGED'])
        expect(await next(changes)).toMatchObject({ kind })
      expect(changes.pending()).toEqual([])
    }
    const [gone, left] = both
    await gone.client.dispose()
    await rename(bob.browser, 'Bob')
    expect(await next(left)).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { userName: 'Bob' } })
    expect(gone.pending()).toEqual([])
    await left.client.dispose()
  })

  it('ends with FORBIDDEN for an operator who is none any more, before he is told of anything', async () => {
    const [admin, other] = [await app.admin(), await app.admin()]
    const { teamId } = await teams.team(ann, bob)
    const changes = await follow(admin.browser, teamId)
    await rename(bob.browser, 'Rob')
    expect(await next(changes)).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { userName: 'Rob', hidden: [] } })
    const { data } = await other.browser.gql(
      'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
      { input: { accountId: admin.account.id, labels: [] } },
    )
    expect(data.updateAccountAsOperator.__typename).toBe('UpdateAccountAsOperatorPayload')
    await rename(bob.browser, 'Bob')
    expect((await changes.next())?.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    expect(await changes.next()).toBeNull()
  })

  it('ends with UNAUTHENTICATED for a key that is revoked', async () => {
    const reader = await app.key('MEMBERSHIPS_READ', 'KEYS_READ', 'KEYS_WRITE')
    const { teamId } = await teams.team(ann, bob)
    const changes = await follow(reader, teamId)
    const { data } = await reader.gql('{ apiKeys(first: 1) { nodes { id } } }')
    await reader.gql('mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { __typename } }', {
      id: data.apiKeys.nodes[0].id,
    })
    expect((await changes.next())?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    await expect.poll(() => changes.closed).toEqual([expect.objectContaining({ code: 4401 })])
    expect(await changes.next()).toBeNull()
  })

  it('completes when the team is deleted', async () => {
    const { teamId } = await teams.team(ann, bob)
    const reader = await app.key('MEMBERSHIPS_READ')
    const all = [await follow(bob.browser, teamId), await app.subscribe(reader, CHANGES, { teamId })]
    await teams.remove(ann.browser, teamId)
    for (const changes of all) {
      expect(await changes.next()).toBeNull()
      expect(changes.closed).toEqual([])
    }
  })

  it('is NOT_FOUND for strangers, invitees and what is no team, and refuses guests and keys without the scope', async () => {
    const { teamId } = await teams.team(ann)
    await teams.invite(ann.browser, { teamId, accountId: eve.account.id })
    for (const { browser } of [bob, eve]) expect(await refusal(browser, teamId)).toBe('NOT_FOUND')
    const reader = await app.key('MEMBERSHIPS_READ')
    for (const id of ['nonsense', '', `tea_${'0'.repeat(26)}`])
      for (const who of [ann.browser, reader]) expect(await refusal(who, id)).toBe('NOT_FOUND')
    expect(await refusal(app.browser(), teamId)).toBe('UNAUTHENTICATED')
    expect(await refusal(await app.key('TEAMS_READ'), teamId)).toBe('FORBIDDEN')
  })
})
