import { describe, expect, it } from 'vitest'
import { SIZES } from '../../../src/policy/bounds.ts'
import { SCOPES } from '../../../src/policy/permissions.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'

const app = await testApp()
const admin = await app.admin()

const create = (who: TestClient, input: Record<string, unknown>) =>
  who.gql(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename
      ... on CreateApiKeyPayload { secret apiKey { id name scopes createdAt expiresAt lastUsedAt revokedAt } }
      ... on InvalidInputError { fields { path } } } }`,
    { input: { name: 'a key', scopes: ['KEYS_READ'], ...input } },
  )

const created = async (input: Record<string, unknown> = {}) => (await create(admin.browser, input)).data.createApiKey

const revoke = (who: TestClient, apiKeyId: string) =>
  who.gql(
    'mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { ... on RevokeApiKeyPayload { apiKey { id revokedAt } } } }',
    { id: apiKeyId },
  )

const refusedFields = async (input: Record<string, unknown>): Promise<string[]> => {
  const answer = await created(input)
  expect(answer.__typename, JSON.stringify(input)).toBe('InvalidInputError')
  return answer.fields.map((field: { path: string }) => field.path)
}

const keyById = async (id: string) =>
  (
    await (
      await app.key('KEYS_READ')
    ).gql('query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt revokedAt } } }', {
      id,
    })
  ).data.node

const inSeconds = (seconds: number): string => new Date(app.clock.now().getTime() + seconds * 1000).toISOString()

describe('createApiKey', () => {
  it('gives an administrator a key that works, and shows its secret once', async () => {
    const { secret, apiKey } = await created({ name: ' reports ', scopes: ['SESSIONS_READ', 'KEYS_READ', 'KEYS_READ'] })
    expect(secret).toMatch(/^gak_[\w-]{43}$/)
    expect(apiKey).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'reports',
      scopes: ['SESSIONS_READ', 'KEYS_READ'],
      createdAt: app.clock.now().toISOString(),
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    })
    const program = app.program(secret)
    const list = await program.gql('{ apiKeys(first: 100) { nodes { id name } } sessions { totalCount } }')
    expect(list.errors).toBeUndefined()
    expect(list.data.apiKeys.nodes).toContainEqual({ id: apiKey.id, name: 'reports' })
    expect(JSON.stringify(list)).not.toContain(secret.slice(4))
    expect((await program.gql('{ account { id } signedOutReason }')).data).toEqual({ account: null, signedOutReason: null })
  })

  it('takes every scope and names within their bounds', async () => {
    expect((await created({ name: '😀'.repeat(SIZES.name), scopes: Object.keys(SCOPES) })).apiKey.scopes).toEqual(
      Object.keys(SCOPES),
    )
    for (const name of ['', '  ', 'x'.repeat(SIZES.name + 1), 'a\u0000', 'a\nb', '\ud83d'])
      expect(await refusedFields({ name })).toEqual(['input.name'])
    expect(await refusedFields({ scopes: [] })).toEqual(['input.scopes'])
    expect(await refusedFields({ expiresAt: inSeconds(0) })).toEqual(['input.expiresAt'])
    expect(await refusedFields({ name: '', scopes: [], expiresAt: inSeconds(-1) })).toEqual([
      'input.name',
      'input.scopes',
      'input.expiresAt',
    ])
    const unknown = await create(admin.browser, { scopes: ['EVERYTHING'] })
    expect(unknown.errors).toHaveLength(1)
    expect(unknown.data?.createApiKey ?? null).toBeNull()
  })

  it('needs an administrator in person, freshly proven', async () => {
    const ask = async (who: TestClient) => (await create(who, { name: '' })).errors?.[0]?.extensions
    expect(await ask(await app.key(...(Object.keys(SCOPES) as (keyof typeof SCOPES)[])))).toEqual({ code: 'FORBIDDEN' })
    expect(await ask((await app.person()).browser)).toEqual({ code: 'FORBIDDEN' })
    expect(await ask(app.browser())).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    app.clock.advance(601)
    expect(await ask(admin.browser)).toEqual({ code: 'REAUTHENTICATION_REQUIRED', maxAgeSeconds: 600 })
    expect((await revoke(admin.browser, 'key_0')).errors?.[0]?.extensions.code).toBe('REAUTHENTICATION_REQUIRED')
    await app.signIn(admin.browser, admin.email)
    expect((await created()).__typename).toBe('CreateApiKeyPayload')
  })
})

describe('an API key', () => {
  it('stops when it expires, and is UNAUTHENTICATED then, never a guest', async () => {
    const { secret } = await created({ expiresAt: inSeconds(3_600) })
    const program = app.program(secret)
    app.clock.advance(3_599)
    expect((await program.gql('{ apiKeys { totalCount } }')).errors).toBeUndefined()
    app.clock.advance(1)
    for (const query of ['{ apiKeys { totalCount } }', '{ securitySettings { updatedAt } }'])
      expect((await program.gql(query)).errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: null })
    await app.signIn(admin.browser, admin.email)
  })

  it('is UNAUTHENTICATED when it is unknown or misspelt', async () => {
    const { secret } = await created()
    for (const wrong of [`gak_${'A'.repeat(43)}`, `${secret}x`, secret.slice(0, -1), secret.replace('gak_', 'gst_'), 'gak_'])
      expect((await app.program(wrong).gql('{ securitySettings { updatedAt } }')).errors?.[0]?.extensions.code).toBe(
        'UNAUTHENTICATED',
      )
  })

  it('shows its last use to the minute', async () => {
    const { secret, apiKey } = await created()
    const program = app.program(secret)
    const use = () => program.gql('{ securitySettings { updatedAt } }')
    const first = app.clock.now().toISOString()
    await use()
    await expect.poll(() => keyById(apiKey.id)).toEqual({ lastUsedAt: first, revokedAt: null })
    app.clock.advance(59)
    await use()
    app.clock.advance(1)
    const second = app.clock.now().toISOString()
    await use()
    await expect.poll(() => keyById(apiKey.id)).toEqual({ lastUsedAt: second, revokedAt: null })
  })

  it('sees itself, but no other key without the scope', async () => {
    const [own, other] = [await created({ scopes: ['EVENTS_READ'] }), await created()]
    const see = async (id: string) =>
      (await app.program(own.secret).gql('query ($id: ID!) { node(id: $id) { id } }', { id })).data.node
    expect(await see(own.apiKey.id)).toEqual({ id: own.apiKey.id })
    expect(await see(other.apiKey.id)).toBeNull()
  })
})

describe('revokeApiKey', () => {
  it('ends a key and its open sockets at once, and answers again as if it had just been revoked', async () => {
    const { secret, apiKey } = await created({ scopes: ['EVENTS_READ'] })
    const program = app.program(secret)
    const listening = await app.subscribe(program, 'subscription { events(filter: { types: ["account.created"] }) { id } }')
    const revokedAt = app.clock.now().toISOString()
    expect((await revoke(admin.browser, apiKey.id)).data.revokeApiKey.apiKey).toEqual({ id: apiKey.id, revokedAt })
    expect((await program.gql('{ events { totalCount } }')).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    await expect.poll(() => listening.closed.map(({ code }) => code)).toEqual([4401])
    app.clock.advance(10)
    expect((await revoke(admin.browser, apiKey.id)).data.revokeApiKey.apiKey).toEqual({ id: apiKey.id, revokedAt })
    const events = await (await app.key('EVENTS_READ')).gql(
      '{ events(first: 1, filter: { types: ["api-key.revoked"] }) { totalCount nodes { details } } }',
    )
    expect(events.data.events).toMatchObject({ totalCount: 1, nodes: [{ details: { apiKeyId: apiKey.id } }] })
  })

  it('may be asked for by a key with the scope, and says NOT_FOUND for what is no key', async () => {
    const { apiKey } = await created()
    const writer = await app.key('KEYS_WRITE')
    for (const id of [`key_${'0'.repeat(26)}`, 'key', '', '\u0000', admin.account.id])
      expect((await revoke(writer, id)).errors?.[0]?.extensions, id).toEqual({ code: 'NOT_FOUND' })
    expect((await revoke(await app.key('KEYS_READ'), apiKey.id)).errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
    expect((await revoke(writer, apiKey.id)).data.revokeApiKey.apiKey.id).toBe(apiKey.id)
  })
})
