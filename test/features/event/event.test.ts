import { describe, expect, it } from 'vitest'
import { EVENT_TYPES } from '../../../src/kernel/events.ts'
import { Prisma } from '../../../src/ports/db/generated/client.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { changePassword, createAccount, removePassword, setPassword } from '../../support/passwords.ts'
import { INVITATIONS, teamsOf } from '../../support/teams.ts'
import { readChain } from './chain.ts'

const app = await testApp({ realLimits: true, env: { DEV_CLOCK: 'true', ...INVITATIONS } })
const reader = await app.key('EVENTS_READ', 'KEYS_READ', 'ACCOUNTS_READ', 'SESSIONS_READ')

type Shown = {
  type: string
  outcome: string
  actor: { kind: string }
  subject: { id: string } | null
  details: Record<string, unknown>
}

const EVENT = 'id type occurredAt outcome ip hash details subject { id } actor { kind account { id } apiKey { id } }'

const list = async (filter: Record<string, unknown> = {}, first = 100) =>
  (
    await reader.gql(
      `query ($filter: EventFilter, $first: Int) { events(filter: $filter, first: $first) { totalCount nodes { ${EVENT} } } }`,
      { filter, first },
    )
  ).data.events

/** The token in the mail that something sends. */
const mailbox = async (sends: () => Promise<void>): Promise<{ newest: string }> => {
  await sends()
  const [message] = await app.app.messages.newest(1)
  return { newest: message?.text?.match(/token=([\w-]{43})/)?.[1] ?? '' }
}

/** What the last event of a type says. */
const last = async (type: string): Promise<Shown> => {
  const [event] = (await list({ types: [type] }, 1)).nodes
  return event
}

const run = async (who: TestClient, mutation: string, variables: Record<string, unknown> = {}) => {
  const answer = await who.gql(mutation, variables)
  expect(answer.errors).toBeUndefined()
  return Object.values(answer.data)[0] as Record<string, never>
}

