/** Every kind of link, code and ticket: how long it is good, what makes it void, and that one use is all. Wrong doors: doors.test.ts. */
import { describe, expect, it } from 'vitest'
import { VOID } from '../../support/addresses.ts'
import { newEmail, testApp } from '../../support/app.ts'
import { KIND_ROWS, KINDS, tokensOf } from '../../support/tokens.ts'

const app = await testApp()
const { mailbox, change, verify, make, knock, isGood, readdress } = await tokensOf(app)

describe.each(KINDS)('a token of the kind %s', (kind) => {
  const row = KIND_ROWS[kind]

  it('is nothing where a letter of it is wrong', async () => {
    const made = await make(kind)
    for (const spoilt of [`${made.secret}x`, made.secret.slice(1), made.secret.toLowerCase(), ` ${made.secret}`])
      expect(await knock(kind, made, spoilt), 'spoilt').toEqual(VOID)
    expect(isGood(await knock(kind, made))).toBe(true)
  })

  it('lives as long as it should, to the second', async () => {
    const [inTime, late] = [await make(kind), await make(kind)]
    const { expiresAt } = await app.app.db.read.oneTimeToken.findFirstOrThrow({
      where: { accountId: inTime.accountId, kind },
      orderBy: { id: 'desc' },
    })
    const age = () => app.clock.now().getTime() - (expiresAt.getTime() - row.seconds * 1000)
    app.clock.advance(row.seconds - 1 - age() / 1000)
    expect(isGood(await knock(kind, inTime))).toBe(true)
    app.clock.advance(1 + age() / 1000) // the later one is no younger than that
    expect(await knock(kind, late)).toEqual(VOID)
  })

  it('is void while its account is blocked', async () => {
    const made = await make(kind)
    await app.app.db.read.account.update({ where: { id: made.accountId }, data: { blockedAt: app.clock.now() } })
    expect(await knock(kind, made)).toEqual(VOID)
  })

  it(`${row.diesWithAddress ? 'is void' : 'is good'} once the account has moved to another address`, async () => {
    const made = await make(kind)
    const browser = app.browser()
    const { email } = await app.app.db.read.account.findUniqueOrThrow({ where: { id: made.accountId } })
    await app.signIn(browser, email ?? '')
    const next = newEmail()
    expect((await change(browser, next)).data.changeEmail.__typename).toBe('ChangeEmailPayload')
    app.clock.advance(1)
    expect(isGood(await verify(await mailbox.token(next, 'email-verification')))).toBe(true)
    expect(isGood(await knock(kind, made))).toBe(!row.diesWithAddress)
  })

  it('is void once an operator has given the account another address', async () => {
    const made = await make(kind)
    await readdress(made.accountId)
    expect(await knock(kind, made)).toEqual(VOID)
  })

  it('is used up by one of twenty that try at the same moment', async () => {
    const made = await make(kind)
    const answers = await Promise.all(Array.from({ length: 20 }, () => knock(kind, made)))
    expect(answers.filter(isGood)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'INVALID_TOKEN')).toHaveLength(19)
  })
})
