import { describe, expect, it } from 'vitest'
import { PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { smtpEnv } from '../../support/messages.ts'
import { DOOR_NAMES, withOpenTokens } from '../../support/open-tokens.ts'
import { smtpServer } from '../../support/smtp.ts'

const smtp = await smtpServer()
const app = await testApp({ env: smtpEnv(smtp.port) })

const operator = await app.key('ACCOUNTS_WRITE', 'ACCOUNTS_READ')

const askToBlock = (who: TestClient, accountId: string, reason?: string) =>
  who.gql(
    `mutation ($input: BlockAccountInput!) { blockAccount(input: $input) { __typename
      ... on BlockAccountPayload { account { id status blockReason } endedSessions }
      ... on UserError { code } ... on InvalidInputError { fields { path } } } }`,
    { input: { accountId, ...(reason === undefined ? {} : { reason }) } },
  )
const askToUnblock = (who: TestClient, accountId: string) =>
  who.gql(
    `mutation ($id: ID!) { unblockAccount(input: { accountId: $id }) { __typename
      ... on UnblockAccountPayload { account { id status blockReason } } } }`,
    { id: accountId },
  )

const block = async (accountId: string, reason?: string) => (await askToBlock(operator, accountId, reason)).data.blockAccount
const unblock = async (accountId: string) => (await askToUnblock(operator, accountId)).data.unblockAccount

const code = (answer: { errors?: { extensions: { code?: string } }[] }) => answer.errors?.[0]?.extensions.code

const stateOf = async (who: TestClient) => (await who.gql('{ account { id } signedOutReason }')).data

const typesOf = async (accountId: string) =>
  (
    await (
      await app.key('EVENTS_READ')
    ).gql(
      'query ($id: ID!) { events(first: 20, filter: { accountId: $id, types: ["account.blocked", "account.unblocked"] }) { nodes { type details actor { kind } } } }',
      { id: accountId },
    )
  ).data.events.nodes

const MISSING = `acc_${'0'.repeat(26)}`

describe('blockAccount', () => {
  it('ends every session and its sockets at once, and keeps the account out after the right password only', async () => {
    const { browser, account, email } = await app.person()
    const other = app.browser()
    await app.signIn(other, email)
    const socket = await app.subscribe(browser, 'subscription { sessionEnded { endReason } }')
    expect(await block(account.id, ' sends spam ')).toEqual({
      __typename: 'BlockAccountPayload',
      account: { id: account.id, status: 'BLOCKED', blockReason: 'sends spam' },
      endedSessions: 2,
    })
    for (const who of [browser, other]) expect(await stateOf(who)).toEqual({ account: null, signedOutReason: 'ACCOUNT_BLOCKED' })
    await expect.poll(() => socket.closed).toEqual([{ code: 4401, reason: 'ACCOUNT_BLOCKED' }])
    expect((await app.trySignIn(app.browser(), { email })).code).toBe('ACCOUNT_BLOCKED')
    expect((await app.trySignIn(app.browser(), { email, password: 'wrong' })).code).toBe('INVALID_CREDENTIALS')
    expect(await typesOf(account.id)).toEqual([
      { type: 'account.blocked', details: { endedSessions: 2 }, actor: { kind: 'API_KEY' } },
    ])
  })

  it('makes every open link, code and ticket void, for good', async () => {
    const { browser, account, email, tryAt } = await withOpenTokens(app, smtp)
    const { handoverCode } = await app.signIn(app.browser(), email)
    const allVoid = async () => {
      for (const door of DOOR_NAMES) expect(await tryAt(door), door).toBe('INVALID_TOKEN')
      const claimed = await app
        .browser()
        .gql('mutation ($code: String!) { claimSessionToken(input: { handoverCode: $code }) { ... on UserError { code } } }', {
          code: handoverCode,
        })
      expect(claimed.data.claimSessionToken).toEqual({ code: 'INVALID_TOKEN' })
    }
    await block(account.id)
    await allVoid()
    await unblock(account.id)
    await allVoid()
    expect(await stateOf(browser)).toEqual({ account: null, signedOutReason: 'ACCOUNT_BLOCKED' })
  })

  it('leaves one that is blocked as it is', async () => {
    const { account } = await app.person()
    await block(account.id, 'the first reason')
    expect(await block(account.id, 'the second reason')).toMatchObject({
      account: { blockReason: 'the first reason' },
      endedSessions: 0,
    })
    expect(await typesOf(account.id)).toHaveLength(1)
  })

  it('takes a reason of one line, and none', async () => {
    const { account } = await app.person()
    for (const reason of ['x'.repeat(256), 'two\nlines'])
      expect(await block(account.id, reason)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: 'input.reason' }] })
    expect((await block(account.id, '  ')).account).toMatchObject({ status: 'BLOCKED', blockReason: null })
  })
})

describe('unblockAccount', () => {
  it('lets the account in again, by the password it had', async () => {
    const { account, email } = await app.person()
    await block(account.id, 'sends spam')
    const active = { __typename: 'UnblockAccountPayload', account: { id: account.id, status: 'ACTIVE', blockReason: null } }
    expect(await unblock(account.id)).toEqual(active)
    expect(await unblock(account.id)).toEqual(active)
    expect((await app.trySignIn(app.browser(), { email, password: PASSWORD })).__typename).toBe('SignInPayload')
    expect((await typesOf(account.id)).map(({ type }: { type: string }) => type)).toEqual([
      'account.unblocked',
      'account.blocked',
    ])
  })
})

describe('blocking', () => {
  it('is for operators: no person, other key or guest, whatever the account', async () => {
    const [{ account }, stranger] = [await app.person(), await app.person()]
    for (const id of [account.id, MISSING]) {
      for (const ask of [askToBlock, askToUnblock]) {
        expect(code(await ask(stranger.browser, id))).toBe('FORBIDDEN')
        expect(code(await ask(await app.key('ACCOUNTS_READ', 'SESSIONS_WRITE'), id))).toBe('FORBIDDEN')
        expect(code(await ask(app.browser(), id))).toBe('UNAUTHENTICATED')
      }
    }
    expect(code(await askToBlock(operator, MISSING))).toBe('NOT_FOUND')
    expect(code(await askToUnblock(operator, MISSING))).toBe('NOT_FOUND')
  })

  it('of an operator takes another one with fresh proof, never a key, and nobody blocks himself', async () => {
    const [admin, other] = [await app.admin(), await app.admin()]
    expect(code(await askToBlock(operator, admin.account.id))).toBe('FORBIDDEN')
    expect((await askToBlock(admin.browser, admin.account.id)).data.blockAccount).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: 'input.accountId' }],
    })
    expect((await askToBlock(admin.browser, other.account.id)).data.blockAccount.endedSessions).toBe(1)
    expect(code(await askToUnblock(operator, other.account.id))).toBe('FORBIDDEN')
    app.clock.advance(601)
    expect(code(await askToUnblock(admin.browser, other.account.id))).toBe('REAUTHENTICATION_REQUIRED')
    expect(code(await askToBlock(admin.browser, MISSING))).toBe('REAUTHENTICATION_REQUIRED')
  })
})
