/** Invitations by a link in a mail: made, sent again, taken back, looked at and accepted, by everybody who could try. */
import { describe, expect, it } from 'vitest'
import { LIFETIMES } from '../../../src/policy/bounds.ts'
import { LIMITS } from '../../../src/policy/limits.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { accept, preview as previewAs, resend } from '../../support/invitations.ts'
import { mailboxOf } from '../../support/mailbox.ts'
import { INVITATIONS, type Person, teamsOf } from '../../support/teams.ts'

const PAGE = INVITATIONS.ALLOWED_REDIRECTS

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)
const mailbox = await mailboxOf(app)

const preview = (token: string, who = app.browser()) => previewAs(who, token)

/** Somebody's team, to which an address is invited. */
const invited = async (email = newEmail(), input: Record<string, unknown> = {}) => {
  const ann = await app.person({ name: 'Ann' })
  const { teamId } = await teams.team(ann)
  const answer = await teams.invite(ann.browser, { teamId, email, roles: ['ringer'], ...input })
  return { ann, teamId, email, answer, membershipId: answer.membership.id, token: await mailbox.token(email, 'invitation') }
}

const count = async (ann: Person, teamId: string): Promise<number> => (await teams.list(ann.browser, teamId)).totalCount

/** What the log says of an account, in its order. */
const eventsOf = async (id: string) => {
  const { data } = await (await app.key('EVENTS_READ')).gql(
    'query ($id: ID!) { events(filter: { accountId: $id }) { nodes { type details } } }',
    { id },
  )
  return (data.events.nodes as { type: string; details: Record<string, unknown> }[]).toReversed()
}

