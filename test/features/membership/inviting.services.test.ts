/** Inviting while whoever invites loses the right to, and accepting as somebody new while the address becomes somebody's. */
import { describe, expect, it } from 'vitest'
import { addressesOf } from '../../support/addresses.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { accept, nameOf, preview, resend } from '../../support/invitations.ts'
import { atOnce, inOrder } from '../../support/racing.ts'
import { INVITATIONS } from '../../support/teams.ts'
import { run, sceneOf } from './scene.ts'

const here = await testApp({ env: INVITATIONS })
const there = await here.node()
const { far, newcomer, links, invite, outcome, accountsAt } = await sceneOf(here, there)
const { change, verify, mailbox } = await addressesOf(here)
const operator = await there.key('ACCOUNTS_WRITE')

const ROUNDS = 6

/** A team with an invitation, and a second owner, who is about to invite. */
const withSecond = async () => {
  const made = await invite(await newcomer())
  const bob = await here.person({ transport: 'TOKEN' })
  const secondId = await far.join(made.teamId, bob.account.id, 'owner')
  return { ...made, second: here.program(bob.sessionToken ?? ''), secondId, bobId: bob.account.id }
}
type Made = Awaited<ReturnType<typeof withSecond>>

type Loss = Readonly<{
  meetAt: 'teams' | 'accounts'
  act: (made: Made) => Promise<Parameters<typeof nameOf>[0]>
  refused: string
}>

const LOSSES: Readonly<Record<string, Loss>> = {
  'is removed': { meetAt: 'teams', act: ({ owner, secondId }) => far.dismiss(owner, secondId), refused: 'NOT_FOUND' },
  'owns no more': { meetAt: 'teams', act: ({ owner, secondId }) => far.setRoles(owner, secondId, []), refused: 'FORBIDDEN' },
  'loses the team': { meetAt: 'teams', act: ({ owner, teamId }) => far.remove(owner, teamId), refused: 'NOT_FOUND' },
  'is blocked': {
    meetAt: 'accounts',
    act: ({ bobId }) => run(operator, 'blockAccount', { accountId: bobId }),
    refused: 'UNAUTHENTICATED',
  },
}

const ACTS = {
  invites: ({ second, teamId }: Made, email: string) => far.invite(second, { teamId, email, roles: ['captain'] }),
  'sends again': ({ second, membershipId }: Made) => resend(second, membershipId),
} as const

const pairs = Object.entries(LOSSES).flatMap(([what, loss]) =>
  Object.entries(ACTS).map(([does, act]) => [`who ${does} while he ${what}`, loss, act] as const),
)

describe.each(pairs)('an owner %s', (_name, { meetAt, act: lose, refused }, act) => {
  const actsOf = (made: Made, email: string) =>
    [async () => nameOf(await act(made, email)), async () => nameOf(await lose(made))] as const

  it('does it before or not at all', async () => {
    for (const isSwapped of [false, true]) {
      const [made, email] = [await withSecond(), newEmail()]
      const row = { table: meetAt, id: meetAt === 'teams' ? made.teamId : made.bobId }
      const [answer, lost] = await inOrder(here, row, actsOf(made, email), isSwapped)
      expect(lost).toMatch(/Payload$/)
      if (isSwapped) expect(answer).toBe(refused)
      else expect(answer).toMatch(/Payload$/)
      await outcome(made.teamId)
    }
    for (let time = 0; time < ROUNDS; time++) {
      const [made, email] = [await withSecond(), newEmail()]
      const before = await links(made.invitee.email)
      const [answer] = await atOnce(actsOf(made, email), time % 2 === 1)
      await outcome(made.teamId)
      if (answer.endsWith('Payload')) continue
      expect(answer).toBe(refused)
      expect([await links(email), await links(made.invitee.email)]).toEqual([[], before]) // no mail of what was refused
    }
  })
})

describe('an invitation of an address that becomes somebody’s while it is accepted', () => {
  it('makes one account: by the invitation, or by the sign-up, and then that one may accept', async () => {
    for (let time = 0; time < ROUNDS; time++) {
      const { invitee, token, teamId } = await invite(await newcomer())
      const { email } = invitee
      const other = there.program()
      const acts = [
        async () => nameOf(await invitee.accept(token)),
        async () => nameOf(await run(other, 'signUp', { email, password: PASSWORD, transport: 'TOKEN' })),
      ] as const
      const answers = await atOnce(acts, time % 2 === 1)
      expect(await accountsAt(email)).toHaveLength(1)
      expect([
        ['AcceptInvitationPayload', 'EMAIL_TAKEN'],
        ['UNAUTHENTICATED', 'SignInPayload'],
      ]).toContainEqual(answers)
      if (answers[0] === 'UNAUTHENTICATED') {
        const { sessionToken } = await here.signIn(here.browser(), email, { transport: 'TOKEN' })
        expect(nameOf(await accept(here.program(sessionToken ?? ''), token))).toBe('AcceptInvitationPayload')
      }
      expect((await outcome(teamId)).joined).toEqual(['ringer'])
    }
  })

  it('makes an account or leaves the address to whoever proves it at that moment, who may accept then', async () => {
    for (let time = 0; time < ROUNDS; time++) {
      const bob = await here.person({ transport: 'TOKEN' })
      const { invitee, token, teamId } = await invite(await newcomer())
      const who = here.program(bob.sessionToken ?? '')
      await change(who, invitee.email)
      const proof = await mailbox.token(invitee.email, 'email-verification')
      const acts = [
        async () => nameOf(await invitee.accept(token)),
        async () => nameOf(await verify(proof, there.browser())),
      ] as const
      const answers = await atOnce(acts, time % 2 === 1)
      expect(await accountsAt(invitee.email)).toHaveLength(1)
      expect([
        ['AcceptInvitationPayload', 'INVALID_TOKEN'],
        ['UNAUTHENTICATED', 'VerifyEmailPayload'],
      ]).toContainEqual(answers)
      if (answers[0] === 'UNAUTHENTICATED') {
        expect(await preview(here.browser(), token)).toMatchObject({ needsAccount: false })
        expect(nameOf(await accept(who, token))).toBe('AcceptInvitationPayload')
      }
      expect((await outcome(teamId)).joined).toEqual(['ringer'])
    }
  })
})
