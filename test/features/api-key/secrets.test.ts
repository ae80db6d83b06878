import { describe, expect, it } from 'vitest'
import { hashSecret } from '../../../src/kernel/secrets.ts'
import { Prisma } from '../../../src/ports/db/generated/client.ts'
import { PASSWORD, testApp } from '../../support/app.ts'

const app = await testApp()

/** Every row of every table, as text. */
const dump = async (): Promise<string> => {
  const tables = await app.app.db.read.$queryRaw<{ name: string }[]>`
    SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`
  expect(tables.length).toBeGreaterThan(8)
  const rows: unknown[] = []
  for (const { name } of tables)
    rows.push(await app.app.db.read.$queryRaw(Prisma.sql`SELECT t::text FROM ${Prisma.raw(name)} AS t`))
  return JSON.stringify(rows)
}

describe('the database', () => {
  it('holds no secret that ever left the server, in no table', async () => {
    const browser = app.browser()
    const signedUp = await app.signUp(browser)
    const byToken = await app.signIn(app.program(), signedUp.account.email, { transport: 'TOKEN', deviceKey: 'd'.repeat(43) })
    const { sessionToken: claimed } = (
      await app
        .browser()
        .gql(
          'mutation ($code: String!) { claimSessionToken(input: { handoverCode: $code }) { ... on ClaimSessionTokenPayload { sessionToken } } }',
          { code: (await app.signIn(app.browser(), signedUp.account.email)).handoverCode },
        )
    ).data.claimSessionToken
    await app.signIn(app.browser(), signedUp.account.email)
    const admin = await app.admin()
    const recovery = await app.app.operators.createAdmin(admin.email)
    const { secret: keySecret } = (
      await admin.browser.gql(
        'mutation { createApiKey(input: { name: "k", scopes: [EVENTS_READ] }) { ... on CreateApiKeyPayload { secret } } }',
      )
    ).data.createApiKey
    await app.settings({ sessions: { limit: 1, whenLimitReached: 'REFUSE' } })
    const refused = await app.trySignIn(app.browser(), { email: signedUp.account.email })
    const secrets: Record<string, string | null | undefined> = {
      password: PASSWORD,
      cookie: browser.jar.get('gatehouse'),
      device: browser.jar.get('gatehouse-device'),
      deviceKey: 'd'.repeat(43),
      handover: signedUp.handoverCode,
      token: byToken.sessionToken,
      claimed,
      recovery,
      key: keySecret,
      ticket: refused.ticket,
    }
    const content = await dump()
    expect(content).toContain(signedUp.account.email)
    expect(content).toContain(hashSecret(keySecret))
    for (const [name, secret] of Object.entries(secrets)) {
      expect(secret, name).toMatch(/^.{20,}$/)
      expect(content.includes(String(secret)), name).toBe(false)
    }
    // nor does an answer to somebody with every right hold one, or its hash
    const log = await (await app.key('EVENTS_READ', 'KEYS_READ', 'SESSIONS_READ')).gql(
      '{ events(first: 100) { nodes { details } } apiKeys { nodes { id name } } sessions(filter: { live: null }) { nodes { id userAgent ip } } }',
    )
    for (const [name, secret] of Object.entries(secrets))
      for (const value of [String(secret), hashSecret(String(secret))])
        expect(JSON.stringify(log).includes(value), name).toBe(false)
  })
})