describe('inviteMember by e-mail', () => {
  it('sends a link to a page of the list, and answers the same whether or not the address has an account', async () => {
    const [bob, nobody] = [await app.person({ name: 'Robert' }), newEmail()]
    const ann = await app.person({ name: 'Ann' })
    const { teamId } = await teams.team(ann)
    const answers = []
    for (const email of [bob.email, nobody.toUpperCase()]) {
      const { membership } = await teams.invite(ann.browser, {
        teamId,
        email,
        roles: ['ringer'],
        name: 'Bobby',
        redirectUrl: `${PAGE}?a=b`,
      })
      answers.push({ ...membership, id: null })
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]).toMatchObject({
      status: 'INVITED',
      account: null,
      roles: ['ringer'],
      mfa: null,
      joinedAt: null,
      hidden: ['USER_NAME', 'USER_EMAIL', 'MFA'],
    })
    for (const email of [bob.email, nobody]) {
      const [link] = await mailbox.links(email, 'invitation')
      expect(link?.href).toMatch(/^https:\/\/app\.example\.com\/join\?a=b&token=[\w-]{43}$/)
      const [mail] = await mailbox.to(email)
      expect(mail?.text).toContain('Bell ringers')
      expect(mail?.text).not.toContain('Ann') // members’ names are private
    }
  })

  it('names the inviter where names are not private, and makes no link of what people typed', async () => {
    await app.settings({ membershipPrivacy: { private: [] } })
    const ann = await app.person({ name: '<b>Ann</b>' })
    const { team } = await teams.create(ann.browser, 'win at www.evil.example')
    const email = newEmail()
    await teams.invite(ann.browser, { teamId: team.id, email })
    const [mail] = await mailbox.to(email)
    await app.settings({ membershipPrivacy: { private: ['USER_NAME', 'USER_EMAIL', 'MFA'] } })
    expect(mail?.text).not.toContain('evil.example')
    expect(mail?.html).not.toContain('<b>Ann')
    expect(await preview(await mailbox.token(email, 'invitation'))).toMatchObject({ invitedBy: null })
  })

  it('refuses what is no address, phones, more or less than one name for somebody, and links that lead elsewhere or nowhere', async () => {
    const ann = await app.person()
    const { teamId } = await teams.team(ann)
    const email = newEmail()
    const cases: readonly (readonly [string, Record<string, unknown>])[] = [
      ['input.email', { email: 'nobody' }],
      ['input.phone', { phone: '+436601234567' }],
      ['input', {}],
      ['input', { email, accountId: ann.account.id }],
      ['input.redirectUrl', { email, redirectUrl: 'https://evil.example/join' }],
      ['input.roles', { email, roles: ['!'] }],
    ]
    for (const [path, input] of cases)
      for (const who of [ann.browser, teams.server])
        expect(await teams.invite(who, { teamId, ...input }), path).toMatchObject({ fields: [{ path }] })
    expect(await mailbox.to(email)).toEqual([])
    expect(await count(ann, teamId)).toBe(1)
  })

  it('is for owners and operators', async () => {
    const { teamId } = await invited()
    const [member, stranger] = [await app.person(), await app.person()]
    await teams.join(teamId, member.account.id)
    const email = newEmail()
    expect(await teams.invite(member.browser, { teamId, email })).toEqual({ refused: 'FORBIDDEN' })
    expect(await teams.invite(stranger.browser, { teamId, email })).toEqual({ refused: 'NOT_FOUND' })
    expect(await teams.invite(app.browser(), { teamId, email })).toEqual({ refused: 'UNAUTHENTICATED' })
    expect(await mailbox.to(email)).toEqual([])
  })

  it('again replaces roles and link, in one and the same invitation', async () => {
    const { ann, teamId, email, token, membershipId } = await invited()
    const again = await teams.invite(ann.browser, { teamId, email, roles: ['captain'] })
    expect(again.membership).toMatchObject({ id: membershipId, roles: ['captain'] })
    expect(await preview(token)).toBeNull()
    expect(await accept(app.browser(), token, { password: PASSWORD })).toMatchObject({ code: 'INVALID_TOKEN' })
    expect(await preview(await mailbox.token(email, 'invitation'))).toMatchObject({ roles: ['captain'] })
    expect(await count(ann, teamId)).toBe(2)
  })

  it('tells of a member only to whom may see his address; else he gets a mail, and nobody learns of it', async () => {
    const bob = await app.person()
    const { ann, teamId } = await invited()
    await teams.join(teamId, bob.account.id)
    const answer = await teams.invite(ann.browser, { teamId, email: bob.email, roles: ['ringer'] })
    const other = await teams.invite(ann.browser, { teamId, email: newEmail(), roles: ['ringer'] })
    expect({ ...answer.membership, id: null }).toEqual({ ...other.membership, id: null })
    const [mail] = await mailbox.to(bob.email)
    expect(mail?.kind).toBe('already-member')
    expect(mail?.text).not.toContain('://')
    expect(await teams.invite(ann.browser, { teamId, email: ann.email })).toMatchObject({ code: 'ALREADY_MEMBER' })
    const reader = await app.key('TEAMS_WRITE', 'MEMBERSHIPS_READ')
    expect(await teams.invite(reader, { teamId, email: bob.email })).toMatchObject({ code: 'ALREADY_MEMBER' })
    await app.settings({ membershipPrivacy: { private: ['USER_NAME', 'MFA'] } })
    expect(await teams.invite(ann.browser, { teamId, email: bob.email })).toMatchObject({ code: 'ALREADY_MEMBER' })
    await app.settings({ membershipPrivacy: { private: ['USER_NAME', 'USER_EMAIL', 'MFA'] } })
  })

  it('by account sends the link to the account’s own address', async () => {
    const bob = await app.person()
    const ann = await app.person()
    const { teamId } = await teams.team(ann)
    await teams.invite(ann.browser, { teamId, accountId: bob.account.id, roles: ['ringer'] })
    const token = await mailbox.token(bob.email, 'invitation')
    expect(await accept(bob.browser, token)).toMatchObject({ membership: { status: 'ACTIVE', roles: ['ringer'] }, signIn: null })
  })

  it('is counted by team, by inviter and by address', async () => {
    const strict = await testApp({ env: INVITATIONS, realLimits: true })
    const [strictly, ann] = [await teamsOf(strict), await strict.person()]
    const [one, two] = [await strictly.team(ann), await strictly.team(ann)]
    const invite = (who: TestClient, teamId: string, email = newEmail()) => strictly.invite(who, { teamId, email })
    const sum = LIMITS['invite.inviter'].points
    for (let i = 0; i < sum; i++) expect(await invite(ann.browser, one.teamId)).toMatchObject({ membership: {} })
    expect(await invite(ann.browser, two.teamId)).toEqual({ refused: 'RATE_LIMITED' })
    const keys = [await strict.key('TEAMS_WRITE'), await strict.key('TEAMS_WRITE')] as const
    for (let i = sum; i < LIMITS['invite.team'].points; i++)
      expect(await invite(keys[i % 2] as TestClient, one.teamId)).toMatchObject({ membership: {} })
    const third = await strict.key('TEAMS_WRITE')
    expect(await invite(third, one.teamId)).toEqual({ refused: 'RATE_LIMITED' })
    const email = newEmail()
    for (let i = 0; i < LIMITS['invite.address'].points; i++)
      expect(await invite(third, two.teamId, email)).toMatchObject({ membership: {} })
    expect(await invite(third, two.teamId, email)).toEqual({ refused: 'RATE_LIMITED' })
    strict.clock.advance(3_601)
    expect(await invite(third, one.teamId, email)).toMatchObject({ membership: {} })
  })
})

