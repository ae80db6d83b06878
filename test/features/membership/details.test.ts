/** A member's new name or address, live: who is told of it, by which settings, in which order. */
import { afterEach, describe, expect, it } from 'vitest'
import { DETAILS, type MembershipDetail } from '../../../src/policy/visibility.ts'
import { addressesOf } from '../../support/addresses.ts'
import { newEmail, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { INVITATIONS, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)
const addresses = await addressesOf(app)
const [ann, bob, cid] = [
  await app.person({ name: 'Ann' }),
  await addresses.provenPerson({ name: 'Bob' }),
  await app.person({ name: 'Cid' }),
]
const operator = await app.key('ACCOUNTS_WRITE')
const reader = await app.key('MEMBERSHIPS_READ')

const CHANGES = `subscription ($teamId: ID!) { memberships(teamId: $teamId) {
  kind membership { id roles userName userEmail hidden isViewer } } }`

const follow = (who: TestClient, teamId: string) => app.subscribe(who, CHANGES, { teamId })

const next = async (changes: Awaited<ReturnType<typeof follow>>) => (await changes.next())?.data?.memberships

const setPrivate = (hidden: readonly MembershipDetail[], ownersSeeAll = false) =>
  app.settings({ membershipPrivacy: { private: hidden, ownersSeeAll } })

const update = (who: TestClient, input: Record<string, unknown>) =>
  who.gql('mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { __typename } }', { input })

const operate = (input: Record<string, unknown>) =>
  operator.gql('mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }', {
    input: { accountId: bob.account.id, ...input },
  })

let round = 0

/** A team of all three, followed by its owner, a member, the one who changes himself, and an operator's key. */
const followed = async () => {
  const { teamId, memberships } = await teams.team(ann, bob, cid)
  const id = memberships[0] ?? ''
  const [owner, member, himself, key] = [
    await follow(ann.browser, teamId),
    await follow(cid.browser, teamId),
    await follow(bob.browser, teamId),
    await follow(reader, teamId),
  ]
  const all = { owner, member, himself, key }
  return {
    teamId,
    id,
    ...all,
    /** What each of them has been told until now: everything that comes before a change that everybody is told of. */
    told: async () => {
      await teams.setRoles(ann.browser, id, [`round-${++round}`])
      const heard: Record<string, readonly unknown[]> = {}
      for (const [who, changes] of Object.entries(all)) {
        const before: unknown[] = []
        for (let change = await next(changes); change?.kind !== 'ROLES_CHANGED'; change = await next(changes)) {
          expect(change).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { id, isViewer: who === 'himself' } })
          const { userName, userEmail, hidden } = change.membership
          before.push({ userName, userEmail, hidden })
        }
        heard[who] = before
      }
      return heard
    },
    stop: () => {
      for (const changes of Object.values(all)) changes.stop()
    },
  }
}

const nobody = { owner: [], member: [], himself: [], key: [] }

afterEach(async () => {
  await setPrivate(DETAILS)
  await update(bob.browser, { name: 'Bob' })
})

