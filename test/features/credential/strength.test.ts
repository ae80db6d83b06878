import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { rangeServer } from '../../support/range.ts'

const BREACHED = 'wintry meadow lantern'
const range = await rangeServer([BREACHED])
const app = await testApp({ env: { BREACHED_RANGE_URL: range.url } })

const QUERY = `query ($input: PasswordStrengthInput!) { passwordStrength(input: $input) {
  acceptable score violations { rule message } suggestions } }`

const ask = (input: Record<string, unknown>, who: TestClient = app.browser()) => who.gql(QUERY, { input })

const strength = async (input: Record<string, unknown>, who?: TestClient) => {
  const { data, errors } = await ask(input, who)
  expect(errors).toBeUndefined()
  return data.passwordStrength
}

const rules = async (input: Record<string, unknown>, who?: TestClient) =>
  (await strength(input, who)).violations.map(({ rule }: { rule: string }) => rule)

describe('passwordStrength', () => {
  it('says to anybody what would be said of a password', async () => {
    expect(await strength({ password: 'correct horse battery' })).toEqual({
      acceptable: true,
      score: 4,
      violations: [],
      suggestions: [],
    })
    expect(await strength({ password: 'PASSWORD' })).toEqual({
      acceptable: false,
      score: 0,
      violations: [{ rule: 'COMMON', message: 'This is one of the most common passwords.' }],
      suggestions: [
        'Take words that do not belong together, or let a password manager make one.',
        expect.stringContaining('common passwords'),
        expect.stringContaining('length helps most'),
      ],
    })
    const short = await strength({ password: 'kzpqmwx' })
    expect(short).toMatchObject({ acceptable: false, score: 1, violations: [{ rule: 'TOO_SHORT' }] })
    expect(await rules({ password: '' })).toEqual(['TOO_SHORT'])
    expect(await rules({ password: '🔑'.repeat(257) })).toEqual(['TOO_LONG'])
    const weak = await strength({ password: 'password2031!' })
    expect(weak).toMatchObject({ acceptable: true, violations: [] })
    expect(weak.score).toBeLessThan(3)
    expect(weak.suggestions.length).toBeGreaterThan(1)
  })

  it('takes what is known of the person, half typed too', async () => {
    const input = { password: 'countess lovelace 2125550123', name: 'Ada Lovelace', email: 'countess@', phone: '+1 212 555 0123' }
    const { violations } = await strength(input)
    expect(violations).toEqual([
      { rule: 'PERSONAL_DATA', message: 'This holds your name, your e-mail address and your phone number.' },
    ])
    expect(await rules({ ...input, name: null, email: null, phone: null })).toEqual([])
    expect(await rules({ password: input.password })).toEqual([])
  })

  it('counts the data of who is signed in beside the given ones, and of nobody else', async () => {
    const { browser } = await app.person({ name: 'Grace Hopper' })
    expect(await rules({ password: 'hoppers wintry meadow' }, browser)).toEqual(['PERSONAL_DATA'])
    expect(await rules({ password: 'hoppers wintry meadow', name: 'Ada Lovelace' }, browser)).toEqual(['PERSONAL_DATA'])
    expect(await rules({ password: 'lovelaces wintry meadow', name: 'Ada Lovelace' }, browser)).toEqual(['PERSONAL_DATA'])
    expect(await rules({ password: 'hoppers wintry meadow' })).toEqual([])
    expect(await rules({ password: 'hoppers wintry meadow' }, (await app.person()).browser)).toEqual([])
    expect(await rules({ password: 'hoppers wintry meadow' }, await app.key('ACCOUNTS_READ'))).toEqual([])
  })

  it('never tells what somebody’s password is or was', async () => {
    await app.settings({ passwords: { historyLength: 5 } })
    const { browser } = await app.person({ password: 'wintry meadow zero' })
    expect(await strength({ password: 'wintry meadow zero' }, browser)).toMatchObject({ acceptable: true, violations: [] })
  })

  it('follows the settings, as setting a password does', async () => {
    const input = { password: 'lovelace', name: 'Lovelace' }
    await app.settings({ passwords: { minLength: 9 } })
    expect(await rules(input)).toEqual(['TOO_SHORT', 'COMMON', 'PERSONAL_DATA'])
    await app.settings({ passwords: { minLength: 8, dictionary: false, personalData: false } })
    expect(await rules(input)).toEqual([])
    await app.settings({ passwords: { dictionary: true, personalData: true, breached: true } })
    expect(await strength({ password: BREACHED })).toMatchObject({ score: 0, violations: [{ rule: 'BREACHED' }] })
    range.misbehave('page')
    expect(await rules({ password: BREACHED })).toEqual([])
    await app.settings({ passwords: { whenBreachedUnknown: 'REFUSE' } })
    expect((await ask({ password: BREACHED })).errors?.[0]?.extensions).toEqual({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 30,
    })
    expect(await rules({ password: 'password' })).toEqual(['COMMON'])
    range.misbehave('none')
    await app.settings({ passwords: { whenBreachedUnknown: 'ACCEPT', breached: false } })
  })

  it('refuses what is absurdly long, all fields at once, without repeating it', async () => {
    const { errors } = await ask({
      password: 'SECRET'.repeat(200),
      name: 'SECRET'.repeat(22),
      email: 'SECRET'.repeat(50),
      phone: 'SECRET'.repeat(7),
    })
    const fields = ['password', 'name', 'email', 'phone'].map((name) => ({ path: `input.${name}`, message: expect.any(String) }))
    expect(errors?.[0]?.extensions).toEqual({ code: 'INVALID_INPUT', fields })
    expect(JSON.stringify(errors)).not.toContain('SECRET')
    expect((await ask({ password: 'x', name: 'a\u0000b' })).errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
  })

  it('leaves nothing behind', async () => {
    const { browser } = await app.person()
    const before = await app.app.db.read.event.count()
    await strength({ password: 'wintry meadow secret', name: 'Nobody' }, browser)
    expect(await app.app.db.read.event.count()).toBe(before)
  })
})