describe('resendInvitation', () => {
  it('replaces the link, which is good for as long as a first one', async () => {
    const { ann, email, token, membershipId } = await invited()
    app.clock.advance(86_400)
    await app.signIn(ann.browser, ann.email)
    expect(await resend(ann.browser, membershipId)).toMatchObject({
      membership: { id: membershipId, status: 'INVITED', roles: ['ringer'] },
    })
    expect(await preview(token)).toBeNull()
    const newer = await mailbox.token(email, 'invitation')
    expect((await preview(newer)).expiresAt).toBe(
      new Date(app.clock.now().getTime() + LIFETIMES.invitationLink * 1_000).toISOString(),
    )
    expect(await accept(app.browser(), newer, { password: PASSWORD })).toMatchObject({ membership: { status: 'ACTIVE' } })
    expect(await resend(ann.browser, membershipId)).toMatchObject({ fields: [{ path: 'input.membershipId' }] })
  })

  it('is for the team’s owners, with a page of the list', async () => {
    const { ann, membershipId, email, token } = await invited()
    expect(await resend(app.browser(), membershipId)).toEqual({ refused: 'UNAUTHENTICATED' })
    expect(await resend((await app.person()).browser, membershipId)).toEqual({ refused: 'NOT_FOUND' })
    expect(await resend(ann.browser, 'mem_00000000000000000000000000')).toEqual({ refused: 'NOT_FOUND' })
    const elsewhere = await resend(ann.browser, membershipId, 'https://evil.example/')
    expect(elsewhere).toMatchObject({ fields: [{ path: 'input.redirectUrl' }] })
    expect(await mailbox.kinds(email)).toEqual(['invitation'])
    expect(await preview(token)).not.toBeNull()
  })
})

describe('a link', () => {
  it('shows what it is for, and changes nothing by that', async () => {
    const { email, token } = await invited()
    const shown = { teamName: 'Bell ringers', invitedBy: null, roles: ['ringer'], email, needsAccount: true }
    for (let time = 0; time < 2; time++) expect(await preview(token)).toMatchObject(shown)
    await app.settings({ membershipPrivacy: { private: ['MFA'] } })
    expect(await preview(token)).toMatchObject({ invitedBy: 'Ann' })
    await app.settings({ membershipPrivacy: { private: ['USER_NAME', 'USER_EMAIL', 'MFA'] } })
    const bob = await app.person()
    expect(await preview((await invited(bob.email)).token)).toMatchObject({ needsAccount: false })
  })

  it.each([
    ['is older than seven days', async () => app.clock.advance(LIFETIMES.invitationLink + 1)],
    ['was taken back', async ({ membershipId }) => teams.dismiss(teams.server, membershipId)],
    ['belongs to a team that is gone', async ({ teamId }) => teams.remove(teams.server, teamId)],
    ['was used', async ({ token }) => accept(app.browser(), token, { password: PASSWORD })],
  ] satisfies readonly (readonly [string, (made: Awaited<ReturnType<typeof invited>>) => Promise<unknown>])[])(
    'is good for nothing once it %s',
    async (_why, spoil) => {
      const made = await invited()
      await spoil(made)
      expect(await preview(made.token)).toBeNull()
      for (const who of [app.browser(), (await app.person()).browser])
        expect(await accept(who, made.token, { password: PASSWORD })).toMatchObject({ code: 'INVALID_TOKEN' })
    },
  )

  it('is good for nothing once the address is another account’s, or nobody’s', async () => {
    const bob = await app.person()
    const { token } = await invited(bob.email)
    const operator = await app.key('ACCOUNTS_WRITE')
    await operator.gql(
      'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
      {
        input: { accountId: bob.account.id, email: newEmail() },
      },
    )
    const next = await app.person({ email: bob.email })
    for (const who of [bob.browser, next.browser, app.browser()])
      expect(await accept(who, token, { password: PASSWORD })).toMatchObject({ code: 'INVALID_TOKEN' })
  })

  it('is none if somebody made it up', async () => {
    for (const token of ['', 'x', 'A'.repeat(43)]) {
      expect(await preview(token)).toBeNull()
      expect(await accept(app.browser(), token, { password: PASSWORD })).toMatchObject({ code: 'INVALID_TOKEN' })
    }
  })
})