describe('a new name', () => {
  it('is told to whoever sees names, as he sees the member, and to nobody else', async () => {
    const { told, stop } = await followed()
    const [shown, named] = [
      { userName: 'Rob', userEmail: bob.email, hidden: [] },
      { userName: 'Rob', userEmail: null, hidden: ['USER_EMAIL', 'MFA'] },
    ]
    await update(bob.browser, { name: 'Rob' })
    expect(await told()).toEqual({ ...nobody, himself: [shown], key: [shown] })
    await setPrivate(DETAILS, true)
    await operate({ name: 'Bobby' })
    await operate({ name: 'Rob' })
    const twice = [{ ...shown, userName: expect.any(String) }, shown]
    expect(await told()).toEqual({ owner: twice, member: [], himself: twice, key: twice })
    await setPrivate(['USER_EMAIL', 'MFA'])
    await operate({ name: 'Bobby' })
    const bobby = { userName: 'Bobby' }
    expect(await told()).toEqual({
      owner: [{ ...named, ...bobby }],
      member: [{ ...named, ...bobby }],
      himself: [{ ...shown, ...bobby }],
      key: [{ ...shown, ...bobby }],
    })
    stop()
  })

  it('is no news where it is the old one, nor is anything else that the account keeps to itself', async () => {
    await setPrivate([])
    const { told, stop } = await followed()
    await update(bob.browser, { name: 'Bob', locale: 'de', preferences: { theme: 'dark' } })
    await operate({ name: ' Bob ', email: bob.email, emailVerified: true, labels: ['choir'] })
    await operate({ name: 'Bob' })
    expect(await told()).toEqual(nobody)
    stop()
  })

  it('is told in every open team that he is in, once each, and in none to which he is only invited', async () => {
    await setPrivate([])
    const [first, second, invited] = [await teams.team(ann, bob), await teams.team(cid, bob), await teams.team(ann)]
    const invitation = await teams.invite(ann.browser, { teamId: invited.teamId, accountId: bob.account.id })
    const lists = [await follow(ann.browser, first.teamId), await follow(cid.browser, second.teamId)]
    const outside = await follow(ann.browser, invited.teamId)
    await update(bob.browser, { name: 'Robert' })
    for (const [list, { memberships }] of [
      [lists[0], first],
      [lists[1], second],
    ] as const) {
      expect(await next(list as (typeof lists)[number])).toMatchObject({
        kind: 'DETAILS_CHANGED',
        membership: { id: memberships[0], userName: 'Robert' },
      })
      await teams.dismiss(bob.browser, memberships[0] ?? '')
      expect(await next(list as (typeof lists)[number])).toMatchObject({ kind: 'REMOVED' })
    }
    await teams.dismiss(bob.browser, invitation.membership.id)
    expect(await next(outside)).toMatchObject({ kind: 'REMOVED' })
    for (const list of [...lists, outside]) {
      expect(list.pending()).toEqual([])
      list.stop()
    }
  })

  it('keeps its place among the other changes, and is not told of who is gone', async () => {
    await setPrivate([])
    const { teamId, id, owner, stop } = await followed()
    await update(bob.browser, { name: 'One' })
    await teams.setRoles(ann.browser, id, ['two'])
    await update(bob.browser, { name: 'Three' })
    const other = await teams.join(teamId, (await app.person({ name: 'Dan' })).account.id)
    await update(bob.browser, { name: 'Five' })
    for (const expected of [
      { kind: 'DETAILS_CHANGED', membership: { id } },
      { kind: 'ROLES_CHANGED', membership: { id, roles: ['two'] } },
      { kind: 'DETAILS_CHANGED', membership: { id } },
      { kind: 'JOINED', membership: { id: other } },
      { kind: 'DETAILS_CHANGED', membership: { id, userName: 'Five' } },
    ])
      expect(await next(owner)).toMatchObject(expected)
    await teams.dismiss(ann.browser, id)
    await update(bob.browser, { name: 'Gone' })
    await teams.dismiss(ann.browser, other)
    for (const gone of [id, other]) expect(await next(owner)).toMatchObject({ kind: 'REMOVED', membership: { id: gone } })
    expect(owner.pending()).toEqual([])
    stop()
  })

  it('is not told to who begins to follow after it', async () => {
    await setPrivate([])
    const { teamId, memberships } = await teams.team(ann, bob)
    const early = await follow(ann.browser, teamId)
    await update(bob.browser, { name: 'Early' })
    const late = await follow(reader, teamId)
    await update(bob.browser, { name: 'Late' })
    for (const _ of [1, 2]) expect((await next(early)).kind).toBe('DETAILS_CHANGED')
    expect(await next(late)).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { id: memberships[0], userName: 'Late' } })
    for (const changes of [early, late]) {
      expect(changes.pending()).toEqual([])
      changes.stop()
    }
  })
})

describe('a new address', () => {
  it('is told to whoever sees addresses, whatever changed it, and to nobody before it is proven', async () => {
    await setPrivate(['USER_NAME', 'MFA'])
    const { told, stop } = await followed()
    const shown = (userEmail: string) => {
      const [others, all] = [
        { userName: null, userEmail, hidden: ['USER_NAME', 'MFA'] },
        { userName: 'Bob', userEmail, hidden: [] },
      ]
      return { owner: [others], member: [others], himself: [all], key: [all] }
    }
    await addresses.change(bob.browser, newEmail())
    expect(await told()).toEqual(nobody)
    const moved = await addresses.move(bob.browser)
    expect(await told()).toEqual(shown(moved))
    const given = newEmail()
    await operate({ email: given, emailVerified: true })
    expect(await told()).toEqual(shown(given))
    await setPrivate(['USER_EMAIL'])
    await operate({ email: newEmail(), emailVerified: true })
    const { owner, member, himself, key } = await told()
    expect([owner, member]).toEqual([[], []])
    expect([himself, key]).toEqual([[expect.anything()], [expect.anything()]])
    stop()
  })

  it('is told where it is taken back, unless the account has it already', async () => {
    await setPrivate([])
    const [dan, eve] = [await addresses.provenPerson({ name: 'Dan' }), await addresses.provenPerson({ name: 'Eve' })]
    const { teamId, memberships } = await teams.team(ann, dan, eve)
    const changes = await follow(ann.browser, teamId)
    const undo = async (email: string) => addresses.undo(await addresses.mailbox.token(email, 'email-changed'))
    await addresses.move(dan.browser)
    expect((await undo(dan.email)).__typename).toBe('UndoChangePayload')
    await addresses.move(eve.browser)
    await addresses.move(eve.browser, eve.email)
    expect((await undo(eve.email)).__typename).toBe('UndoChangePayload')
    for (const id of [memberships[0], memberships[0], memberships[1], memberships[1]])
      expect(await next(changes)).toMatchObject({ kind: 'DETAILS_CHANGED', membership: { id } })
    await teams.dismiss(ann.browser, memberships[0] ?? '')
    expect((await next(changes)).kind).toBe('REMOVED')
    changes.stop()
  })
})
