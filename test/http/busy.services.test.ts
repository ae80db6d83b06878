import { describe, expect, it } from 'vitest'
import { PASSWORD, testApp } from '../support/app.ts'

const app = await testApp()

/** As many as the pool has. */
const CONNECTIONS = 16

/** Takes every connection to the database. @returns how to give them back. */
const takeAll = async (): Promise<() => Promise<void>> => {
  let [held, free] = [0, (): void => undefined]
  const freed = new Promise<void>((resolve) => (free = resolve))
  const hold = () =>
    app.app.db.transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1`
      held++
      await freed
    })
  const holding = Promise.all(Array.from({ length: CONNECTIONS }, hold))
  await expect.poll(() => held).toBe(CONNECTIONS)
  return async () => {
    free()
    await holding
  }
}

describe('a server whose connections to the database all stay busy', () => {
  it('tells a reader, a writer and a credential that it cannot judge when to come back, and then serves them', async () => {
    const { browser, email } = await app.person()
    const stranger = app.program(`gst_${'a'.repeat(43)}`)
    const signIn = 'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }'
    const ask = [
      () => browser.gql('{ account { devices { id } } }'),
      () => app.program().gql(signIn, { input: { email, password: PASSWORD, transport: 'TOKEN' } }),
      () => stranger.gql('{ signedOutReason }'),
    ]
    await browser.gql('{ account { id } }') // from here on there is a copy of the session
    const giveBack = await takeAll()
    const told = await Promise.all(ask.map((one) => one()))
    await giveBack()
    const extensions = { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 2 }
    const refusal = expect.objectContaining({ message: 'The server is busy. Try again shortly.', extensions })
    expect(told.map(({ errors }) => errors)).toEqual(Array(ask.length).fill([refusal]))
    const [reader, writer, judged] = await Promise.all(ask.map((one) => one()))
    expect(reader?.data.account.devices).toHaveLength(1)
    expect(writer?.data.signInWithPassword.__typename).toBe('SignInPayload')
    expect(judged?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })
})
