import { describe, expect, it } from 'vitest'
import { addressesOf, VOID } from '../../support/addresses.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()
const { mailbox, change, send, verify, undo, move, provenPerson } = await addressesOf(app)

const HOUR = 3_600
const NEW = 'another horse battery'

const gql = async (who: TestClient, name: string, input: Record<string, unknown>, payload = '') => {
  const Name = name.charAt(0).toUpperCase() + name.slice(1)
  const document = `mutation ($input: ${Name}Input!) { ${name}(input: $input) { __typename ${payload} ... on UserError { code } } }`
  return (await who.gql(document, { input })).data[name]
}

const askRecovery = async (email: string): Promise<string> => {
  const redirectUrl = `http://localhost:${new URL(app.url).port}/recover`
  await gql(app.browser(), 'requestPasswordRecovery', { email, redirectUrl })
  return mailbox.token(email, 'password-recovery')
}

const recover = (token: string) => gql(app.browser(), 'recoverPassword', { token, newPassword: NEW })

const rowOf = (id: string) => app.app.db.read.account.findUniqueOrThrow({ where: { id } })

/** An account whose password was stolen: the thief has signed in and moved it to an address of his. The owner has the notice. */
const stolen = async (owner?: Awaited<ReturnType<typeof app.person>>) => {
  const victim = owner ?? (await provenPerson())
  const thief = app.browser()
  await app.signIn(thief, victim.email)
  const theirs = await move(thief)
  return { ...victim, thief, theirs, token: await mailbox.token(victim.email, 'email-changed') }
}

const GIVEN_BACK = { __typename: 'UndoChangePayload', endedSessions: 2, passwordResetRequired: true }

