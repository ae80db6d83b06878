/**
 * An invitation that is accepted while something else happens to it, to its team, or to whoever was invited. Whoever comes first,
 * the outcome is one of two, and which one is known wherever the order is.
 */
import { describe, expect, it } from 'vitest'
import { newEmail, testApp } from '../../support/app.ts'
import { nameOf, preview, resend } from '../../support/invitations.ts'
import { atOnce, inOrder } from '../../support/racing.ts'
import { INVITATIONS } from '../../support/teams.ts'
import { type Invited, run, sceneOf } from './scene.ts'

const here = await testApp({ env: INVITATIONS })
const there = await here.node()
const scene = await sceneOf(here, there)
const { far, newcomer, member, links, invite, outcome, accountsAt } = scene
const operator = await there.key('ACCOUNTS_WRITE')

const JOINED = 'AcceptInvitationPayload'

/** What the two answered, and how the team is left. */
type End = Readonly<{
  answers: readonly [string, string]
  joined: readonly string[]
  removals?: readonly string[]
  isThere?: boolean
  /** Whether a newer link is good now, and as what it lets somebody in. */
  newer?: string
}>

type Rival = Readonly<{
  /** Where both have to pass: what the test holds until both are there. */
  meetAt: 'team' | 'invitee'
  act: (made: Invited) => Promise<Parameters<typeof nameOf>[0]>
  acceptFirst: End
  rivalFirst: End
}>

const idOf = ({ invitee }: Invited): string => invitee.account?.id ?? expect.fail('nobody’s account')

const done = (name: string): string => `${name}Payload`

const TO_THE_TEAM: Readonly<Record<string, Rival>> = {
  'taken back': {
    meetAt: 'team',
    act: ({ owner, membershipId }) => far.dismiss(owner, membershipId),
    acceptFirst: { answers: [JOINED, done('RemoveMembership')], joined: [], removals: ['REMOVED'] },
    rivalFirst: { answers: ['INVALID_TOKEN', done('RemoveMembership')], joined: [], removals: ['REVOKED'] },
  },
  'sent again': {
    meetAt: 'team',
    act: ({ owner, membershipId }) => resend(owner, membershipId),
    acceptFirst: { answers: [JOINED, 'INVALID_INPUT'], joined: ['ringer'] },
    rivalFirst: { answers: ['INVALID_TOKEN', done('ResendInvitation')], joined: [], newer: 'ringer' },
  },
  'made again with other roles': {
    meetAt: 'team',
    act: ({ owner, teamId, invitee: { email } }) => far.invite(owner, { teamId, email, roles: ['captain'] }),
    acceptFirst: { answers: [JOINED, done('InviteMember')], joined: ['ringer'] },
    rivalFirst: { answers: ['INVALID_TOKEN', done('InviteMember')], joined: [], newer: 'captain' },
  },
  'given other roles': {
    meetAt: 'team',
    act: ({ owner, membershipId }) => far.setRoles(owner, membershipId, ['captain']),
    acceptFirst: { answers: [JOINED, done('UpdateMembership')], joined: ['captain'] },
    rivalFirst: { answers: [JOINED, done('UpdateMembership')], joined: ['captain'] },
  },
  'ended with its team': {
    meetAt: 'team',
    act: ({ owner, teamId }) => far.remove(owner, teamId),
    acceptFirst: { answers: [JOINED, done('DeleteTeam')], joined: [], isThere: false },
    rivalFirst: { answers: ['INVALID_TOKEN', done('DeleteTeam')], joined: [], isThere: false },
  },
  'left alone by the only owner, who deletes his account': {
    meetAt: 'team',
    act: ({ owner }) => run(owner, 'deleteAccount', { immediately: true }),
    acceptFirst: { answers: [JOINED, 'LAST_OWNER'], joined: ['ringer'] },
    rivalFirst: { answers: ['INVALID_TOKEN', done('DeleteAccount')], joined: [], isThere: false },
  },
  'left alone by the only owner, who asks for his account to be deleted': {
    meetAt: 'team',
    act: ({ owner }) => run(owner, 'deleteAccount', {}),
    acceptFirst: { answers: [JOINED, 'LAST_OWNER'], joined: ['ringer'] },
    rivalFirst: { answers: ['INVALID_INPUT', done('DeleteAccount')], joined: [] },
  },
}

