import { describe, expect, it } from 'vitest'
import { LIFETIMES } from '../../../src/policy/bounds.ts'
import { PASSWORD, testApp } from '../../support/app.ts'

const app = await testApp()
const { operators } = app.app

const recover = async (token: string) =>
  (
    await app
      .browser()
      .gql(
        'mutation ($token: String!, $newPassword: String!) { recoverPassword(input: { token: $token, newPassword: $newPassword }) { __typename } }',
        { token, newPassword: `${PASSWORD} new` },
      )
  ).data.recoverPassword.__typename

describe('the first administrator', () => {
  it('is offered until there is one who can sign in', async () => {
    const offer = await operators.offerFirstAdmin()
    expect(offer).toEqual({ email: expect.stringContaining('@'), token: expect.stringMatching(/^[\w-]{43}$/) })
    expect((await operators.offerFirstAdmin())?.email).toBe(offer?.email)
    expect(await recover(offer?.token ?? '')).toBe('RecoverPasswordPayload')
    expect(await operators.offerFirstAdmin()).toBeNull()
  })
})

describe('making an administrator', () => {
  it('of an account that exists keeps the account and its password until the link is used', async () => {
    const { email, account, browser } = await app.person({ name: 'Known' })
    const token = await operators.createAdmin(` ${email.toUpperCase()} `)
    expect((await browser.gql('{ account { id name labels } }')).data.account).toEqual({
      id: account.id,
      name: 'Known',
      labels: ['admin'],
    })
    expect((await browser.gql('{ accounts { totalCount } }')).errors).toBeUndefined()
    await app.signIn(app.browser(), email)
    expect(await recover(token)).toBe('RecoverPasswordPayload')
    expect((await browser.gql('{ signedOutReason }')).data.signedOutReason).toBe('PASSWORD_CHANGED')
    expect(await app.trySignIn(app.browser(), { email })).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    expect(await recover(token)).toBe('InvalidTokenError')
  })

  it('gives a link for a day', async () => {
    const [used, late] = [await operators.createAdmin('used@example.com'), await operators.createAdmin('late@example.com')]
    app.clock.advance(LIFETIMES.adminLink - 1)
    expect(await recover(used)).toBe('RecoverPasswordPayload')
    app.clock.advance(1)
    expect(await recover(late)).toBe('InvalidTokenError')
  })
})