describe('undoChange', () => {
  it('gives the account back: the address, proven, and nobody signed in', async () => {
    const { account, browser, email, thief, theirs, token } = await stolen()
    await change(thief, newEmail()) // another one waits
    const sockets = [browser, thief].map((who) => app.subscribe(who, 'subscription { sessionEnded { endReason } }'))
    const [mine, his] = [await sockets[0], await sockets[1]]
    const recovery = await askRecovery(theirs)
    expect(await undo(token)).toEqual(GIVEN_BACK)
    for (const socket of [mine, his]) await expect.poll(() => socket?.closed).toEqual([{ code: 4401, reason: 'REPORTED' }])
    for (const who of [browser, thief])
      expect((await who.gql('{ account { id } signedOutReason }')).data).toEqual({ account: null, signedOutReason: 'REPORTED' })
    expect(await rowOf(account.id)).toMatchObject({ email, emailVerifiedAt: app.clock.now(), pendingEmail: null })
    expect(await recover(recovery)).toEqual(VOID)
    expect((await app.trySignIn(thief, { email: theirs })).code).toBe('INVALID_CREDENTIALS')
    expect((await app.trySignIn(thief, { email })).code).toBe('PASSWORD_RESET_REQUIRED')
    expect((await recover(await askRecovery(email))).__typename).toBe('RecoverPasswordPayload')
    await app.signIn(browser, email, { password: NEW })
    const { data } = await browser.gql(
      '{ account { id email devices { isCurrent } events(first: 9) { nodes { type details } } } }',
    )
    expect(data.account).toMatchObject({ id: account.id, email, devices: [{ isCurrent: true }] })
    expect(data.account.events.nodes).toContainEqual({
      type: 'email.change-undone',
      details: { endedSessions: 2, firstProof: false, changed: true },
    })
    expect(JSON.stringify(data.account.events.nodes)).not.toContain('@')
  })

  it('works once, and of twenty at the same moment once', async () => {
    const { token } = await stolen()
    const results = await Promise.all(Array.from({ length: 20 }, () => undo(token)))
    expect(results.filter(({ __typename }) => __typename === 'UndoChangePayload')).toHaveLength(1)
    expect(results.filter(({ code }) => code === 'INVALID_TOKEN')).toHaveLength(19)
    expect(await undo(token)).toEqual(VOID)
  })

  it('works for 72 hours, in which the address is nobody else’s, and no longer', async () => {
    const [inTime, late] = [await stolen(), await stolen()]
    const other = await app.person()
    const key = await app.key('ACCOUNTS_WRITE')
    const taken = async (email: string) => [
      (await gql(app.browser(), 'signUp', { email, password: PASSWORD })).code,
      (await change(other.browser, email)).data.changeEmail.code,
      (await gql(key, 'updateAccountAsOperator', { accountId: other.account.id, email })).code,
    ]
    expect(await taken(inTime.email)).toEqual(['EMAIL_TAKEN', 'EMAIL_TAKEN', 'EMAIL_TAKEN'])
    app.clock.advance(72 * HOUR - 2)
    expect((await gql(app.browser(), 'signUp', { email: late.email, password: PASSWORD })).code).toBe('EMAIL_TAKEN')
    expect((await undo(inTime.token)).__typename).toBe('UndoChangePayload')
    app.clock.advance(2)
    expect(await undo(late.token)).toEqual(VOID)
    await app.app.tick()
    expect(await app.app.db.read.formerEmail.count({ where: { email: late.email } })).toBe(0)
    expect((await app.person({ email: late.email })).account.id).not.toBe(late.account.id)
  })

  it('is void for nonsense, once the account is blocked, and once it is gone', async () => {
    for (const nonsense of ['', 'nonsense', 'A'.repeat(43), '\u0000'.repeat(43)]) expect(await undo(nonsense)).toEqual(VOID)
    const [blocked, gone] = [await stolen(), await stolen()]
    await app.app.db.read.account.update({ where: { id: blocked.account.id }, data: { blockedAt: app.clock.now() } })
    expect(await undo(blocked.token)).toEqual(VOID)
    expect((await gql(gone.browser, 'deleteAccount', { immediately: true })).__typename).toBe('DeleteAccountPayload')
    expect(await undo(gone.token)).toEqual(VOID)
    expect((await app.person({ email: gone.email })).account.email).toBe(gone.email)
  })

  it('leaves nothing void or kept after an operator’s word on the address', async () => {
    const { account, email, token } = await stolen()
    const key = await app.key('ACCOUNTS_WRITE')
    const final = newEmail()
    await gql(key, 'updateAccountAsOperator', { accountId: account.id, email: final })
    expect(await undo(token)).toEqual(VOID)
    expect((await rowOf(account.id)).email).toBe(final)
    expect((await app.person({ email })).account.email).toBe(email)
  })

  it('clears the cookie of the browser it is pressed in, if that was signed in', async () => {
    const { browser, token } = await stolen()
    await undo(token, browser)
    expect(browser.jar.has('gatehouse')).toBe(false)
  })

  it('asks an account without a password for none', async () => {
    const { account, token } = await stolen()
    await app.app.db.read.password.delete({ where: { accountId: account.id } })
    expect(await undo(token)).toEqual({ ...GIVEN_BACK, passwordResetRequired: false })
    expect((await rowOf(account.id)).passwordResetRequired).toBe(false)
  })

  it('by an address that nobody had ever proven is its first proof: the password goes for good', async () => {
    const { account, email, token } = await stolen(await app.person())
    expect(await undo(token)).toEqual(GIVEN_BACK)
    expect(await rowOf(account.id)).toMatchObject({ email, emailVerifiedAt: app.clock.now(), passwordResetRequired: false })
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('INVALID_CREDENTIALS')
    expect((await recover(await askRecovery(email))).__typename).toBe('RecoverPasswordPayload')
  })

  it('tells the address that goes, with nothing in it to press', async () => {
    const { theirs, token } = await stolen()
    await undo(token)
    expect((await mailbox.kinds(theirs))[0]).toBe('email-changed')
    expect(await mailbox.links(theirs, 'email-changed')).toEqual([])
  })
})

