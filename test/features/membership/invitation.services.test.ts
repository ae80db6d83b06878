/** One invitation that many accept at once, and one address that many invite at once, at two nodes. */
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/policy/limits.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { accept, nameOf, preview } from '../../support/invitations.ts'
import { INVITATIONS, type Person, teamsOf } from '../../support/teams.ts'
import { sceneOf } from './scene.ts'

const here = await testApp({ env: INVITATIONS })
const there = await here.node()
const { far, newcomer, member, links, invite, outcome, accountsAt } = await sceneOf(here, there)

const TWENTY = Array.from({ length: 20 }, (_, index) => index)

const nodeOf = (index: number) => (index % 2 === 0 ? here : there)

/** How often each answer came. */
const tally = (answers: readonly Parameters<typeof nameOf>[0][]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const answer of answers) counts[nameOf(answer)] = (counts[nameOf(answer)] ?? 0) + 1
  return counts
}

const ONE_OF_TWENTY = { AcceptInvitationPayload: 1, INVALID_TOKEN: 19 }

describe('one invitation, accepted twenty times at once', () => {
  it('lets somebody new in once: one account, one session, one membership', async () => {
    for (let time = 0; time < 3; time++) {
      const { teamId, token, invitee } = await invite(await newcomer())
      const answers = await Promise.all(
        TWENTY.map((index) => accept(nodeOf(index).browser(), token, { password: `${PASSWORD} ${index}` })),
      )
      expect(tally(answers)).toEqual(ONE_OF_TWENTY)
      const [account, ...others] = await accountsAt(invitee.email)
      expect([account?.sessions, account?.memberships, others]).toMatchObject([[{}], [{ roles: ['ringer'] }], []])
      expect(await outcome(teamId)).toEqual({ isOrphaned: false, isThere: true, joined: ['ringer'], removals: [] })
      const told = await here.app.db.read.event.groupBy({ by: ['type'], where: { accountId: account?.id ?? '' }, _count: true })
      expect(Object.fromEntries(told.map(({ type, _count }) => [type, _count]))).toEqual({
        'account.created': 1,
        'email.verified': 1,
        'session.opened': 1,
        'membership.joined': 1,
      })
      // the password is that of the one who got in
      const winner = answers.findIndex((answer) => nameOf(answer) === 'AcceptInvitationPayload')
      await here.signIn(here.browser(), invitee.email, { password: `${PASSWORD} ${winner}` })
    }
  })

  it('lets whoever is signed in in once, in two sessions of his and at two nodes', async () => {
    for (let time = 0; time < 3; time++) {
      const { teamId, token, invitee } = await invite(await member())
      const other = await here.signIn(here.browser(), invitee.email, { transport: 'TOKEN' })
      const tokens = [invitee.account?.sessionToken ?? '', other.sessionToken ?? '']
      const answers = await Promise.all(
        TWENTY.map((index) => accept(nodeOf(index).program(tokens[Math.floor(index / 2) % 2] ?? ''), token)),
      )
      expect(tally(answers)).toEqual(ONE_OF_TWENTY)
      expect(await outcome(teamId)).toEqual({ isOrphaned: false, isThere: true, joined: ['ringer'], removals: [] })
      const [account] = await accountsAt(invitee.email)
      expect(account?.sessions).toHaveLength(2)
      const where = { accountId: account?.id ?? '', type: { in: ['membership.joined', 'email.verified'] } }
      expect((await here.app.db.read.event.findMany({ where })).map(({ type }) => type).toSorted()).toEqual([
        'email.verified',
        'membership.joined',
      ])
    }
  })

  it('lets him in once by two invitations, of his account and of his address, with the roles of the one that he took', async () => {
    for (let time = 0; time < 6; time++) {
      const { teamId, token, invitee, owner } = await invite(await member(), ['captain'])
      await far.invite(owner, { teamId, accountId: invitee.account?.id, roles: ['ringer'] })
      const [own = ''] = (await links(invitee.email)).filter((link) => link !== token)
      const both = time % 2 === 0 ? [token, own] : [own, token]
      const answers = await Promise.all(both.map((link) => invitee.accept(link)))
      const names = answers.map(nameOf)
      expect(names).toContain('AcceptInvitationPayload')
      expect(names.join()).toMatch(/ALREADY_MEMBER|INVALID_TOKEN/) // the account’s own link is used up by joining
      const taken = both[names.indexOf('AcceptInvitationPayload')]
      expect((await outcome(teamId)).joined).toEqual([taken === token ? 'captain' : 'ringer'])
      expect((await accountsAt(invitee.email))[0]?.memberships).toHaveLength(1)
    }
  })
})