describe('the event log', () => {
  it('has an event of each type of the catalogue, written by what it is about', async () => {
    const { browser, account, session, email } = await app.person()
    expect(await last('account.created')).toMatchObject({
      actor: { kind: 'ACCOUNT', account: { id: account.id } },
      subject: { id: account.id },
      details: { by: 'SIGN_UP' },
      ip: '127.0.0.1',
      outcome: 'SUCCEEDED',
    })
    expect(await last('session.opened')).toMatchObject({
      subject: { id: session.id },
      details: {
        sessionId: session.id,
        method: 'PASSWORD',
        transport: 'COOKIE',
        alertId: null,
        deviceId: expect.stringMatching(/^dev_/),
      },
    })
    await run(browser, 'mutation { updateAccount(input: { name: "N" }) { __typename } }')
    expect(await last('account.updated')).toMatchObject({ details: { fields: ['name'] } })
    await run(browser, 'mutation { extendSession(input: {}) { __typename } }')
    expect(await last('session.extended')).toMatchObject({ details: { sessionId: session.id } })

    await app.trySignIn(app.browser(), { email, password: 'wrong password' })
    expect(await last('sign-in.failed')).toMatchObject({
      actor: { kind: 'GUEST', account: null },
      subject: { id: account.id },
      outcome: 'FAILED',
      details: { method: 'PASSWORD', code: 'INVALID_CREDENTIALS' },
    })

    const other = app.browser()
    const { handoverCode, session: second } = await app.signIn(other, email)
    await run(app.browser(), 'mutation ($code: String!) { claimSessionToken(input: { handoverCode: $code }) { __typename } }', {
      code: handoverCode,
    })
    expect(await last('session.token-claimed')).toMatchObject({ details: { sessionId: second.id } })
    const alerts = async (): Promise<{ id: string }[]> =>
      (await browser.gql('{ account { sessionAlerts { nodes { id } } } }')).data.account.sessionAlerts.nodes
    const [alert] = await alerts()
    await run(browser, 'mutation ($id: ID!) { confirmSessionAlert(input: { alertId: $id }) { __typename } }', { id: alert?.id })
    expect(await last('alert.confirmed')).toMatchObject({ subject: { id: alert?.id }, details: { alertId: alert?.id } })
    app.clock.advance(1)
    const intruder = await app.signIn(app.browser(), email)
    const [suspicious] = await alerts()
    await run(
      browser,
      'mutation ($id: ID!) { reportSessionAlert(input: { alertId: $id, endOtherSessions: false, requirePasswordReset: false }) { __typename } }',
      { id: suspicious?.id },
    )
    expect(await last('alert.reported')).toMatchObject({ details: { alertId: suspicious?.id, endedSessions: 1 } })
    expect(await last('session.ended')).toMatchObject({ details: { sessionId: intruder.session.id, reason: 'REPORTED' } })

    const { devices } = (await browser.gql('{ account { devices { id isCurrent } } }')).data.account
    const device = devices.find((one: { isCurrent: boolean }) => !one.isCurrent)
    await run(browser, 'mutation ($id: ID!) { forgetDevice(input: { deviceId: $id }) { __typename } }', { id: device.id })
    expect(await last('device.forgotten')).toMatchObject({ details: { deviceId: device.id, endedSessions: 1 } })

    const { newest } = await mailbox(async () => {
      await run(browser, 'mutation ($page: String!) { sendEmailVerification(input: { redirectUrl: $page }) { __typename } }', {
        page: `http://localhost:${new URL(app.url).port}/email/verify`,
      })
    })
    await run(browser, 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { __typename } }', { token: newest })
    expect(await last('email.verified')).toMatchObject({ details: { inOwnSession: true, endedSessions: 0 } })

    const again = 'mutation ($password: String) { reauthenticate(input: { password: $password }) { __typename } }'
    await run(browser, again, { password: 'wrong password' })
    expect(await last('proof.failed')).toMatchObject({
      actor: { kind: 'ACCOUNT', account: { id: account.id } },
      subject: { id: session.id },
      outcome: 'FAILED',
      details: { sessionId: session.id, purpose: 'REAUTHENTICATE', factor: 'PASSWORD', code: 'INVALID_CREDENTIALS' },
    })
    await run(browser, again, { password: PASSWORD })
    expect(await last('session.reauthenticated')).toMatchObject({ details: { sessionId: session.id, factor: 'PASSWORD' } })
    expect(await changePassword(browser, { newPassword: 'another horse battery' })).toMatchObject({ account: { id: account.id } })
    expect(await last('password.changed')).toMatchObject({ subject: { id: account.id }, details: { endedSessions: 0 } })
    await removePassword(app, account.id)
    expect(await setPassword(browser, PASSWORD)).toMatchObject({ account: { id: account.id } })
    expect(await last('password.set')).toMatchObject({ subject: { id: account.id }, details: { endedSessions: 0 } })

    const operator = await app.key('ACCOUNTS_WRITE')
    const { account: made } = await createAccount(operator, { email: newEmail() })
    expect(await last('account.created')).toMatchObject({ actor: { kind: 'API_KEY' }, details: { by: 'OPERATOR' } })
    await run(operator, 'mutation ($id: ID!) { blockAccount(input: { accountId: $id }) { __typename } }', { id: made.id })
    expect(await last('account.blocked')).toMatchObject({ subject: { id: made.id }, details: { endedSessions: 0 } })
    await run(operator, 'mutation ($id: ID!) { unblockAccount(input: { accountId: $id }) { __typename } }', { id: made.id })
    expect(await last('account.unblocked')).toMatchObject({ subject: { id: made.id }, details: {} })
    const { browser: mover, email: old } = await app.person()
    const change = async (next: string): Promise<void> =>
      void (await run(mover, 'mutation ($next: String!) { changeEmail(input: { email: $next }) { __typename } }', { next }))
    await change('first@example.org')
    expect(await last('email.change-requested')).toMatchObject({ actor: { kind: 'ACCOUNT' }, details: {} })
    await change(old)
    expect(await last('email.change-withdrawn')).toMatchObject({ actor: { kind: 'ACCOUNT' }, details: {} })
    const { newest: proof } = await mailbox(() => change('second@example.org'))
    const { newest: undo } = await mailbox(async () => {
      await run(mover, 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { __typename } }', { token: proof })
    })
    expect(await last('email.changed')).toMatchObject({ details: { inOwnSession: true, hadAddress: true } })
    await run(app.browser(), 'mutation ($token: String!) { undoChange(input: { token: $token }) { __typename } }', {
      token: undo,
    })
    expect(await last('email.change-undone')).toMatchObject({ details: { endedSessions: 1, firstProof: true } })

    const admin = await app.admin()
    expect(await last('account.created')).toMatchObject({ actor: { kind: 'SYSTEM' }, details: { by: 'COMMAND_LINE' } })
    await run(
      app.browser(),
      'mutation ($email: String!, $page: String!) { requestPasswordRecovery(input: { email: $email, redirectUrl: $page }) { __typename } }',
      { email: admin.email, page: `http://localhost:${new URL(app.url).port}/recover` },
    )
    expect(await last('password.recovery-requested')).toMatchObject({
      actor: { kind: 'GUEST' },
      subject: { id: admin.account.id },
    })
    expect(await last('password.recovered')).toMatchObject({ subject: { id: admin.account.id }, details: { endedSessions: 0 } })
    const { apiKey } = await run(
      admin.browser,
      'mutation { createApiKey(input: { name: "k", scopes: [KEYS_READ] }) { ... on CreateApiKeyPayload { apiKey { id } } } }',
    )
    const keyId = (apiKey as { id: string } | undefined)?.id
    expect(await last('api-key.created')).toMatchObject({
      actor: { kind: 'ACCOUNT', account: { id: admin.account.id } },
      subject: { id: keyId },
      details: { apiKeyId: keyId, scopes: ['KEYS_READ'] },
    })
    await run(admin.browser, 'mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { __typename } }', { id: keyId })
    expect(await last('api-key.revoked')).toMatchObject({ details: { apiKeyId: keyId } })
    await run(admin.browser, 'mutation { updateSecuritySettings(input: { sessions: { limit: 9 } }) { __typename } }')
    expect(await last('settings.updated')).toMatchObject({ subject: null, details: { after: { 'sessions.limit': 9 } } })
    await run(admin.browser, 'mutation { moveClock(input: { seconds: 1 }) { __typename } }')
    expect(await last('clock.moved')).toMatchObject({ subject: null, details: { seconds: 1 } })

    const closed = { signIn: { discloseTakenEmail: false } }
    await app.settings(closed)
    const ask = 'mutation ($email: String!) { signUp(input: { email: $email, password: "wintry meadow" }) { __typename } }'
    await run(app.browser(), ask, { email: newEmail() })
    expect(await last('sign-up.requested')).toMatchObject({ subject: null, actor: { kind: 'GUEST' }, outcome: 'SUCCEEDED' })
    await app.settings({ signIn: { discloseTakenEmail: true } })
    const { account: guessed, email: address } = await app.person()
    for (let guess = 0; guess < 10; guess++) await app.trySignIn(app.browser(), { email: address, password: `wrong ${guess}` })
    expect(await last('account.locked')).toMatchObject({
      subject: { id: guessed.id },
      outcome: 'REFUSED',
      details: { deviceId: null },
    })
    await run(operator, 'mutation ($id: ID!) { unlockAccount(input: { accountId: $id }) { __typename } }', { id: guessed.id })
    expect(await last('account.unlocked')).toMatchObject({ subject: { id: guessed.id }, details: { by: 'OPERATOR' } })

    const teams = await teamsOf(app)
    const [founder, member] = [await app.person(), await app.person()]
    const { team, membership } = await teams.create(founder.browser)
    expect(await last('team.created')).toMatchObject({ actor: { account: { id: founder.account.id } }, details: {} })
    expect(await last('membership.joined')).toMatchObject({
      details: { membershipId: membership.id, roles: ['owner'], by: 'FOUNDING' },
    })
    await teams.update(founder.browser, { teamId: team.id, name: 'Carols' })
    expect(await last('team.updated')).toMatchObject({ details: { fields: ['name'] } })
    const { id } = (await teams.invite(founder.browser, { teamId: team.id, accountId: member.account.id })).membership
    expect(await last('membership.invited')).toMatchObject({ details: { membershipId: id, roles: [] } })
    await run(
      founder.browser,
      'mutation ($id: ID!, $redirectUrl: String) { resendInvitation(input: { membershipId: $id, redirectUrl: $redirectUrl }) { __typename } }',
      {
        id,
        redirectUrl: INVITATIONS.ALLOWED_REDIRECTS,
      },
    )
    expect(await last('membership.invitation-resent')).toMatchObject({ details: { membershipId: id } })
    await teams.setRoles(founder.browser, id, ['ringer'])
    expect(await last('membership.roles-changed')).toMatchObject({ details: { membershipId: id, roles: ['ringer'] } })
    await teams.dismiss(founder.browser, id)
    expect(await last('membership.removed')).toMatchObject({
      details: { membershipId: id, reason: 'REVOKED', roles: ['ringer'], invitedAt: expect.stringMatching(/Z$/), joinedAt: null },
    })
    await teams.remove(founder.browser, team.id)
    expect(await last('team.deleted')).toMatchObject({ details: { members: 1, invitations: 0, withAccount: false } })

    const remove = 'mutation ($now: Boolean!) { deleteAccount(input: { immediately: $now }) { __typename } }'
    await run(browser, remove, { now: false })
    expect(await last('account.deletion-requested')).toMatchObject({ details: { deletesAt: expect.stringMatching(/Z$/) } })
    await app.signIn(browser, email)
    expect(await last('account.deletion-cancelled')).toMatchObject({ subject: { id: account.id }, details: {} })
    await run(browser, remove, { now: true })
    expect(await last('account.deleted')).toMatchObject({ subject: null, actor: { kind: 'ACCOUNT', account: null } })

    const written = new Set((await list()).nodes.map((event: Shown) => event.type))
    expect([...written].toSorted()).toEqual(Object.keys(EVENT_TYPES).toSorted())
  })

  it('holds ids, enums, numbers and times only, of nobody’s address, name or password', async () => {
    const { nodes } = await list()
    const WORD = /^([A-Z_]+|[a-z]{3}_[0-9A-Z]{26}|[a-zA-Z]+|\d{4}-\d\d-\d\dT[\d:.]+Z)$/
    const leaves = (value: unknown): unknown[] =>
      value !== null && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [value]
    for (const { type, details } of nodes)
      for (const leaf of leaves(details))
        if (typeof leaf === 'string') expect(leaf, `${type}: ${JSON.stringify(details)}`).toMatch(WORD)
  })

  it('is a chain without a gap whose hashes anybody can recompute', async () => {
    const { links, head } = await readChain(app)
    expect(links.length).toBeGreaterThan(20)
    for (const [index, link] of links.entries()) {
      expect(link.position).toBe(BigInt(index + 1))
      expect(link.hash).toBe(link.recomputed)
      expect(link.digest).toBe(link.personal)
    }
    expect(head).toMatchObject({ position: BigInt(links.length), hash: links.at(-1)?.hash })
  })

  it('cannot be changed or shortened in the database; only its personal part can be erased, and the chain holds', async () => {
    const { db } = app.app
    const attempt = (statement: string) => db.read.$executeRaw(Prisma.sql`${Prisma.raw(statement)}`)
    for (const statement of [
      'DELETE FROM events',
      'TRUNCATE events',
      'DELETE FROM events WHERE position = 3',
      "UPDATE events SET type = 'account.updated' WHERE position = 1",
      "UPDATE events SET details = '{}' WHERE type = 'session.opened'",
      'UPDATE events SET account_id = NULL WHERE account_id IS NOT NULL',
      "UPDATE events SET actor_id = 'acc_x' WHERE position = 1",
      'UPDATE events SET occurred_at = now() WHERE position = 1',
      "UPDATE events SET hash = repeat('0', 64) WHERE position = 1",
      'UPDATE events SET position = 100000 WHERE position = 1',
      'UPDATE events SET position = NULL, hash = NULL WHERE position = 1',
      "UPDATE events SET ip = '192.0.2.1' WHERE position = 5",
      "UPDATE events SET outcome = 'FAILED' WHERE position = 1",
    ])
      await expect(attempt(statement), statement).rejects.toThrow()
    await attempt('UPDATE events SET ip = NULL, salt = NULL WHERE ip IS NOT NULL')
    const { links } = await readChain(app)
    expect(links.map((link) => link.hash)).toEqual(links.map((link) => link.recomputed))
  })
})

