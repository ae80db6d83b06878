/** One decision on every path: each rule, switched on and off, on each way of setting a password. */
import { GraphQLUnionType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../../src/graphql/schema.ts'
import { PASSWORD_RULES, type PasswordRule } from '../../../src/policy/passwords.ts'
import { testApp } from '../../support/app.ts'
import { rangeServer } from '../../support/range.ts'
import { INVITATIONS } from '../../support/teams.ts'
import { PATHS, PERSON, TAKEN } from './paths.ts'

const BREACHED = 'wintry meadow lantern'

const range = await rangeServer([BREACHED])
const app = await testApp({ env: { BREACHED_RANGE_URL: range.url, ...INVITATIONS } })

const ALL_ON = {
  minLength: 8,
  historyLength: 0,
  dictionary: true,
  personalData: true,
  breached: true,
  whenBreachedUnknown: 'ACCEPT',
}

/** For each rule: passwords that break it and no other, and how it is switched off; null: it never is. */
const BREAKING: Readonly<Record<PasswordRule, Readonly<{ passwords: readonly string[]; off: Record<string, unknown> | null }>>> =
  {
    TOO_SHORT: { passwords: ['', 'kzpqmwx', '🔑'.repeat(7), 'e\u0301'.repeat(7)], off: null },
    TOO_LONG: { passwords: [`${'kz'.repeat(128)}k`, '🔑'.repeat(257)], off: null },
    COMMON: { passwords: ['password1', 'iLoveYou', 'QWERTYUIOP'], off: { dictionary: false } },
    PERSONAL_DATA: {
      passwords: ['lovelace 1815', 'A-u-G-u-S-t-A!', 'Lövelàce the first', 'xx countess xx'],
      off: { personalData: false },
    },
    RECENTLY_USED: { passwords: [PERSON.password], off: null },
    BREACHED: { passwords: [BREACHED], off: { breached: false } },
  }

/** Breaks no rule, at both ends of the length. */
const GOOD = ['wintry meadow', 'kzpqmwxv', '🔑'.repeat(256), '        ', 'пароль-пароль', 'x'.repeat(256)]

it('the list of paths has whatever can answer WeakPasswordError', () => {
  const setting = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(
    ({ type }) => type instanceof GraphQLUnionType && type.getTypes().some(({ name }) => name === 'WeakPasswordError'),
  )
  expect(setting.map(({ name }) => name).toSorted()).toEqual(
    [...new Set(Object.values(PATHS).map(({ mutation }) => mutation))].toSorted(),
  )
})

it('the table has every rule', () => {
  expect(Object.keys(BREAKING)).toEqual(Object.keys(PASSWORD_RULES))
})

describe.each(Object.entries(PATHS))('%s', (_name, path) => {
  const set = async (password: string) => (await path.prepare(app))(password)

  it.each(Object.entries(BREAKING))(
    'refuses what breaks %s, and takes it where the rule is off',
    async (rule, { passwords, off }) => {
      await app.settings({ passwords: ALL_ON })
      if (rule === 'RECENTLY_USED' && !path.hasHistory) return expect((await set(passwords[0] ?? '')).rules).toEqual([])
      for (const password of passwords) {
        const { __typename, rules, suggestions } = await set(password)
        expect([password, __typename, rules]).toEqual([password, 'WeakPasswordError', [rule]])
        expect(suggestions).toEqual([expect.stringMatching(/^[A-Z].*\.$/)])
      }
      if (off === null) return
      await app.settings({ passwords: off })
      for (const password of passwords) expect((await set(password)).__typename).toMatch(TAKEN)
    },
  )

  it('takes what breaks no rule', async () => {
    await app.settings({ passwords: ALL_ON })
    for (const password of GOOD)
      expect([password, (await set(password)).__typename]).toEqual([password, expect.stringMatching(TAKEN)])
  })

  it('holds the length to the setting', async () => {
    await app.settings({ passwords: { ...ALL_ON, minLength: 12 } })
    expect((await set('kzpqmwxvjbg')).rules).toEqual(['TOO_SHORT'])
    expect((await set('kzpqmwxvjbgd')).__typename).toMatch(TAKEN)
  })

  it('says all that is wrong at once', async () => {
    await app.settings({ passwords: { ...ALL_ON, minLength: 20 } })
    expect((await set('lovelace')).rules).toEqual(['TOO_SHORT', 'COMMON', 'PERSONAL_DATA'])
  })

  it('refuses more than 1,024 characters unread, by the field', async () => {
    await app.settings({ passwords: ALL_ON })
    for (const password of ['x'.repeat(1_025), '🔑'.repeat(1_025)])
      expect(await set(password)).toMatchObject({ __typename: 'InvalidInputError', field: path.field })
    expect((await set('🔑'.repeat(1_024))).rules).toEqual(['TOO_LONG'])
  })

  it('does with a password nobody can judge what the settings say', async () => {
    await app.settings({ passwords: ALL_ON })
    const [taken, refused, common] = [await path.prepare(app), await path.prepare(app), await path.prepare(app)]
    range.misbehave('broken')
    expect((await taken('wintry meadow one')).__typename).toMatch(TAKEN)
    await app.settings({ passwords: { whenBreachedUnknown: 'REFUSE' } })
    expect(await refused('wintry meadow two')).toMatchObject({ __typename: null, refusal: 'SERVICE_UNAVAILABLE' })
    expect((await common('password1')).rules).toEqual(['COMMON']) // what is known to be wrong is said all the same
    range.misbehave('none')
    expect((await refused('wintry meadow two')).__typename).toMatch(TAKEN)
  })
})