describe('a thief cannot take the owner’s link away', () => {
  const DEEDS: readonly (readonly [string, (robbed: Robbed) => Promise<unknown>])[] = [
    ['by changing the address again', ({ thief }) => move(thief)],
    ['by going back to the old address, which he cannot prove', ({ thief, email }) => change(thief, email)],
    ['by a new password', async ({ theirs }) => recover(await askRecovery(theirs))],
    ['by reporting a sign-in of his own', async (robbed) => reportOwn(robbed)],
    ['by asking for the account to be deleted', ({ thief }) => gql(thief, 'deleteAccount', {})],
    ['by signing out everywhere', ({ thief }) => gql(thief, 'signOut', { everywhere: true })],
    ['by an account of his own with the old address', ({ email }) => app.trySignIn(app.browser(), { email })],
  ]

  it.each(DEEDS)('%s', async (_how, deed) => {
    const robbed = await stolen()
    await deed(robbed)
    const { endedSessions: _, ...given } = GIVEN_BACK
    expect(await undo(robbed.token)).toMatchObject(given)
    expect(await rowOf(robbed.account.id)).toMatchObject({ email: robbed.email, pendingEmail: null, deletesAt: null })
  })

  it('and his own, of a later change, is void once the owner has used his', async () => {
    const robbed = await stolen()
    await move(robbed.thief)
    const his = await mailbox.token(robbed.theirs, 'email-changed')
    expect(await undo(robbed.token)).toEqual(GIVEN_BACK)
    expect(await undo(his)).toEqual(VOID)
    expect((await rowOf(robbed.account.id)).email).toBe(robbed.email)
  })

  it('nor by using his own first: the one that goes back furthest has the last word', async () => {
    const robbed = await stolen()
    await move(robbed.thief)
    const his = await mailbox.token(robbed.theirs, 'email-changed')
    expect((await undo(his)).__typename).toBe('UndoChangePayload')
    expect((await rowOf(robbed.account.id)).email).toBe(robbed.theirs)
    expect(await undo(robbed.token)).toEqual({ ...GIVEN_BACK, endedSessions: 0 })
    expect((await rowOf(robbed.account.id)).email).toBe(robbed.email)
  })

  it('nor can he follow: the link to an address that waited is void', async () => {
    const { account, email, thief, token } = await stolen()
    const next = newEmail()
    await change(thief, next)
    const proof = await mailbox.token(next, 'email-verification')
    await undo(token)
    expect(await verify(proof)).toEqual(VOID)
    expect((await rowOf(account.id)).email).toBe(email)
  })
})

type Robbed = Awaited<ReturnType<typeof stolen>>

const reportOwn = async ({ thief, theirs }: Robbed): Promise<void> => {
  await app.signIn(app.browser(), theirs)
  const { data } = await thief.gql('{ account { sessionAlerts(first: 1) { nodes { id } } } }')
  const said = await gql(thief, 'reportSessionAlert', { alertId: data.account.sessionAlerts.nodes[0].id })
  expect(said.__typename).toBe('ReportSessionAlertPayload')
}

describe('the page behind the notice’s link', () => {
  const press = (token: string, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/email/undo`, {
      method: 'POST',
      headers: { origin: app.url, ...headers },
      body: new URLSearchParams({ token }),
    })

  it('changes nothing when it is opened, names the address, and undoes when its button is pressed; once', async () => {
    const { account, email, theirs } = await stolen()
    const [link] = await mailbox.links(email, 'email-changed')
    const [path, token] = [`${link?.pathname}${link?.search}`, link?.searchParams.get('token') ?? '']
    for (const method of ['HEAD', 'GET', 'GET']) {
      const response = await fetch(`${app.url}${path}`, { method })
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
      const html = await response.text()
      if (method === 'GET') expect(html).toContain(`<bdi>${email}</bdi>`)
      expect(html).not.toMatch(/<script|http-equiv/)
    }
    expect((await rowOf(account.id)).email).toBe(theirs)
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'content-type': 'text/plain' }])
      expect((await press(token, headers)).status).toBe(403)
    expect((await rowOf(account.id)).email).toBe(theirs)
    const pressed = await press(token)
    const said = await pressed.text()
    expect(pressed.status).toBe(200)
    expect(said).toContain('The change is undone')
    expect(said).toContain('We ended 2 sessions.')
    expect(said).toContain(`name="email" value="${email}"`) // the way on: a link to set a new password
    expect((await rowOf(account.id)).email).toBe(email)
    for (const response of [await press(token), await fetch(`${app.url}${path}`), await press('nonsense')]) {
      expect(response.status).toBe(410)
      expect(await response.text()).not.toContain('<button')
    }
  })

  it('says nothing of a password to an account without one', async () => {
    const { account, token } = await stolen()
    await app.app.db.read.password.delete({ where: { accountId: account.id } })
    expect(await (await press(token)).text()).toContain('You can sign in again as you usually do.')
  })
})

describe('an honest owner', () => {
  it('may go back to the address he had, by proving it again', async () => {
    const { browser, account, email } = await provenPerson()
    await move(browser)
    await change(browser, email)
    app.clock.advance(1)
    expect((await verify(await mailbox.token(email, 'email-verification'))).__typename).toBe('VerifyEmailPayload')
    expect((await rowOf(account.id)).email).toBe(email)
    expect(await send(browser)).toMatchObject({ fields: [{ path: 'input' }] })
  })
})