describe('events', () => {
  it('are filtered by type, account, time and outcome', async () => {
    const { account, email, browser } = await app.person()
    const since = app.clock.now()
    app.clock.advance(60)
    await app.trySignIn(app.browser(), { email, password: 'wrong password' })
    const from = app.clock.now().toISOString()
    const own = { accountId: account.id }
    const typesOf = async (filter: Record<string, unknown>) => (await list(filter)).nodes.map((event: Shown) => event.type)
    expect(await typesOf(own)).toEqual(['sign-in.failed', 'session.opened', 'account.created'])
    expect(await typesOf({ ...own, types: ['session.opened', 'session.ended'] })).toEqual(['session.opened'])
    expect(await typesOf({ ...own, types: [] })).toEqual([])
    expect(await typesOf({ ...own, outcome: 'FAILED' })).toEqual(['sign-in.failed'])
    expect(await typesOf({ ...own, outcome: 'REFUSED' })).toEqual([])
    // DEV_CLOCK has moved the server a second past the test's clock
    expect(await typesOf({ ...own, since: from })).toEqual(['sign-in.failed'])
    expect(await typesOf({ ...own, until: from })).toEqual(['session.opened', 'account.created'])
    expect(await typesOf({ ...own, until: since.toISOString() })).toEqual([])
    const ofAccount = await browser.gql('{ account { events(first: 2) { totalCount nodes { type ip } } } }')
    expect(ofAccount.data.account.events).toEqual({
      totalCount: 3,
      nodes: [
        { type: 'sign-in.failed', ip: '127.0.0.1' },
        { type: 'session.opened', ip: '127.0.0.1' },
      ],
    })
  })

  it('are asked for with known types and ids, else INVALID_INPUT', async () => {
    const ask = async (filter: Record<string, unknown>) =>
      (await reader.gql('query ($filter: EventFilter) { events(filter: $filter) { totalCount } }', { filter })).errors?.[0]
        ?.extensions.code
    expect(await ask({ types: ['session.opened', 'session.exploded'] })).toBeUndefined() // a newer version may know it
    expect(await ask({ types: ['session.opened', 'session'] })).toBe('INVALID_INPUT')
    expect(await ask({ types: ['toString'] })).toBe('INVALID_INPUT')
    expect(await ask({ types: Array(33).fill('session.opened') })).toBe('INVALID_INPUT')
    expect(await ask({ types: Array(32).fill('session.opened') })).toBeUndefined()
    expect(await ask({ accountId: 'nobody' })).toBe('INVALID_INPUT')
  })

  it('of one account are seen by its owner alone, one by one too', async () => {
    const [owner, stranger] = [await app.person(), await app.person()]
    const [event] = (await owner.browser.gql('{ account { events { nodes { id } } } }')).data.account.events.nodes
    const see = async (who: TestClient) =>
      (await who.gql('query ($id: ID!) { node(id: $id) { id } }', { id: event.id })).data.node
    expect(await see(owner.browser)).toEqual({ id: event.id })
    expect(await see(reader)).toEqual({ id: event.id })
    expect(await see(stranger.browser)).toBeNull()
    expect(await see(app.browser())).toBeNull()
    const reads = await app.key('ACCOUNTS_READ')
    const nested = await reads.gql('query ($id: ID!) { node(id: $id) { ... on Account { events { totalCount } } } }', {
      id: owner.account.id,
    })
    expect(nested.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })
})

describe('the subscription of events', () => {
  const LISTEN = 'subscription ($filter: EventFilter, $after: ID) { events(filter: $filter, after: $after) { id type } }'

  it('delivers what happens, as the filter says, to operators', async () => {
    const quiet = app.app.listening()
    const events = await app.subscribe(reader, LISTEN, { filter: { types: ['account.created'] } })
    const { account } = await app.person()
    const event = await events.next()
    expect(event?.data.events).toMatchObject({ type: 'account.created' })
    await app.settings({ alerts: { onlyNewDevices: false } })
    await app.person()
    expect((await events.next())?.data.events.type).toBe('account.created')
    const [second, first] = (await list({ types: ['account.created'] }, 2)).nodes
    expect(first).toMatchObject({ id: event?.data.events.id, subject: { id: account.id } })
    expect(second.id).not.toBe(first.id)
    events.stop()
    await expect.poll(app.app.listening).toBe(quiet)
  })

  it('resumes behind the last event seen, without gap or repetition', async () => {
    const quiet = app.app.listening()
    const { browser, account } = await app.person()
    const filter = { accountId: account.id }
    const [start] = (await list(filter, 1)).nodes
    const rename = Array.from({ length: 10 }, (_, i) => `n${i}: updateAccount(input: { name: "n${i}" }) { __typename }`)
    for (let i = 0; i < 13; i++) await browser.gql(`mutation { ${rename.join(' ')} }`)
    const events = await app.subscribe(reader, LISTEN, { filter, after: start.id })
    const seen: string[] = []
    for (let i = 0; i < 70; i++) seen.push((await events.next())?.data.events.id)
    events.stop()
    await browser.gql('mutation { updateAccount(input: { name: "missed" }) { __typename } }')
    await expect.poll(app.app.listening).toBe(quiet)
    const again = await app.subscribe(reader, LISTEN, { filter, after: seen.at(-1) })
    await browser.gql('mutation { updateAccount(input: { name: "live" }) { __typename } }')
    while (seen.length < 132) seen.push((await again.next())?.data.events.id)
    const newestFirst = [...(await list(filter, 100)).nodes, ...(await older(filter))].map((event: { id: string }) => event.id)
    expect(seen).toEqual(newestFirst.slice(0, 132).toReversed())
    expect(again.pending()).toEqual([])
    again.stop()
    await expect.poll(app.app.listening).toBe(quiet)
  })

  const older = async (filter: Record<string, unknown>) => {
    const first = await reader.gql(
      'query ($filter: EventFilter) { events(filter: $filter, first: 100) { pageInfo { endCursor } } }',
      { filter },
    )
    return (
      await reader.gql(
        'query ($filter: EventFilter, $after: String) { events(filter: $filter, first: 100, after: $after) { nodes { id } } }',
        { filter, after: first.data.events.pageInfo.endCursor },
      )
    ).data.events.nodes
  }

  it('is refused before it begins: FORBIDDEN, UNAUTHENTICATED, INVALID_INPUT', async () => {
    const refusal = async (who: TestClient, variables: Record<string, unknown> = {}) => {
      const subscription = who.socket().subscribe(LISTEN, variables)
      const answer = await subscription.next()
      return JSON.stringify([answer?.errors, subscription.errors])
    }
    expect(await refusal((await app.person()).browser)).toContain('FORBIDDEN')
    expect(await refusal(app.browser())).toContain('UNAUTHENTICATED')
    expect(await refusal(reader, { after: 'evt_nonsense' })).toContain('INVALID_INPUT')
    expect(await refusal(reader, { after: '\u0000' })).toContain('INVALID_INPUT')
    expect(await refusal(reader, { after: `evt_${'0'.repeat(26)}` })).toContain('INVALID_INPUT')
    expect(await refusal(reader, { filter: { types: ['nothing'] } })).toContain('INVALID_INPUT')
  })
})
