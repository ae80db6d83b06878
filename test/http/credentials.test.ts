import { describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { REVOKE, SIGN_OUT, WHO } from './documents.ts'

const app = await testApp()

const withToken = async () => {
  const program = app.program()
  const { sessionToken, account, session } = await app.signUp(program, { transport: 'TOKEN' })
  return { token: sessionToken ?? '', account, session }
}

const refused = (reason: string | null) => ({
  errors: [expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED', reason } })],
})

describe('an Authorization header', () => {
  it('signs in whoever has the token', async () => {
    const { token, account } = await withToken()
    expect(await app.program(token).gql(WHO)).toEqual({ data: { account: { id: account.id }, signedOutReason: null } })
  })

  it('wins over the cookie beside it', async () => {
    const { browser } = await app.person()
    const { token, account } = await withToken()
    const response = await browser.post({ query: WHO }, { authorization: `Bearer ${token}` })
    expect(await response.json()).toEqual({ data: { account: { id: account.id }, signedOutReason: null } })
  })

  it('leaves the cookie beside it alone when it signs out', async () => {
    const { browser, account } = await app.person()
    const { token } = await withToken()
    const response = await browser.post({ query: SIGN_OUT }, { authorization: `Bearer ${token}` })
    expect(response.headers.getSetCookie()).toEqual([])
    expect((await browser.gql(WHO)).data.account).toEqual({ id: account.id })
  })

  it.each([
    ['a token that never was', `Bearer gst_${'A'.repeat(43)}`],
    ['a token of the wrong shape', 'Bearer gst_short'],
    ['an unknown key', `Bearer gak_${'A'.repeat(43)}`],
    ['something of another kind', 'Bearer aaa.bbb.ccc'],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['nothing behind the scheme', 'Bearer'],
  ])('refuses the operation for %s, even with a good cookie', async (_what, authorization) => {
    const { browser } = await app.person()
    const response = await browser.post({ query: WHO }, { authorization })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject(refused(null))
    expect(response.headers.getSetCookie()).toEqual([])
    expect(browser.jar.has('gatehouse')).toBe(true)
  })

  it('refuses what is public as well: a bad credential is never a guest', async () => {
    const answer = await app.program(`gst_${'B'.repeat(43)}`).gql('{ __typename }')
    expect(answer).toMatchObject(refused(null))
    expect(answer.data ?? null).toBeNull()
  })

  it('says why an ended session does not count any more', async () => {
    const { token } = await withToken()
    const program = app.program(token)
    await program.gql(SIGN_OUT)
    expect(await program.gql(WHO)).toMatchObject(refused('SIGNED_OUT'))
  })

  it('does not repeat the credential in its refusal', async () => {
    const { token } = await withToken()
    const program = app.program(token)
    await program.gql(SIGN_OUT)
    const response = await program.post({ query: WHO })
    expect(JSON.stringify([await response.text(), [...response.headers]])).not.toContain(token)
  })

  it('carries an API key, and refuses it from the moment it is revoked', async () => {
    const key = await app.key('KEYS_READ', 'KEYS_WRITE')
    const { data } = await key.gql('{ apiKeys(first: 1) { nodes { id } } }')
    const id = data.apiKeys.nodes[0].id
    await key.gql('mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { __typename } }', { id })
    expect(await key.gql('{ apiKeys { nodes { id } } }')).toMatchObject(refused(null))
  })

  it('is refused over an event stream too', async () => {
    const response = await app
      .program(`gst_${'C'.repeat(43)}`)
      .post({ query: 'subscription { sessionEnded { id } }' }, { accept: 'text/event-stream' })
    expect(await response.text()).toContain('"code":"UNAUTHENTICATED"')
  })
})

describe('a stale cookie', () => {
  const staleBrowser = async () => {
    const { browser, email, session } = await app.person()
    const other = app.browser()
    await app.signIn(other, email)
    await other.gql(REVOKE, { id: session.id })
    return { browser, email }
  }

  it('makes its bearer a guest who learns why, and is taken back', async () => {
    const { browser } = await staleBrowser()
    const response = await browser.post({ query: WHO })
    expect(await response.json()).toEqual({ data: { account: null, signedOutReason: 'REVOKED_BY_ACCOUNT' } })
    expect(response.headers.getSetCookie()).toEqual(['gatehouse=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax'])
    expect(browser.jar.has('gatehouse')).toBe(false)
    expect(await browser.gql(WHO)).toEqual({ data: { account: null, signedOutReason: null } })
  })

  it('does not stand in the way of signing in again', async () => {
    const { browser, email } = await staleBrowser()
    expect(browser.jar.has('gatehouse')).toBe(true)
    const { account } = await app.signIn(browser, email)
    expect((await browser.gql(WHO)).data).toEqual({ account: { id: account.id }, signedOutReason: null })
  })

  it('refuses what needs an account with the reason', async () => {
    const { browser } = await staleBrowser()
    const answer = await browser.gql(SIGN_OUT)
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'REVOKED_BY_ACCOUNT' })
  })

  it.each(['gst_short', `gst_${'D'.repeat(43)}`, `gak_${'D'.repeat(43)}`, '%00', '"'])(
    'has no reason if it never was one: %s',
    async (value) => {
      const response = await app.browser({ headers: { cookie: `gatehouse=${value}` } }).post({ query: WHO })
      expect(await response.json()).toEqual({ data: { account: null, signedOutReason: null } })
      expect(response.headers.getSetCookie()).toEqual(['gatehouse=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax'])
    },
  )
})
