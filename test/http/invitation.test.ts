/** The page behind the link of an invitation: what it shows to whom, and what its button does for whom. */
import { describe, expect, it } from 'vitest'
import { LIFETIMES } from '../../src/policy/bounds.ts'
import { newEmail, PASSWORD, testApp } from '../support/app.ts'
import type { TestClient } from '../support/client.ts'
import { hiddenFields } from '../support/forms.ts'
import { mailboxOf } from '../support/mailbox.ts'
import { stored } from '../support/stored.ts'
import { teamsOf } from '../support/teams.ts'

const app = await testApp()
const [teams, mailbox] = [await teamsOf(app), await mailboxOf(app)]

const TEAM = 'Bell & <b>ringers</b>'
const SHOWN_TEAM = 'Bell &amp; &lt;b&gt;ringers&lt;/b&gt;'

/** Somebody's team, to which an address is invited by whoever says not where the link leads. */
const invited = async (email = newEmail(), input: Record<string, unknown> = {}) => {
  const ann = await app.person({ name: 'Ann' })
  const { team } = await teams.create(ann.browser, TEAM)
  const wish = { teamId: team.id, email, roles: ['ringer', 'captain'], redirectUrl: null, ...input }
  const { membership } = await teams.invite(ann.browser, wish)
  const [link] = await mailbox.links(email, 'invitation')
  if (link === undefined) throw new Error('no link in the mail')
  const path = `${link.pathname}${link.search}`
  return { ann, teamId: team.id as string, membershipId: membership.id as string, email, link, path }
}

type Invited = Awaited<ReturnType<typeof invited>>

/** What a browser says of itself where somebody follows a link in a web mail. */
const FROM_MAIL = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

const read = async (response: Response) => {
  const html = await response.text()
  return { status: response.status, html, cookies: response.headers.getSetCookie().map((line) => line.split('=')[0]) }
}

/** Follows the link as a browser does. */
const open = async (who: TestClient, { path }: Pick<Invited, 'path'>, headers: Record<string, string> = FROM_MAIL) => {
  const { origin: _origin, ...own } = who.headers()
  return read(await fetch(`${app.url}${path}`, { headers: { ...own, ...headers } }))
}

