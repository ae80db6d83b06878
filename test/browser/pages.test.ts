import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../support/app.ts'
import { isMissing, launch } from './chromium.ts'

describe.skipIf(isMissing)('the pages behind our links, in Chromium without script', () => {
  let app: Awaited<ReturnType<typeof testApp>>
  let browser: Browser
  beforeAll(async () => {
    app = await testApp()
    browser = await launch()
  })
  afterAll(() => browser?.close())

  const newestLink = async (): Promise<string> => {
    const [message] = await app.app.messages.newest(1)
    const { pathname, search } = new URL(message?.text?.match(/^http\S+$/m)?.[0] ?? 'http://none')
    return `${app.url}${pathname}${search}`
  }

  it('let an owner who is signed in there prove his address, and keep what he has', async () => {
    const { browser: signedIn, account } = await app.person()
    await signedIn.gql('mutation ($page: String!) { sendEmailVerification(input: { redirectUrl: $page }) { __typename } }', {
      page: `http://localhost:${new URL(app.url).port}/email/verify`,
    })
    const context = await browser.newContext({ javaScriptEnabled: false })
    await context.addCookies([...signedIn.jar].map(([name, value]) => ({ name, value, url: app.url })))
    const page = await context.newPage()
    await page.goto(await newestLink())
    await page.getByRole('button').click()
    await page.getByText('You can close this page').waitFor({ timeout: 5_000 })
    const { data } = await signedIn.gql('{ account { id emailVerified hasPassword } }')
    expect(data.account).toEqual({ id: account.id, emailVerified: true, hasPassword: true })
    await context.close()
  })

  it('give an account back to who reads at its old address, and lead to a new password', async () => {
    const { browser: thief, account, email } = await app.person({ locale: 'ar' })
    await thief.gql('mutation ($email: String!) { changeEmail(input: { email: $email }) { __typename } }', { email: newEmail() })
    const proof = new URL(await newestLink()).searchParams.get('token')
    await thief.gql('mutation ($token: String!) { verifyEmail(input: { token: $token }) { __typename } }', { token: proof })
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(await newestLink())
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl')
    expect((await thief.gql('{ account { id } }')).data.account).toEqual({ id: account.id })
    await page.getByRole('button').click()
    await page.getByText('تم التراجع عن التغيير').first().waitFor({ timeout: 5_000 })
    expect((await thief.gql('{ account { id } signedOutReason }')).data).toEqual({ account: null, signedOutReason: 'REPORTED' })
    await page.getByRole('button').click()
    await page.getByText('الرابط في طريقه').waitFor({ timeout: 5_000 })
    await page.goto(await newestLink())
    await page.getByLabel(/8/).fill('another horse battery')
    await page.getByRole('button').click()
    await page.getByText('تم تعيين كلمة مرورك').first().waitFor({ timeout: 5_000 })
    expect((await app.trySignIn(app.browser(), { email, password: 'another horse battery' })).__typename).toBe('SignInPayload')
    await context.close()
  })

  /** A link to a team that somebody founded. */
  const invitationOf = async (email: string): Promise<string> => {
    const { browser: ann } = await app.person()
    const founded = await ann.gql(
      'mutation { createTeam(input: { name: "Bell ringers" }) { ... on CreateTeamPayload { team { id } } } }',
    )
    await ann.gql(
      'mutation ($teamId: ID!, $email: String!) { inviteMember(input: { teamId: $teamId, email: $email, roles: ["ringer", "captain"] }) { __typename } }',
      { teamId: founded.data.createTeam.team.id, email },
    )
    return newestLink()
  }

  /** A picture for whoever wants to look at it. */
  const picture = async (page: Page, name: string): Promise<void> => {
    const folder = process.env.GATEHOUSE_PICTURES
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }

  it('let a newcomer into the team that invited him, after a password that will not do, and leave him signed in', async () => {
    const email = newEmail()
    const context = await browser.newContext({ javaScriptEnabled: false, colorScheme: 'light' })
    const page = await context.newPage()
    await page.goto(await invitationOf(email))
    await picture(page, 'newcomer')
    await page.getByLabel('Your name').fill('Bea')
    await page.getByLabel('Password').fill('password1')
    await page.getByRole('button').click()
    await page.getByRole('alert').waitFor({ timeout: 5_000 })
    await picture(page, 'refused')
    expect(await page.getByLabel('Your name').inputValue()).toBe('Bea')
    expect(await page.getByLabel('Password').inputValue()).toBe('')
    await page.getByLabel('Password').fill('another horse battery')
    await page.getByRole('button').click()
    await page.getByText('you are signed in').waitFor({ timeout: 5_000 })
    await picture(page, 'in')
    const cookies = await context.cookies(app.url)
    const bea = app.browser()
    for (const { name, value } of cookies) bea.jar.set(name, value)
    const { account } = (await bea.gql('{ account { email name memberships { nodes { roles } } } }')).data
    expect(account).toEqual({ email, name: 'Bea', memberships: { nodes: [{ roles: ['ringer', 'captain'] }] } })
    await context.close()
  })

  it('send somebody with an account to sign in first, and look again from there', async () => {
    const { email } = await app.person({ locale: 'ar' })
    const context = await browser.newContext({ javaScriptEnabled: false, colorScheme: 'dark' })
    const page = await context.newPage()
    await page.goto(await invitationOf(email))
    await picture(page, 'sign-in-first')
    expect(await page.locator('input[name=password]').count()).toBe(0)
    const signedIn = app.browser()
    await app.signIn(signedIn, email)
    await context.addCookies(
      [...signedIn.jar].map(([name, value]) => ({ name, value, url: app.url, sameSite: 'Strict' as const })),
    )
    await page.getByRole('button').click()
    await page.locator('form[method=post]').waitFor({ timeout: 5_000 })
    await picture(page, 'join')
    await page.getByRole('button').click()
    await page.getByRole('heading', { name: 'أنت في الفريق' }).waitFor({ timeout: 5_000 })
    const { account } = (await signedIn.gql('{ account { memberships { nodes { roles } } } }')).data
    expect(account.memberships.nodes).toEqual([{ roles: ['ringer', 'captain'] }])
    await context.close()
  })

  it('lead from asking for a link to a new password', async () => {
    const email = newEmail()
    await app.signUp(app.browser(), { email, password: PASSWORD })
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${app.url}/recover`)
    await page.getByLabel('E-mail address').fill(email)
    await page.getByRole('button').click()
    await page.getByText('a link is on its way').waitFor({ timeout: 5_000 })
    await page.goto(await newestLink())
    await page.getByLabel('New password').fill('another horse battery')
    await page.getByRole('button').click()
    await page.getByText('You can sign in with it now').waitFor({ timeout: 5_000 })
    expect((await app.trySignIn(app.browser(), { email, password: 'another horse battery' })).__typename).toBe('SignInPayload')
    await context.close()
  })
})