const TO_THE_INVITEE: Readonly<Record<string, Rival>> = {
  blocked: {
    meetAt: 'invitee',
    act: (made) => run(operator, 'blockAccount', { accountId: idOf(made) }),
    acceptFirst: { answers: [JOINED, done('BlockAccount')], joined: ['ringer'] },
    rivalFirst: { answers: ['UNAUTHENTICATED', done('BlockAccount')], joined: [] },
  },
  deleted: {
    meetAt: 'invitee',
    act: (made) => run(operator, 'deleteAccount', { accountId: idOf(made), immediately: true }),
    acceptFirst: { answers: [JOINED, done('DeleteAccount')], joined: [], removals: ['ACCOUNT_DELETED'] },
    rivalFirst: { answers: ['UNAUTHENTICATED', done('DeleteAccount')], joined: [] },
  },
  'to be deleted': {
    meetAt: 'invitee',
    act: ({ invitee }) => run(there.program(invitee.account?.sessionToken), 'deleteAccount', {}),
    acceptFirst: { answers: [JOINED, done('DeleteAccount')], joined: ['ringer'] },
    rivalFirst: { answers: ['UNAUTHENTICATED', done('DeleteAccount')], joined: [] },
  },
  'given another address': {
    meetAt: 'invitee',
    act: (made) => run(operator, 'updateAccountAsOperator', { accountId: idOf(made), email: newEmail() }),
    acceptFirst: { answers: [JOINED, done('UpdateAccountAsOperator')], joined: ['ringer'] },
    rivalFirst: { answers: ['INVALID_TOKEN', done('UpdateAccountAsOperator')], joined: [] },
  },
  'signed out': {
    meetAt: 'invitee',
    act: ({ invitee }) => run(there.program(invitee.account?.sessionToken), 'signOut', {}),
    acceptFirst: { answers: [JOINED, done('SignOut')], joined: ['ringer'] },
    rivalFirst: { answers: ['UNAUTHENTICATED', done('SignOut')], joined: [] },
  },
  'put in by a server': {
    meetAt: 'invitee',
    act: (made) => far.invite(far.server, { teamId: made.teamId, accountId: idOf(made), roles: ['captain'] }),
    acceptFirst: { answers: [JOINED, 'ALREADY_MEMBER'], joined: ['ringer'] },
    rivalFirst: { answers: ['ALREADY_MEMBER', done('InviteMember')], joined: ['captain'] },
  },
}

/** Looks how it ended, and that the link is good for nothing more where it was used or replaced. */
const endOf = async (made: Invited, answers: readonly [string, string]): Promise<End> => {
  const { isOrphaned, joined, removals, isThere } = await outcome(made.teamId)
  expect(isOrphaned).toBe(false)
  const newer = (await links(made.invitee.email)).find((link) => link !== made.token)
  const isNewer = newer !== undefined && (await preview(here.browser(), newer)) !== null
  if (answers[0] === 'INVALID_TOKEN' && made.invitee.account === null)
    expect(await accountsAt(made.invitee.email), 'an account by an invitation that was none').toEqual([])
  if (['INVALID_TOKEN', JOINED].includes(answers[0])) expect(nameOf(await made.invitee.accept(made.token))).not.toBe(JOINED)
  if (!isNewer) return { answers, joined, removals, isThere }
  expect(nameOf(await made.invitee.accept(newer))).toBe(JOINED)
  return { answers, joined, removals, isThere, newer: (await outcome(made.teamId)).joined.join() }
}

const whole = (end: End): End => ({ removals: [], isThere: true, ...end })

const actsOf = (made: Invited, { act }: Rival) =>
  [async () => nameOf(await made.invitee.accept(made.token)), async () => nameOf(await act(made))] as const

const PEOPLE = { 'somebody new': newcomer, 'whoever is signed in': member } as const

const ROUNDS = 6

const cases = [
  ...Object.entries(TO_THE_TEAM).flatMap(([what, rival]) =>
    Object.entries(PEOPLE).map(
      ([who, invitee]) => [`an invitation that is ${what}, accepted by ${who}`, invitee, rival] as const,
    ),
  ),
  ...Object.entries(TO_THE_INVITEE).map(([what, rival]) => [`an invitation of somebody who is ${what}`, member, rival] as const),
]

describe.each(cases)('%s', (_name, invitee, rival) => {
  const ends = [whole(rival.acceptFirst), whole(rival.rivalFirst)]

  it('ends as it should when it is accepted first, and when the other comes first', async () => {
    for (const [index, end] of ends.entries()) {
      const made = await invite(await invitee())
      const row = rival.meetAt === 'team' ? (['teams', made.teamId] as const) : (['accounts', idOf(made)] as const)
      const answers = await inOrder(here, { table: row[0], id: row[1] }, actsOf(made, rival), index === 1)
      expect(await endOf(made, answers)).toEqual(end)
    }
  })

  it('ends in one of both ways when nobody knows who is first', async () => {
    for (let time = 0; time < ROUNDS; time++) {
      const made = await invite(await invitee())
      expect(ends).toContainEqual(await endOf(made, await atOnce(actsOf(made, rival), time % 2 === 1)))
    }
  })
})