describe('acceptInvitation, signed out', () => {
  it('makes an account for an address that is nobody’s, and signs it in', async () => {
    const { ann, teamId, email, token } = await invited(newEmail(), { name: 'Bobby' })
    const browser = app.browser()
    const { membership, signIn } = await accept(browser, token, { password: PASSWORD })
    expect(signIn).toMatchObject({
      account: { email, emailVerified: true, name: 'Bobby' },
      session: { method: 'INVITATION', authenticatedAt: null },
      sessionToken: null,
    })
    expect(membership).toMatchObject({
      status: 'ACTIVE',
      roles: ['ringer'],
      userName: 'Bobby',
      userEmail: email,
      hidden: [],
      isViewer: true,
      team: { id: teamId },
    })
    expect((await browser.gql('{ account { id } }')).data.account.id).toBe(signIn.account.id)
    expect(await count(ann, teamId)).toBe(2)
    await app.signIn(app.browser(), email) // with that password
    const told = await eventsOf(signIn.account.id)
    expect(told.find(({ type }) => type === 'account.created')?.details).toMatchObject({ by: 'INVITATION' })
    expect(told.find(({ type }) => type === 'membership.joined')?.details).toMatchObject({ by: 'INVITATION' })
    expect(JSON.stringify(told)).not.toContain(token)
  })

  it('proves the address in no session: there was none yet', async () => {
    const { token } = await invited()
    const { signIn } = await accept(app.browser(), token, { password: PASSWORD })
    expect(await eventsOf(signIn.account.id)).toMatchObject([
      { type: 'account.created' },
      { type: 'email.verified', details: { inOwnSession: false, endedSessions: 0 } },
      { type: 'session.opened' },
      { type: 'membership.joined' },
    ])
    const bob = await app.person()
    await accept(bob.browser, (await invited(bob.email)).token)
    expect(await eventsOf(bob.account.id)).toMatchObject([
      { type: 'account.created' },
      { type: 'session.opened' },
      { type: 'email.verified', details: { inOwnSession: true, endedSessions: 0 } },
      { type: 'membership.joined' },
    ])
  })

  it('hands a token to an app, and takes another name', async () => {
    const { token } = await invited(newEmail(), { name: 'Bobby' })
    const { signIn } = await accept(app.program(), token, { password: PASSWORD, name: 'Robert', transport: 'TOKEN' })
    expect(signIn).toMatchObject({ account: { name: 'Robert' }, handoverCode: null })
    expect((await app.program(signIn.sessionToken).gql('{ account { name } }')).data.account).toEqual({ name: 'Robert' })
  })

  it('needs a good password, which leaves the link good', async () => {
    const { ann, teamId, token } = await invited()
    expect(await accept(app.browser(), token)).toMatchObject({ fields: [{ path: 'input.password' }] })
    expect(await accept(app.browser(), token, { password: 'password1' })).toMatchObject({ code: 'WEAK_PASSWORD' })
    expect(await accept(app.browser(), token, { password: PASSWORD, name: 'x'.repeat(300) })).toMatchObject({
      fields: [{ path: 'input.name' }],
    })
    expect(await accept(app.browser(), token, { password: PASSWORD, deviceKey: '!' })).toMatchObject({
      fields: [{ path: 'input.deviceKey' }],
    })
    expect(await count(ann, teamId)).toBe(2)
    expect(await accept(app.browser(), token, { password: PASSWORD })).toMatchObject({ membership: { status: 'ACTIVE' } })
  })

  it('works where people may not sign up themselves, unless the method is switched off', async () => {
    const { token } = await invited()
    const { signIn: before } = (await app.browser().gql('{ securitySettings { signIn { methods } } }')).data.securitySettings
    const methods = before.methods.filter((method: string) => method !== 'INVITATION')
    await app.settings({ signIn: { signUpOpen: false, methods } })
    expect(await accept(app.browser(), token, { password: PASSWORD })).toEqual({ refused: 'METHOD_DISABLED' })
    await app.settings({ signIn: { methods: before.methods } })
    expect(await accept(app.browser(), token, { password: PASSWORD })).toMatchObject({ membership: { status: 'ACTIVE' } })
    await app.settings({ signIn: { signUpOpen: true } })
  })

  it('sends a known account to sign in first, and the link stays good', async () => {
    const bob = await app.person()
    const { token } = await invited(bob.email)
    const browser = app.browser()
    expect(await accept(browser, token, { password: PASSWORD })).toEqual({ refused: 'UNAUTHENTICATED' })
    expect(browser.jar.size).toBe(0)
    await app.signIn(browser, bob.email)
    expect(await accept(browser, token)).toMatchObject({ membership: { status: 'ACTIVE', isViewer: true }, signIn: null })
  })

  it('does so for an address that got its account after the link was sent', async () => {
    const { email, token } = await invited()
    const bob = await app.person({ email })
    expect(await accept(app.browser(), token, { password: PASSWORD })).toEqual({ refused: 'UNAUTHENTICATED' })
    expect(await accept(bob.browser, token)).toMatchObject({ membership: { status: 'ACTIVE' }, signIn: null })
  })

  it('tells a blocked account that it is blocked', async () => {
    const bob = await app.person()
    const { token } = await invited(bob.email)
    await (await app.key('ACCOUNTS_WRITE')).gql(
      'mutation ($id: ID!) { blockAccount(input: { accountId: $id }) { __typename } }',
      { id: bob.account.id },
    )
    expect(await accept(app.browser(), token, { password: PASSWORD })).toMatchObject({ code: 'ACCOUNT_BLOCKED' })
  })

  it('opens a session that counts to the limit like any other, and alerts nobody, as a first one', async () => {
    await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
    const { email, token } = await invited()
    const phone = app.browser()
    const { signIn } = await accept(phone, token, { password: PASSWORD })
    expect(await app.trySignIn(app.browser(), { email })).toMatchObject({
      __typename: 'SessionLimitReachedError',
      limit: 1,
      sessions: [{ id: signIn.session.id }],
    })
    await app.settings({ sessions: { limit: 1, whenLimitReached: 'END_OLDEST' } })
    await app.signIn(app.browser(), email)
    expect((await phone.gql('{ account { id } signedOutReason }')).data).toEqual({
      account: null,
      signedOutReason: 'LIMIT_REACHED',
    })
    await app.settings({ sessions: { limit: 10, whenLimitReached: 'END_OLDEST' } })
    // the first session alerted nobody, and the second was on another device
    expect(await mailbox.kinds(email)).toEqual(['session-alert', 'invitation'])
  })

  it('makes one account of two tries at the same moment', async () => {
    const { ann, teamId, token } = await invited()
    const tries = await Promise.all([0, 1, 2].map(() => accept(app.browser(), token, { password: PASSWORD })))
    expect(tries.filter(({ membership }) => membership !== undefined)).toHaveLength(1)
    expect(await count(ann, teamId)).toBe(2)
  })
})

