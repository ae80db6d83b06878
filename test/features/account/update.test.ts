import { describe, expect, it } from 'vitest'
import { SIZES } from '../../../src/policy/bounds.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()

const FIELDS = 'name locale preferences wantsSessionAlerts'

const update = async (who: TestClient, input: Record<string, unknown>) =>
  who.gql(
    `mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { __typename
      ... on UpdateAccountPayload { account { ${FIELDS} } }
      ... on UserError { code }
      ... on InvalidInputError { fields { path } } } }`,
    { input },
  )

const updated = async (who: TestClient, input: Record<string, unknown>) => (await update(who, input)).data.updateAccount.account

const refusedFields = async (who: TestClient, input: Record<string, unknown>) => {
  const { data, errors } = await update(who, input)
  expect(errors).toBeUndefined()
  expect(data.updateAccount).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_INPUT' })
  return data.updateAccount.fields.map((field: { path: string }) => field.path)
}

/** A JSON object of exactly so many bytes, its characters of more than one byte each. */
const preferencesOf = (bytes: number) => {
  const frame = Buffer.byteLength(JSON.stringify({ note: '' }))
  const room = bytes - frame
  return { note: 'é'.repeat(Math.floor(room / 2)) + 'x'.repeat(room % 2) }
}

describe('updateAccount', () => {
  it('changes what is given, keeps what is left out and clears with null', async () => {
    const { browser } = await app.person({ name: 'Ada', locale: 'en' })
    const preferences = { theme: 'dark', nested: { list: [1, null, 'é'], on: true } }
    expect(await updated(browser, { name: '  Ada Lovelace ' })).toEqual({
      name: 'Ada Lovelace',
      locale: 'en',
      preferences: {},
      wantsSessionAlerts: true,
    })
    expect(await updated(browser, { locale: 'PT-br' })).toMatchObject({ name: 'Ada Lovelace', locale: 'pt-BR' })
    expect(await updated(browser, { preferences, wantsSessionAlerts: false })).toEqual({
      name: 'Ada Lovelace',
      locale: 'pt-BR',
      preferences,
      wantsSessionAlerts: false,
    })
    expect(await updated(browser, { preferences: { other: 1 } })).toMatchObject({ preferences: { other: 1 } })
    const cleared = { name: null, locale: null, preferences: {}, wantsSessionAlerts: true }
    expect(await updated(browser, { name: null, locale: null, preferences: null, wantsSessionAlerts: null })).toEqual(cleared)
    expect(await updated(browser, { name: ' \u00a0 ' })).toEqual(cleared)
    expect((await browser.gql(`{ account { ${FIELDS} } }`)).data.account).toEqual(cleared)
  })

  it('counts a name in characters, an emoji being one', async () => {
    const { browser } = await app.person()
    for (const character of ['a', '😀', '漢']) {
      const longest = character.repeat(SIZES.name)
      expect(await updated(browser, { name: longest })).toMatchObject({ name: longest })
      expect(await refusedFields(browser, { name: longest + character })).toEqual(['input.name'])
    }
  })

  it('counts preferences in bytes of JSON', async () => {
    const { browser } = await app.person()
    const largest = preferencesOf(SIZES.preferencesBytes)
    expect(Buffer.byteLength(JSON.stringify(largest))).toBe(65_535)
    expect(await updated(browser, { preferences: largest })).toMatchObject({ preferences: largest })
    expect(await refusedFields(browser, { preferences: preferencesOf(SIZES.preferencesBytes + 1) })).toEqual([
      'input.preferences',
    ])
    expect((await browser.gql('{ account { preferences } }')).data.account.preferences).toEqual(largest)
  })

  it('refuses NUL, control characters and halves of characters, all fields at once', async () => {
    const { browser } = await app.person({ name: 'Before' })
    for (const bad of ['a\u0000b', 'a\nb', '\ud83d', 'x\udc00', 'a\u2028b', '\u007f']) {
      expect(await refusedFields(browser, { name: bad }), JSON.stringify(bad)).toEqual(['input.name'])
    }
    for (const bad of ['\u0000', '\ud83d', '\udc00'])
      for (const preferences of [{ note: bad }, { [`k${bad}`]: 1 }, { deep: [{ deeper: bad }] }])
        expect(await refusedFields(browser, { preferences }), JSON.stringify(preferences)).toEqual(['input.preferences'])
    expect(await refusedFields(browser, { name: '\u0000', locale: '!', preferences: { a: '\u0000' } })).toEqual([
      'input.name',
      'input.locale',
      'input.preferences',
    ])
    expect((await browser.gql('{ account { name preferences } }')).data.account).toEqual({ name: 'Before', preferences: {} })
  })

  it('takes text in preferences that only looks like an escape', async () => {
    const { browser } = await app.person()
    const preferences = { path: 'C:\\u0000', half: '\\ud83d', whole: '😀', quoted: '"\\\\u0000' }
    expect(await updated(browser, { preferences })).toMatchObject({ preferences })
  })

  it('refuses preferences that are nested beyond reason', async () => {
    const { browser } = await app.person()
    const levels = (count: number) => JSON.parse(`${'{"a":'.repeat(count)}1${'}'.repeat(count)}`)
    expect(await updated(browser, { preferences: levels(SIZES.preferencesDepth) })).not.toBeUndefined()
    expect(await refusedFields(browser, { preferences: levels(SIZES.preferencesDepth + 1) })).toEqual(['input.preferences'])
    const nested = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    const response = await browser.fetch('/graphql', {
      method: 'POST',
      body: `{"query":"mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { ... on InvalidInputError { fields { path } } } }","variables":{"input":{"preferences":{"a":${nested}}}}}`,
    })
    expect(await response.json()).toEqual({ data: { updateAccount: { fields: [{ path: 'input.preferences' }] } } })
  })

  it('refuses what is not a language tag', async () => {
    const { browser } = await app.person()
    for (const locale of ['', ' ', 'english language', 'e', 'en_US', 'a\u0000', 'x'.repeat(36), '😀'])
      expect(await refusedFields(browser, { locale }), locale).toEqual(['input.locale'])
  })

  it('records which fields were changed, never what they hold', async () => {
    const { browser, account } = await app.person()
    await updated(browser, { name: 'Hidden Value', preferences: { secret: 'Hidden Value' } })
    const events = await (await app.key('EVENTS_READ')).gql(
      `query ($id: ID!) { events(filter: { accountId: $id, types: ["account.updated"] }) { nodes { actor { kind } details } } }`,
      { id: account.id },
    )
    expect(events.data.events.nodes).toEqual([{ actor: { kind: 'ACCOUNT' }, details: { fields: ['name', 'preferences'] } }])
  })

  it('records nothing of what is as it was', async () => {
    const { browser, account } = await app.person({ name: 'Ada' })
    const same = { name: ' Ada ', preferences: {}, locale: null, wantsSessionAlerts: true }
    await updated(browser, same)
    await updated(browser, { ...same, preferences: { a: [1] } })
    await updated(browser, { ...same, preferences: { a: [1] } })
    const { data } = await (await app.key('EVENTS_READ')).gql(
      `query ($id: ID!) { events(filter: { accountId: $id, types: ["account.updated"] }) { nodes { details } } }`,
      { id: account.id },
    )
    expect(data.events.nodes).toEqual([{ details: { fields: ['preferences'] } }])
  })

  it('is for people: a guest is UNAUTHENTICATED, a key FORBIDDEN', async () => {
    const guest = await update(app.browser(), { name: 'x' })
    expect(guest.data.updateAccount).toBeNull()
    expect(guest.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    const key = await update(await app.key('ACCOUNTS_READ', 'ACCOUNTS_WRITE'), { name: 'x' })
    expect(key.data.updateAccount).toBeNull()
    expect(key.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
