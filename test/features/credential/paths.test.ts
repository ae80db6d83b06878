import { GraphQLUnionType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../../src/graphql/schema.ts'
import { testApp } from '../../support/app.ts'
import { newPerson, PASSWORD_PATHS } from '../../support/passwords.ts'

const app = await testApp()

const RULES: readonly (readonly [password: string, rules: readonly string[]])[] = [
  ['short', ['TOO_SHORT']],
  ['x'.repeat(300), ['TOO_LONG']],
  ['\ufb03'.repeat(100), ['TOO_LONG']], // a ligature: three letters after NFKC
]

describe('the ways to a password', () => {
  it('are all of them in the table: whatever can answer WeakPasswordError', () => {
    const setting = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(
      ({ type }) => type instanceof GraphQLUnionType && type.getTypes().some(({ name }) => name === 'WeakPasswordError'),
    )
    expect(setting.map(({ name }) => name).toSorted()).toEqual(Object.keys(PASSWORD_PATHS).toSorted())
  })

  it.each(Object.entries(PASSWORD_PATHS))('%s refuses by the same rules and takes what breaks none', async (_name, attempt) => {
    for (const [password, rules] of RULES) {
      const refused = await attempt(app, password, newPerson())
      expect(refused.__typename).toBe('WeakPasswordError')
      expect(refused.violations?.map(({ rule }) => rule)).toEqual(rules)
    }
    expect((await attempt(app, 'another horse battery', newPerson())).__typename).toMatch(/Payload$/)
  })
})