describe('acceptInvitation, signed in', () => {
  it('lets whoever was invited join, proves his address, and opens no session', async () => {
    const bob = await app.person({ name: 'Robert' })
    const { token, membershipId } = await invited(bob.email, { name: 'Bobby' })
    expect(await accept(bob.browser, token)).toMatchObject({
      membership: {
        id: membershipId,
        status: 'ACTIVE',
        userName: 'Robert',
        userEmail: bob.email,
        joinedAt: app.clock.now().toISOString(),
      },
      signIn: null,
    })
    const { account } = (
      await bob.browser.gql('{ account { emailVerified sessions { totalCount } memberships { totalCount } } }')
    ).data
    expect(account).toEqual({ emailVerified: true, sessions: { totalCount: 1 }, memberships: { totalCount: 1 } })
    expect(await accept(bob.browser, token)).toMatchObject({ code: 'INVALID_TOKEN' })
  })

  it('refuses anybody else, and the link stays good', async () => {
    const [bob, eve] = [await app.person(), await app.person()]
    const [known, unknown] = [await invited(bob.email), await invited()]
    for (const { token } of [known, unknown]) expect(await accept(eve.browser, token)).toMatchObject({ code: 'WRONG_INVITEE' })
    expect(await accept(known.ann.browser, known.token)).toMatchObject({ code: 'WRONG_INVITEE' })
    expect((await eve.browser.gql('{ account { memberships { totalCount } } }')).data.account.memberships.totalCount).toBe(0)
    expect(await accept(bob.browser, known.token)).toMatchObject({ membership: { status: 'ACTIVE' } })
    expect(await accept(app.browser(), unknown.token, { password: PASSWORD })).toMatchObject({ membership: { status: 'ACTIVE' } })
  })

  it('refuses an account without an address, and a key', async () => {
    const { token } = await invited()
    const ghost = await app.person()
    await app.app.db.read.account.update({ where: { id: ghost.account.id }, data: { email: null } })
    expect(await accept(ghost.browser, token)).toMatchObject({ code: 'WRONG_INVITEE' })
    expect(await accept(teams.server, token, { transport: 'TOKEN' })).toEqual({ refused: 'UNAUTHENTICATED' })
  })

  it('says so to whoever is in already', async () => {
    const bob = await app.person()
    const { teamId, token } = await invited(bob.email)
    await teams.join(teamId, bob.account.id)
    expect(await accept(bob.browser, token)).toMatchObject({ code: 'ALREADY_MEMBER' })
  })
})
