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
  it('of an account that exists waits for the link: who holds the account before is no operator by it', async () => {
    const { email, account, browser } = await app.person({ name: 'Known' })
    const token = await operators.createAdmin(` ${email.toUpperCase()} `)
    expect((await browser.gql('{ account { id name labels } }')).data.account).toEqual({
      id: account.id,
      name: 'Known',
      labels: [],
    })
    expect((await browser.gql('{ accounts { totalCount } }')).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    await app.signIn(app.browser(), email)
    expect(await recover(token)).toBe('RecoverPasswordPayload')
    expect((await browser.gql('{ signedOutReason }')).data.signedOutReason).toBe('PASSWORD_CHANGED')
    expect(await app.trySignIn(app.browser(), { email })).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    expect(await recover(token)).toBe('InvalidTokenError')
    expect((await app.app.db.read.account.findUnique({ where: { id: account.id } }))?.labels).toEqual(['admin'])
    const labelled = await app.app.db.read.event.findFirst({ where: { accountId: account.id, type: 'account.updated' } })
    expect(labelled?.details).toEqual({ fields: ['labels'] })
  })

  it('gives a link for a day', async () => {
    const [used, late] = [await operators.createAdmin('used@example.com'), await operators.createAdmin('late@example.com')]
    app.clock.advance(LIFETIMES.adminLink - 1)
    expect(await recover(used)).toBe('RecoverPasswordPayload')
    app.clock.advance(1)
    expect(await recover(late)).toBe('InvalidTokenError')
  })
})
