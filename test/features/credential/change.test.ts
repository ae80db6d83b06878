import { describe, expect, it } from 'vitest'
import { PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { linkIn, mailsTo } from '../../support/links.ts'
import { smtpEnv } from '../../support/messages.ts'
import { DOOR_NAMES, withOpenTokens } from '../../support/open-tokens.ts'
import { askToChange, askToSet, changePassword, recoverPassword, removePassword, setPassword } from '../../support/passwords.ts'
import { smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const app = await testApp({ env: smtpEnv(smtp.port) })

const NEW = 'another horse battery'

const ENDINGS = 'subscription { sessionEnded { id endReason isCurrent } }'

const stateOf = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

/** A browser that holds a session's cookie, and nothing that comes after it. */
const holding = (cookie: string | undefined) => app.browser({ headers: { cookie: `gatehouse=${cookie}` } })

/** Whether a password opens the door: the name of what the sign-in answers. */
const opens = async (email: string, password: string) =>
  (await app.trySignIn(app.browser(), { email, password })).__typename === 'SignInPayload'

/** Somebody signed in here and in another browser. */
const withOther = async (input: Record<string, unknown> = {}) => {
  const person = await app.person(input)
  const other = app.browser()
  const { session } = await app.signIn(other, person.email)
  return { ...person, other, otherId: session.id }
}

const verify = async (accountId: string) => {
  const operator = await app.key('ACCOUNTS_WRITE')
  await operator.gql(
    'mutation ($id: ID!) { updateAccountAsOperator(input: { accountId: $id, emailVerified: true }) { __typename } }',
    { id: accountId },
  )
}

const eventsOf = async (accountId: string, type: string) =>
  (
    await (
      await app.key('EVENTS_READ', 'ACCOUNTS_READ', 'SESSIONS_READ')
    ).gql(
      'query ($filter: EventFilter) { events(first: 20, filter: $filter) { nodes { outcome details actor { account { id } } } } }',
      { filter: { accountId, types: [type] } },
    )
  ).data.events.nodes

const code = (answer: { errors?: { extensions: { code?: string } }[] }) => answer.errors?.[0]?.extensions.code

describe('changePassword', () => {
  it('sets the password, ends the other sessions with their sockets, and goes on here with a new cookie', async () => {
    const { browser, account, session, email, other, otherId } = await withOther()
    const old = browser.jar.get('gatehouse')
    const [here, there] = [await app.subscribe(browser, ENDINGS), await app.subscribe(other, ENDINGS)]
    app.clock.advance(5)
    const now = app.clock.now().toISOString()
    expect(await changePassword(browser, { newPassword: NEW })).toEqual({
      __typename: 'ChangePasswordPayload',
      account: { id: account.id, hasPassword: true, passwordChangedAt: now },
      session: { id: session.id, isCurrent: true, authenticatedAt: now, endedAt: null },
      sessionToken: null,
      endedSessions: [{ id: otherId, endReason: 'PASSWORD_CHANGED' }],
    })
    expect(browser.jar.get('gatehouse')).not.toBe(old)
    expect(await stateOf(holding(old))).toEqual({ account: null, signedOutReason: null })
    expect(await stateOf(browser)).toEqual({ account: { id: account.id }, signedOutReason: null })
    expect(await stateOf(other)).toEqual({ account: null, signedOutReason: 'PASSWORD_CHANGED' })
    const ended = { id: otherId, endReason: 'PASSWORD_CHANGED' }
    expect((await there.next())?.data.sessionEnded).toEqual({ ...ended, isCurrent: true })
    await expect.poll(() => there.closed).toEqual([{ code: 4401, reason: 'PASSWORD_CHANGED' }])
    expect((await here.next())?.data.sessionEnded).toEqual({ ...ended, isCurrent: false })
    expect(here.closed).toEqual([])
    here.stop()
    expect([await opens(email, PASSWORD), await opens(email, NEW)]).toEqual([false, true])
    expect(await eventsOf(account.id, 'password.changed')).toEqual([
      { outcome: 'SUCCEEDED', details: { endedSessions: 1 }, actor: { account: { id: account.id } } },
    ])
  })

  it('hands an app its new token, and the old one is refused by the very next request', async () => {
    const { account, sessionToken: old } = await app.person({ transport: 'TOKEN' })
    const program = app.program(old ?? '')
    const changed = await changePassword(program, { newPassword: NEW })
    expect(changed.sessionToken).toMatch(/^gst_[\w-]{43}$/)
    expect(changed.sessionToken).not.toBe(old)
    expect([...program.jar.keys()]).toEqual([])
    expect((await program.gql('{ account { id } }')).errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    expect((await stateOf(app.program(changed.sessionToken))).account).toEqual({ id: account.id })
  })

  it('keeps the other sessions if it is told to, or by the setting; who asks goes before the setting', async () => {
    const stays = async (endOtherSessions?: boolean) => {
      const { browser, other, account } = await withOther()
      const { endedSessions } = await changePassword(browser, { newPassword: NEW, endOtherSessions })
      const { account: there } = await stateOf(other)
      expect(there === null ? 1 : 0).toBe(endedSessions.length)
      return there?.id === account.id
    }
    expect([await stays(), await stays(true), await stays(false)]).toEqual([false, false, true])
    await app.settings({ passwords: { endOtherSessionsOnChange: false } })
    expect([await stays(), await stays(true), await stays(false)]).toEqual([true, false, true])
    await app.settings({ passwords: { endOtherSessionsOnChange: true } })
  })

  it('asks for the current password first, and changes nothing without it or for a weak one', async () => {
    const { browser, account, email, other } = await withOther()
    const cookie = browser.jar.get('gatehouse')
    const wrong = { __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS', message: 'The password is wrong.' }
    for (const currentPassword of ['wrong', '', NEW, 'x'.repeat(20_000)])
      expect(await changePassword(browser, { currentPassword, newPassword: 'short' })).toEqual(wrong)
    expect(await changePassword(browser, { newPassword: 'kzpqmwx' })).toMatchObject({
      __typename: 'WeakPasswordError',
      violations: [{ rule: 'TOO_SHORT' }],
    })
    expect(browser.jar.get('gatehouse')).toBe(cookie)
    for (const who of [browser, other]) expect((await stateOf(who)).account).toEqual({ id: account.id })
    expect([await opens(email, PASSWORD), await opens(email, 'short')]).toEqual([true, false])
    const failed = await eventsOf(account.id, 'proof.failed')
    expect(failed).toHaveLength(4)
    expect(failed[0]).toMatchObject({
      outcome: 'FAILED',
      details: { purpose: 'CHANGE_PASSWORD', factor: 'PASSWORD', code: 'INVALID_CREDENTIALS' },
    })
  })

  it('asks for a fresh proof, from a person', async () => {
    const [fresh, stale] = [await app.person(), await app.person()]
    app.clock.advance(600)
    expect((await changePassword(fresh.browser, { newPassword: NEW })).__typename).toBe('ChangePasswordPayload')
    app.clock.advance(1)
    const refused = await askToChange(stale.browser, { newPassword: NEW })
    expect(refused.errors?.[0]?.extensions).toEqual({ code: 'REAUTHENTICATION_REQUIRED', maxAgeSeconds: 600 })
    expect((await changePassword(fresh.browser, { currentPassword: NEW, newPassword: PASSWORD })).__typename).toBe(
      'ChangePasswordPayload',
    ) // the current password was a proof as well
    expect(code(await askToChange(app.browser(), { newPassword: NEW }))).toBe('UNAUTHENTICATED')
    expect(code(await askToChange(await app.key('ACCOUNTS_WRITE'), { newPassword: NEW }))).toBe('FORBIDDEN')
  })

  it('is not done where no cookie can be set, since it would sign the browser out; a token it can hand over', async () => {
    const { browser, account, email } = await app.person()
    const input = { currentPassword: PASSWORD, newPassword: NEW }
    const ask = async (who: TestClient) => {
      const socket = who.socket()
      const operation = socket.subscribe(
        'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ... on ChangePasswordPayload { sessionToken } } }',
        { input },
      )
      const answer = await operation.next()
      await socket.client.dispose()
      return answer
    }
    expect(code((await ask(browser)) ?? {})).toBe('FORBIDDEN')
    expect((await stateOf(browser)).account).toEqual({ id: account.id })
    expect(await opens(email, PASSWORD)).toBe(true)
    const { sessionToken } = await app.signIn(app.program(), email, { transport: 'TOKEN' })
    expect((await ask(app.program(sessionToken ?? '')))?.data.changePassword.sessionToken).toMatch(/^gst_/)
    expect(await opens(email, NEW)).toBe(true)
  })

  it('leaves devices known', async () => {
    const { browser, email } = await app.person()
    await changePassword(browser, { newPassword: NEW })
    const { session } = await app.signIn(browser, email, { password: NEW })
    const { nodes } = (await browser.gql('{ account { sessionAlerts { nodes { isNewDevice session { id } } } } }')).data.account
      .sessionAlerts
    expect(nodes).toEqual([{ isNewDevice: false, session: { id: session.id } }])
  })

  it('is refused for a password that has to be recovered, once it is the right one', async () => {
    const { browser, account, email } = await app.person()
    const operator = await app.key('ACCOUNTS_WRITE')
    await operator.gql(
      'mutation ($id: ID!) { updateAccountAsOperator(input: { accountId: $id, requirePasswordReset: true }) { __typename } }',
      { id: account.id },
    )
    expect((await changePassword(browser, { currentPassword: 'wrong', newPassword: NEW })).code).toBe('INVALID_CREDENTIALS')
    expect((await changePassword(browser, { newPassword: NEW })).code).toBe('PASSWORD_RESET_REQUIRED')
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('PASSWORD_RESET_REQUIRED')
    const [refused] = await eventsOf(account.id, 'proof.failed')
    expect(refused).toMatchObject({ outcome: 'REFUSED', details: { code: 'PASSWORD_RESET_REQUIRED' } })
  })

  it('is refused where there is no password, and where passwords are switched off', async () => {
    const { browser, account } = await app.person()
    await app.settings({ signIn: { methods: ['MAGIC_LINK'] } })
    expect(code(await askToChange(browser, { newPassword: NEW }))).toBe('METHOD_DISABLED')
    await app.settings({ signIn: { methods: ['PASSWORD', 'MAGIC_LINK'] } })
    await removePassword(app, account.id)
    expect(await changePassword(browser, { newPassword: NEW })).toMatchObject({
      __typename: 'InvalidInputError',
      fields: [{ path: 'input.currentPassword' }],
    })
  })
})

describe('a new password', () => {
  it('is told to the address if it is proven, and to no other', async () => {
    const [proven, unproven] = [await app.person({ locale: 'de' }), await app.person()]
    await verify(proven.account.id)
    for (const { browser } of [proven, unproven]) await changePassword(browser, { newPassword: NEW })
    const page = await linkIn(smtp, proven.email)
    expect([page.pathname, page.search]).toEqual(['/recover', ''])
    expect(mailsTo(smtp, proven.email)[0]?.mail.subject).toBe('Ihr Passwort wurde geändert')
    await app.app.delivered()
    expect(mailsTo(smtp, unproven.email)).toEqual([])
  })

  it.each([
    ['changePassword', (who: TestClient) => changePassword(who, { newPassword: NEW })],
    [
      'setPassword',
      async (who: TestClient) => {
        await removePassword(app, (await stateOf(who)).account.id)
        return setPassword(who, NEW)
      },
    ],
    [
      'recoverPassword',
      async (who: TestClient) => {
        const { email } = (await who.gql('{ account { email } }')).data.account
        return recoverPassword(who, await app.app.operators.createAdmin(email), NEW)
      },
    ],
  ] as const)('by %s makes every link and ticket from before void, but the one that reports a sign-in', async (_name, act) => {
    const { email, other, tryAt } = await withOpenTokens(app, smtp)
    // it is the thief who sets it, in the session that the mail was about
    expect((await act(other)).__typename).toMatch(/Payload$/)
    for (const door of DOOR_NAMES) if (door !== 'report') expect(await tryAt(door), door).toBe('INVALID_TOKEN')
    expect(await opens(email, NEW)).toBe(true)
    expect(await tryAt('report')).toBe('ReportSessionAlertPayload')
    expect((await stateOf(other)).account).toBeNull()
    expect((await app.trySignIn(app.browser(), { email, password: NEW })).code).toBe('PASSWORD_RESET_REQUIRED')
  })
})

describe('setPassword', () => {
  /** Somebody signed in whose account has no password. */
  const without = async (input: Record<string, unknown> = {}) => {
    const person = await withOther(input)
    await removePassword(app, person.account.id)
    return person
  }

  it('gives an account its first password, ends no session, and tells the proven address', async () => {
    const { browser, account, email, other } = await without()
    await verify(account.id)
    const cookie = browser.jar.get('gatehouse')
    app.clock.advance(5)
    expect(await setPassword(browser, NEW)).toEqual({
      __typename: 'SetPasswordPayload',
      account: { id: account.id, hasPassword: true, passwordChangedAt: app.clock.now().toISOString() },
    })
    expect(browser.jar.get('gatehouse')).toBe(cookie)
    for (const who of [browser, other]) expect((await stateOf(who)).account).toEqual({ id: account.id })
    await app.app.delivered()
    expect(mailsTo(smtp, email).map(({ mail }) => mail.subject)).toContain('Your password was changed')
    expect([await opens(email, PASSWORD), await opens(email, NEW)]).toEqual([false, true])
    expect(await eventsOf(account.id, 'password.set')).toMatchObject([{ details: { endedSessions: 0 } }])
  })

  it('is not for an account that has one, nor for a weak one', async () => {
    const [has, hasNone] = [await app.person(), await without()]
    expect(await setPassword(has.browser, 'short')).toMatchObject({
      __typename: 'InvalidInputError',
      fields: [{ path: 'input' }],
    })
    expect(await opens(has.email, PASSWORD)).toBe(true)
    expect((await setPassword(hasNone.browser, 'short')).__typename).toBe('WeakPasswordError')
    expect((await hasNone.browser.gql('{ account { hasPassword } }')).data.account).toEqual({ hasPassword: false })
  })

  it('sets one of two that are set at once', async () => {
    const { browser, email } = await without()
    const both = await Promise.all([setPassword(browser, 'the first of them'), setPassword(browser, 'the second of them')])
    expect(both.map(({ __typename }) => __typename).toSorted()).toEqual(['InvalidInputError', 'SetPasswordPayload'])
    const [first, second] = [await opens(email, 'the first of them'), await opens(email, 'the second of them')]
    expect([first, second]).toEqual(both.map(({ __typename }) => __typename === 'SetPasswordPayload'))
  })

  it('asks for a fresh proof, from a person', async () => {
    const { browser } = await without()
    app.clock.advance(601)
    expect(code(await askToSet(browser, NEW))).toBe('REAUTHENTICATION_REQUIRED')
    expect(code(await askToSet(app.browser(), NEW))).toBe('UNAUTHENTICATED')
    expect(code(await askToSet(await app.key('ACCOUNTS_WRITE'), NEW))).toBe('FORBIDDEN')
  })
})