/** Sends the form that a page has, with what is typed. */
const press = async (who: TestClient, { link }: Pick<Invited, 'link'>, typed: Record<string, string> = {}) => {
  const body = new URLSearchParams({ token: link.searchParams.get('token') ?? '', ...typed }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return read(await who.fetch('/invitation', { method: 'POST', headers, body }))
}

const POST = '<form method="post"'
const PASSWORD_FIELD = 'name="password"'

const self = async (who: TestClient) =>
  (await who.gql('{ account { email name memberships { nodes { roles team { name } } } } }')).data.account

describe('the page of an invitation', () => {
  it('is where the link leads if nobody says otherwise', async () => {
    const { link } = await invited()
    expect(`${link.origin}${link.pathname}`).toBe(`http://localhost:${new URL(app.url).port}/invitation`)
  })

  it('shows the team, the roles, the address and no more of the inviter than the settings let out', async () => {
    const one = await invited()
    const { status, html } = await open(app.browser(), one)
    expect(status).toBe(200)
    for (const shown of [SHOWN_TEAM, 'ringer', 'captain', one.email]) expect(html).toContain(`<bdi>${shown}</bdi>`)
    expect(html).not.toMatch(/Ann|<b>/)
    await app.settings({ membershipPrivacy: { private: ['USER_EMAIL', 'MFA'] } })
    const named = await open(app.browser(), one)
    await app.settings({ membershipPrivacy: { private: ['USER_NAME', 'USER_EMAIL', 'MFA'] } })
    expect(named.html).toContain('<dt>Invited by</dt><dd><bdi>Ann</bdi></dd>')
  })

  it('says nothing of the name that the inviter gave, nor of who is signed in', async () => {
    const [eve, one] = [await app.person({ name: 'Eve Nosy' }), await invited(newEmail(), { name: 'Bobby' })]
    for (const who of [app.browser(), eve.browser]) {
      const { html } = await open(who, one)
      expect(html).not.toContain('Bobby')
      expect(html).not.toContain('Eve')
      expect(html).not.toContain(eve.email)
    }
  })

  const spoilers: readonly (readonly [string, (made: Invited) => Promise<unknown>])[] = [
    ['is older than seven days', async () => app.clock.advance(LIFETIMES.invitationLink + 1)],
    ['was taken back', async ({ membershipId }) => teams.dismiss(teams.server, membershipId)],
    ['was replaced', async ({ teamId, email }) => teams.invite(teams.server, { teamId, email, redirectUrl: null })],
    ['belongs to a team that is gone', async ({ teamId }) => teams.remove(teams.server, teamId)],
    ['was used', async (made) => press(app.browser(), made, { password: PASSWORD })],
  ]
  it.each(spoilers)('is the one of every dead link once its link %s', async (_why, spoil) => {
    const made = await invited()
    await spoil(made)
    const dead = await open(app.browser(), { path: `/invitation?token=${'A'.repeat(43)}` })
    expect(dead.status).toBe(410)
    for (const who of [app.browser(), (await app.person()).browser]) {
      expect(await open(who, made)).toEqual(dead)
      expect(await press(who, made, { password: PASSWORD })).toEqual(dead)
    }
  })
})

describe('for an address that is nobody’s', () => {
  it('takes a name and a password, makes the account, lets it in and signs it in', async () => {
    const one = await invited(newEmail(), { name: 'Bobby' })
    const browser = app.browser()
    const { html } = await open(browser, one)
    expect(html).toContain(PASSWORD_FIELD)
    expect([...hiddenFields(html).keys()]).toEqual(['token'])
    const done = await press(browser, one, { name: 'Robert', password: PASSWORD })
    expect(done).toMatchObject({ status: 200, cookies: ['gatehouse', 'gatehouse-device'] })
    expect(done.html).toContain('You are in the team')
    expect(done.html).toContain('you are signed in')
    expect(done.html).toContain(SHOWN_TEAM)
    expect(await self(browser)).toEqual({
      email: one.email,
      name: 'Robert',
      memberships: { nodes: [{ roles: ['ringer', 'captain'], team: { name: TEAM } }] },
    })
    await app.signIn(app.browser(), one.email) // with that password
    const { sessions } = (await browser.gql('{ account { sessions { nodes { method } } } }')).data.account
    expect(sessions.nodes).toContainEqual({ method: 'INVITATION' })
  })

  it('takes the name that the inviter gave if there is none', async () => {
    const [one, browser] = [await invited(newEmail(), { name: 'Bobby' }), app.browser()]
    await press(browser, one, { name: ' ', password: PASSWORD })
    expect(await self(browser)).toMatchObject({ name: 'Bobby' })
  })

  it('says what is wrong with what was typed, keeps all but the password, and the link stays good', async () => {
    const one = await invited()
    await app.settings({ passwords: { minLength: 12 } })
    expect((await open(app.browser(), one)).html).toContain('Password, 12 to 256 characters')
    const cases: readonly (readonly [Record<string, string>, string])[] = [
      [{ name: 'Ro "b"', password: 'mauve wren' }, 'Use at least 12 characters.'],
      [{ name: 'Ro "b"', password: '' }, 'Use at least 12 characters.'],
      [{ name: 'Ro "b"' }, 'Use at least 12 characters.'],
      [{ name: 'Ro "b"', password: 'x'.repeat(1_500) }, 'Use at most 256 characters.'],
      [{ name: 'Ro "b"', password: `${one.email} is me` }, 'Use nothing of your name'],
      [{ name: `Ro "b"${'x'.repeat(200)}`, password: PASSWORD }, 'Your name may have at most 128 characters'],
      [{ name: 'Ro "b"\u0007', password: PASSWORD }, 'Your name may have at most 128 characters'],
    ]
    for (const [typed, said] of cases) {
      const answer = await press(app.browser(), one, typed)
      expect(answer, said).toMatchObject({ status: 422, cookies: [] })
      expect(answer.html, said).toMatch(new RegExp(`role="alert">[^<]*${said}`))
      expect(answer.html, said).toContain('value="Ro &quot;b&quot;')
      expect(answer.html, said).toContain(PASSWORD_FIELD)
      if (typed.password) expect(answer.html, said).not.toContain(`value="${typed.password}`)
    }
    await app.settings({ passwords: { minLength: 8 } })
    expect(await press(app.browser(), one, { password: PASSWORD })).toMatchObject({ status: 200 })
  })

  it('says so where the method is switched off, before and after the button', async () => {
    const one = await invited()
    const methods = (await app.browser().gql('{ securitySettings { signIn { methods } } }')).data.securitySettings.signIn.methods
    await app.settings({ signIn: { methods: methods.filter((method: string) => method !== 'INVITATION') } })
    const pages = [await open(app.browser(), one), await press(app.browser(), one, { password: PASSWORD })]
    await app.settings({ signIn: { methods } })
    expect(pages.map(({ status }) => status)).toEqual([200, 422])
    for (const { html, cookies } of pages) {
      expect(html).toContain('No new accounts are made by invitation')
      expect(html).not.toContain('<form')
      expect(cookies).toEqual([])
    }
    expect((await open(app.browser(), one)).html).toContain(PASSWORD_FIELD)
  })

  it('makes one account of two who press at the same moment', async () => {
    const one = await invited()
    const answers = await Promise.all([0, 1, 2].map(() => press(app.browser(), one, { password: PASSWORD })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ cookies }) => cookies.length > 0)).toHaveLength(1)
  })
})

