import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'

const app = await testApp()
const operator = await app.key('SETTINGS_READ', 'EVENTS_READ')

/** At the kit's price, a thousandth of the memory that the settings say. */
const DEFAULT = '$argon2id$v=19$m=19,t=2,p=1$'
const OTHER = '$argon2id$v=19$m=46,t=3,p=2$'
const other = { passwords: { hashing: { memoryKiB: 47_104, iterations: 3, parallelism: 2 } } }
const usual = { passwords: { hashing: { memoryKiB: 19_456, iterations: 2, parallelism: 1 } } }

const stored = async (email: string): Promise<string> => {
  const account = await app.app.db.read.account.findUnique({ where: { email }, include: { password: true } })
  return account?.password?.hash ?? ''
}

const headOf = async (email: string): Promise<string> => (await stored(email)).replace(/[^$]*\$[^$]*$/, '')

const counts = async () =>
  (await operator.gql('{ securitySettings { passwords { hashing { outdatedHashes unreadableHashes } } } }')).data.securitySettings
    .passwords.hashing

const renewed = async (outcome: string): Promise<number> => {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  return Number(new RegExp(`^gatehouse_rehashes_total\\{outcome="${outcome}"\\} (.+)$`, 'm').exec(text)?.[1])
}

const eventTypes = async (): Promise<string[]> =>
  (await operator.gql('{ events(first: 100) { nodes { type } } }')).data.events.nodes.map(({ type }: { type: string }) => type)

describe('a new password', () => {
  it('is hashed with the parameters in force at that moment', async () => {
    const before = await app.person()
    expect(await headOf(before.email)).toBe(DEFAULT)
    await app.settings(other)
    const after = await app.person()
    expect(await headOf(after.email)).toBe(OTHER)
    const token = await app.app.operators.createAdmin(before.email)
    await app.browser().gql('mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename } }', {
      input: { token, newPassword: 'another horse battery' },
    })
    expect(await headOf(before.email)).toBe(OTHER)
    await app.settings(usual)
  })
})

describe('a hash that would be made otherwise now', () => {
  it('is counted for operators until its owner has signed in, and is then made anew without anything else', async () => {
    const { browser, email } = await app.person()
    await app.settings(other)
    const all = await app.app.db.read.password.findMany()
    const outdated = all.filter(({ hash }) => !hash.startsWith(OTHER)).length
    expect(await counts()).toEqual({ outdatedHashes: outdated, unreadableHashes: 0 })

    const changedAt = '{ account { passwordChangedAt sessions { totalCount } } }'
    const was = (await browser.gql(changedAt)).data.account
    const events = await eventTypes()
    app.clock.advance(60)
    const second = app.browser()
    await app.signIn(second, email)
    await expect.poll(() => headOf(email)).toBe(OTHER)
    expect((await counts()).outdatedHashes).toBe(outdated - 1)
    for (const who of [browser, second])
      expect((await who.gql(changedAt)).data.account).toEqual({
        passwordChangedAt: was.passwordChangedAt,
        sessions: { totalCount: 2 },
      })
    expect((await eventTypes()).slice(0, -events.length)).toEqual(['session.opened'])

    const hash = await stored(email)
    await app.signIn(app.browser(), email)
    expect((await app.trySignIn(app.browser(), { email, password: 'wrong password' })).code).toBe('INVALID_CREDENTIALS')
    expect(await stored(email), 'once is enough').toBe(hash)
    await app.settings(usual)
  })

  it('stays where the password was wrong', async () => {
    const { email } = await app.person()
    const hash = await stored(email)
    await app.settings(other)
    const [done, made] = [await renewed('RENEWED'), await app.person()]
    expect((await app.trySignIn(app.browser(), { email, password: 'wrong password' })).code).toBe('INVALID_CREDENTIALS')
    await app.settings(usual)
    await app.signIn(app.browser(), made.email) // somebody else's is made anew meanwhile
    await expect.poll(() => renewed('RENEWED')).toBe(done + 1)
    expect(await stored(email)).toBe(hash)
  })

  it('is made anew once where its owner signs in several times at once', async () => {
    const { email } = await app.person()
    await app.settings(other)
    const done = await renewed('RENEWED')
    await Promise.all(Array.from({ length: 5 }, () => app.signIn(app.browser(), email)))
    await expect.poll(() => headOf(email)).toBe(OTHER)
    expect(await renewed('RENEWED')).toBe(done + 1)
    expect([await renewed('FAILED'), await renewed('DROPPED')]).toEqual([0, 0])
    await app.settings(usual)
  })

  it('is no matter of anybody but operators', async () => {
    const { browser } = await app.person()
    const question = '{ securitySettings { passwords { hashing { outdatedHashes unreadableHashes } } } }'
    for (const who of [browser, app.browser(), await app.key('SETTINGS_WRITE')])
      expect(await who.gql(question)).toEqual({ data: { securitySettings: { passwords: { hashing: null } } } })
  })
})