describe('one address, invited by two at once', () => {
  it('is one invitation, with the roles and the link of the last one', async () => {
    const { invitee, owner, teamId } = await invite(await newcomer())
    const bob = await here.person({ transport: 'TOKEN' })
    await far.join(teamId, bob.account.id, 'owner')
    const inviters = [owner, there.program(bob.sessionToken ?? '')] as const
    const answers = await Promise.all(
      TWENTY.map((index) =>
        far.invite(inviters[index % 2] ?? owner, { teamId, email: invitee.email.toUpperCase(), roles: [`r${index}`] }),
      ),
    )
    expect(tally(answers)).toEqual({ InviteMemberPayload: 20 })
    expect(new Set(answers.map(({ membership }) => membership.id)).size).toBe(1)
    const sent = await links(invitee.email)
    expect(sent).toHaveLength(21)
    const shown = await Promise.all(sent.map((link) => preview(here.browser(), link)))
    const good = shown.flatMap((invitation, index) => (invitation === null ? [] : [{ invitation, link: sent[index] ?? '' }]))
    expect(good).toHaveLength(1)
    expect(nameOf(await invitee.accept(good[0]?.link ?? ''))).toBe('AcceptInvitationPayload')
    expect((await outcome(teamId)).joined).toEqual(good[0]?.invitation.roles)
  })
})

describe('sixty invitations at once, at two nodes', async () => {
  const strict = await testApp({ env: INVITATIONS, realLimits: true })
  const beside = await strict.node()
  const teams = await teamsOf(strict)
  const sixty = Array.from({ length: 60 }, (_, index) => index)

  const invited = (teamIds: readonly string[]) =>
    strict.app.db.read.membership.count({ where: { teamId: { in: [...teamIds] }, joinedAt: null } })

  it('of one inviter are twenty, to however many teams', async () => {
    const ann = await strict.person({ transport: 'TOKEN' })
    const token = ann.sessionToken ?? ''
    const at = [strict.program(token), beside.program(token)] as const
    const made = await Promise.all([0, 1, 2].map(() => teams.create(at[0])))
    const teamIds: readonly string[] = made.map(({ team }) => team.id)
    const answers = await Promise.all(
      sixty.map((index) => teams.invite(at[index % 2] ?? at[0], { teamId: teamIds[index % 3], email: newEmail() })),
    )
    const { points } = LIMITS['invite.inviter']
    expect(tally(answers)).toEqual({ InviteMemberPayload: points, RATE_LIMITED: 60 - points })
    expect(await invited(teamIds)).toBe(points)
  })

  it('to one team are fifty, of however many inviters', async () => {
    const { teamId } = await teams.team((await strict.person()) as Person)
    const keys = await Promise.all([strict, beside, strict].map((node) => node.key('TEAMS_WRITE')))
    const answers = await Promise.all(
      sixty.map((index) => teams.invite(keys[index % 3] ?? teams.server, { teamId, email: newEmail() })),
    )
    const { points } = LIMITS['invite.team']
    expect(tally(answers)).toEqual({ InviteMemberPayload: points, RATE_LIMITED: 60 - points })
    expect(await invited([teamId])).toBe(points)
  })
})
