/**
 * A token is used up behind its account's lock, as it is voided: so nobody waits in a circle, and who comes second finds
 * what the first one did. `finishSignIn` once took the ticket before the account.
 */
import { describe, expect, it } from 'vitest'
import { VOID } from '../../support/addresses.ts'
import { testApp } from '../../support/app.ts'
import { holdRow, untilWaiting } from '../../support/hold.ts'
import { KINDS, tokensOf } from '../../support/tokens.ts'

const app = await testApp()
const { make, knock, isGood, readdress } = await tokensOf(app)

/** How many open tokens of an account somebody has a lock on. */
const locked = async (accountId: string): Promise<number> => {
  const open = { accountId, usedAt: null, voidedAt: null }
  const all = await app.app.db.read.oneTimeToken.count({ where: open })
  const free = await app.app.db.read.$queryRaw<unknown[]>`
    SELECT 1 FROM "one_time_tokens" WHERE "account_id" = ${accountId} AND "used_at" IS NULL AND "voided_at" IS NULL
    FOR UPDATE SKIP LOCKED`
  return all - free.length
}

describe.each(KINDS)('a token of the kind %s', (kind) => {
  it('is not held by who waits for its account', async () => {
    const made = await make(kind)
    const letGo = await holdRow(app, 'accounts', made.accountId)
    const knocked = knock(kind, made)
    await untilWaiting(app, 1)
    expect(await locked(made.accountId)).toBe(0)
    await letGo()
    expect(isGood(await knocked)).toBe(true)
  })

  it('is good for nothing once what it waited for has made it void', async () => {
    const made = await make(kind)
    const letGo = await holdRow(app, 'accounts', made.accountId)
    const readdressed = readdress(made.accountId)
    await untilWaiting(app, 1)
    const knocked = knock(kind, made)
    await untilWaiting(app, 2)
    await letGo()
    await readdressed
    expect(await knocked).toEqual(VOID)
  })
})