describe('for an account that is signed in here', () => {
  it('has one button, which lets it in and opens no session', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    const { html } = await open(bob.browser, one)
    expect(html).toContain('<button>Join the team</button>')
    expect(html).not.toContain(PASSWORD_FIELD)
    const done = await press(bob.browser, one)
    expect(done).toMatchObject({ status: 200, cookies: [] })
    expect(done.html).toContain('You are in the team')
    const { account } = (
      await bob.browser.gql('{ account { emailVerified sessions { totalCount } memberships { totalCount } } }')
    ).data
    expect(account).toEqual({ emailVerified: true, sessions: { totalCount: 1 }, memberships: { totalCount: 1 } })
  })

  it('says so to whoever is in already, and nothing of roles that he has not', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    await teams.join(one.teamId, bob.account.id, 'drummer')
    const done = await press(bob.browser, one)
    expect(done.status).toBe(200)
    expect(done.html).toContain('You were in it already')
    expect(done.html).not.toContain('captain')
    expect((await self(bob.browser)).memberships.nodes).toMatchObject([{ roles: ['drummer'] }])
  })

  it('waits for an owner where the team has none who stays', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    await app.app.db.read.membership.updateMany({ where: { teamId: one.teamId, roles: { has: 'owner' } }, data: { roles: [] } })
    const answer = await press(bob.browser, one)
    expect(answer.status).toBe(422)
    expect(answer.html).toContain('The team has no owner at present')
    expect(answer.html).toContain('<button>Join the team</button>')
  })

  it('counts a look as no use of the session, and keeps the way out for a browser that refuses cookies', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    const before = await stored(app)
    app.clock.advance(300)
    for (const headers of [FROM_MAIL, {}]) expect((await open(bob.browser, one, headers)).html).toContain('Join the team')
    await app.app.tick()
    expect((await stored(app)).sessions).toEqual(before.sessions)
  })
})

describe('for an account that is not signed in here', () => {
  it('sends to the application first, and lets in whoever comes back signed in', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    const browser = app.browser()
    for (const page of [await open(browser, one), await press(browser, one, { password: PASSWORD })]) {
      expect(page.html).toContain('Sign in to it in the application')
      expect(page.html).not.toContain(POST)
      expect(page.html).toContain('<form method="get" action="/invitation">')
      expect(page.cookies).toEqual([])
    }
    await app.signIn(browser, bob.email)
    expect((await open(browser, one)).html).toContain('Join the team')
    expect(await press(browser, one)).toMatchObject({ status: 200 })
  })

  it('does so for one that was made after the link was sent, also while the form was open', async () => {
    const one = await invited()
    const browser = app.browser()
    expect((await open(browser, one)).html).toContain(PASSWORD_FIELD)
    const bob = await app.person({ email: one.email })
    const late = await press(browser, one, { name: 'Robert', password: PASSWORD })
    expect(late).toMatchObject({ status: 422, cookies: [] })
    expect(late.html).toContain('Sign in to it in the application')
    expect(await press(bob.browser, one)).toMatchObject({ status: 200 })
  })

  it('tells that it is blocked', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    const operator = await app.key('ACCOUNTS_WRITE')
    await operator.gql('mutation ($id: ID!) { blockAccount(input: { accountId: $id }) { __typename } }', { id: bob.account.id })
    for (const who of [app.browser(), bob.browser])
      for (const { html } of [await open(who, one), await press(who, one)]) {
        expect(html).toContain('is blocked')
        expect(html).not.toContain('<form')
      }
  })

  it('takes a session that is over for none', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    const stale = app.browser()
    for (const [name, value] of bob.browser.jar) stale.jar.set(name, value)
    await bob.browser.gql('mutation { signOut(input: {}) { __typename } }')
    const page = await open(stale, one)
    expect(page.html).toContain('Sign in to it in the application')
    expect(page.cookies).toEqual([])
  })
})

describe('for somebody else', () => {
  it('says so, offers nothing, does nothing, and the link stays good', async () => {
    const [bob, eve] = [await app.person(), await app.person()]
    for (const one of [await invited(bob.email), await invited()]) {
      for (const who of [eve.browser, one.ann.browser])
        for (const page of [await open(who, one), await press(who, one, { password: PASSWORD, name: 'Eve' })]) {
          expect(page.html).toContain('You are signed in here with another account')
          expect(page.html).not.toContain(POST)
          expect(page.cookies).toEqual([])
        }
      expect((await self(eve.browser)).memberships.nodes).toEqual([])
      const rightful = one.email === bob.email ? bob.browser : app.browser()
      expect(await press(rightful, one, { password: PASSWORD })).toMatchObject({ status: 200 })
    }
  })
})

describe('another site', () => {
  it('gets the page that a stranger gets, however it embeds it', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    const stranger = await open(app.browser(), one)
    for (const dest of ['iframe', 'image', 'empty', 'object'])
      expect(await open(bob.browser, one, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': dest }), dest).toEqual(stranger)
    expect(await open(bob.browser, one, { origin: 'https://evil.example' })).toEqual(stranger)
  })

  it('presses no button', async () => {
    const bob = await app.person()
    const one = await invited(bob.email)
    const body = hiddenFields((await open(bob.browser, one)).html).toString()
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }])
      expect(
        (
          await bob.browser.fetch('/invitation', {
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
            body,
          })
        ).status,
      ).toBe(403)
    expect((await self(bob.browser)).memberships.nodes).toEqual([])
  })
})
