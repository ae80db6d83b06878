/** importAccounts: what goes in, what is refused and why, and what an account from elsewhere does here. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../../src/graphql/schema.ts'
import { IMPORTS } from '../../../src/policy/bounds.ts'
import { VECTORS } from '../../ports/imported.vectors.ts'
import { newEmail, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { readChain } from '../event/chain.ts'

const app = await testApp()
const key = await app.key('ACCOUNTS_WRITE', 'ACCOUNTS_READ', 'EVENTS_READ')

const IMPORT = `mutation ($input: ImportAccountsInput!) { importAccounts(input: $input) { __typename
  ... on ImportAccountsPayload { imported refused outcomes { row externalId error account {
    id email emailVerified phone phoneVerified name labels createdAt hasPassword } } }
  ... on InvalidInputError { fields { path message } } } }`

const send = (who: TestClient, accounts: readonly unknown[], more: Record<string, unknown> = {}) =>
  who.gql(IMPORT, { input: { accounts, ...more } })

const take = async (accounts: readonly unknown[], more: Record<string, unknown> = {}, who = key) =>
  (await send(who, accounts, more)).data.importAccounts

const errorsOf = (answer: { outcomes: { error: string | null }[] }) => answer.outcomes.map(({ error }) => error)

const md5 = (password: string) => ({ format: 'MD5', hash: createHash('md5').update(password).digest('hex') })

const countAccounts = () => app.app.db.read.account.count()
const countEvents = () => app.app.db.read.event.count()

let numbers = 0
const newPhone = (): string => `+1415555${String(2000 + numbers++)}`

describe('importAccounts', () => {
  it('brings accounts along with all that is said of them, in the order of the rows', async () => {
    const [email, phone] = [newEmail(), newPhone()]
    const answer = await take([
      {
        externalId: 'u-1',
        email: email.toUpperCase(),
        emailVerified: true,
        phone: phone.replace('+1415', '+1 (415) '),
        phoneVerified: true,
        name: ' Ada Lovelace ',
        labels: ['vip', 'vip', 'early'],
        password: md5('old password'),
        createdAt: '2019-05-06T07:08:09.123Z',
      },
      { externalId: 'u-2', phone: newPhone() },
    ])
    expect(answer).toMatchObject({ imported: 2, refused: 0 })
    expect(answer.outcomes[0]).toMatchObject({
      row: 0,
      externalId: 'u-1',
      error: null,
      account: {
        email,
        emailVerified: true,
        phone,
        phoneVerified: true,
        name: 'Ada Lovelace',
        labels: ['vip', 'early'],
        createdAt: '2019-05-06T07:08:09.123Z',
        hasPassword: true,
      },
    })
    expect(answer.outcomes[1]).toMatchObject({
      row: 1,
      externalId: 'u-2',
      account: { email: null, emailVerified: false, phoneVerified: false, name: null, labels: [], hasPassword: false },
    })
    expect(answer.outcomes[1].account.createdAt).toBe(app.clock.now().toISOString())
  })

  it('lets everybody in by the password he had, whatever format it was kept in', async () => {
    // the server wants 8 characters of a new password only: what was short elsewhere still opens
    const formats = new Map(VECTORS.map((vector) => [vector.given.format, vector]))
    const people = [...formats.values()].map((vector) => ({ email: newEmail(), ...vector }))
    const answer = await take(people.map(({ email, given }) => ({ email, password: given })))
    expect(errorsOf(answer)).toEqual(people.map(() => null))
    for (const { email, password, source } of people)
      expect((await app.trySignIn(app.browser(), { email, password })).__typename, source).toBe('SignInPayload')
    const wrong = await app.trySignIn(app.browser(), { email: people[0]?.email, password: 'passwords' })
    expect(wrong.__typename).toBe('InvalidCredentialsError')
  })

  it('alerts at the first sign-in, which is no sign-up, and at no time before', async () => {
    const email = newEmail()
    await take([{ email, emailVerified: true, password: md5('old password') }])
    expect(await app.app.db.read.message.count({ where: { to: email } })).toBe(0)
    const browser = app.browser()
    await app.signIn(browser, email, { password: 'old password' })
    const { account } = (await browser.gql('{ account { sessions { totalCount } sessionAlerts { nodes { isNewDevice } } } }'))
      .data
    expect(account).toEqual({ sessions: { totalCount: 1 }, sessionAlerts: { nodes: [{ isNewDevice: true }] } })
    expect(await app.app.db.read.message.count({ where: { to: email, kind: 'session-alert' } })).toBe(1)
  })

  it('refuses what is not acceptable row by row, and takes the others', async () => {
    const [good, taken] = [newEmail(), await app.person()]
    const phone = newPhone()
    await take([{ phone }])
    const before = await countAccounts()
    const rows: readonly (readonly [row: unknown, error: RegExp | null])[] = [
      [{ email: 'nobody' }, /^INVALID_INPUT: email: This is not an e-mail address\.$/],
      [{ phone: '4155552671' }, /^INVALID_INPUT: phone: /],
      [{}, /^INVALID_INPUT: email: Give an e-mail address or a phone number\.$/],
      [{ email: good }, null],
      [{ email: good.toUpperCase() }, /^EMAIL_TAKEN: /],
      [{ email: taken.email }, /^EMAIL_TAKEN: /],
      [{ email: newEmail(), phone }, /^PHONE_TAKEN: /],
      [{ email: newEmail(), labels: ['x'.repeat(37)] }, /^INVALID_INPUT: labels: /],
      [{ email: newEmail(), name: 'x'.repeat(129) }, /^INVALID_INPUT: name: Must be at most 128 characters\.$/],
      [{ email: newEmail(), name: 'a\u0000b' }, /^INVALID_INPUT: name: /],
      [{ email: newEmail(), externalId: 'a\u0000b' }, /^INVALID_INPUT: externalId: /],
      [{ email: newEmail(), createdAt: '2999-01-01T00:00:00Z' }, /^INVALID_INPUT: createdAt: .*not in the future/],
      [{ email: newEmail(), createdAt: '1969-12-31T23:59:59Z' }, /^INVALID_INPUT: createdAt: Must be from 1970 on/],
      [{ phone: newPhone(), emailVerified: true }, /^INVALID_INPUT: emailVerified: /],
      [{ email: newEmail(), phoneVerified: true }, /^INVALID_INPUT: phoneVerified: /],
      [{ email: 'nobody', password: { format: 'MD5', hash: 'x' } }, /^INVALID_INPUT: email: .* password\.hash: Must be 16 bytes/],
      [{ email: newEmail(), password: { format: 'MD5', hash: `${'a'.repeat(31)}\u0000` } }, /password\.hash/],
      [
        { email: newEmail(), password: { format: 'SHA256', hash: 'a'.repeat(1_500_000) } },
        /password\.hash: Must be at most 4,096/,
      ],
      [
        {
          email: newEmail(),
          password: { format: 'PBKDF2', hash: 'ab'.repeat(32), salt: 'c2FsdA==', digest: 'sha256', iterations: 1_000_000_000 },
        },
        /password\.hash: Would take more than 2 s to verify\.$/,
      ],
      [{ email: newEmail() }, null],
    ]
    const began = performance.now()
    const answer = await take(rows.map(([row]) => row))
    expect(performance.now() - began).toBeLessThan(10_000) // nothing was run to find out what it costs
    expect(answer.outcomes.map(({ row }: { row: number }) => row)).toEqual(rows.map((_, index) => index))
    for (const [index, [row, error]] of rows.entries()) {
      const found = answer.outcomes[index]
      if (error === null) expect(found.error, JSON.stringify(row)).toBeNull()
      else expect(found.error, JSON.stringify(row).slice(0, 200)).toMatch(error)
      expect(found.account === null).toBe(error !== null)
    }
    expect(answer).toMatchObject({ imported: 2, refused: rows.length - 2 })
    expect(await countAccounts()).toBe(before + 2)
  })

  it('makes no account twice when the same rows come again', async () => {
    const rows = Array.from({ length: 3 }, () => ({ email: newEmail() }))
    expect(await take(rows)).toMatchObject({ imported: 3, refused: 0 })
    const again = await take(rows)
    expect(again).toMatchObject({ imported: 0, refused: 3 })
    expect(errorsOf(again).every((error) => error?.startsWith('EMAIL_TAKEN: '))).toBe(true)
  })

  it('writes nothing in a dry run, and says what it would', async () => {
    const [accounts, events, email] = [await countAccounts(), await countEvents(), newEmail()]
    const answer = await take([{ email, externalId: 'a', password: md5('x') }, { email }, { email: 'nobody' }], { dryRun: true })
    expect(answer).toMatchObject({ imported: 1, refused: 2 })
    expect(answer.outcomes[0]).toEqual({ row: 0, externalId: 'a', error: null, account: null })
    expect(errorsOf(answer).slice(1)).toEqual([expect.stringMatching(/^EMAIL_TAKEN/), expect.stringMatching(/^INVALID_INPUT/)])
    expect([await countAccounts(), await countEvents()]).toEqual([accounts, events])
    expect(await take([{ email }])).toMatchObject({ imported: 1 })
  })

  it('takes a thousand rows at once, each with its event, in one unbroken chain', async () => {
    const rows = Array.from({ length: IMPORTS.accounts }, () => ({ email: newEmail(), password: md5('old password') }))
    const answer = await take(rows)
    expect(answer).toMatchObject({ imported: IMPORTS.accounts, refused: 0 })
    const ids: string[] = answer.outcomes.map(({ account }: { account: { id: string } }) => account.id)
    const { links } = await readChain(app)
    expect(links.map((link) => link.hash)).toEqual(links.map((link) => link.recomputed))
    const events = await app.app.db.read.event.findMany({
      where: { type: 'account.created', subjectId: { in: ids } },
      orderBy: { position: 'asc' },
    })
    expect(events.map(({ subjectId }) => subjectId)).toEqual(ids)
    expect(new Set(events.map(({ details }) => JSON.stringify(details)))).toEqual(new Set(['{"by":"IMPORT"}']))
    expect(new Set(events.map(({ actorKind }) => actorKind))).toEqual(new Set(['API_KEY']))
    expect(JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain('@')
    const tooMany = await take([...rows, { email: newEmail() }])
    expect(tooMany).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'input.accounts' }] })
    expect(await take([])).toMatchObject({ imported: 0, refused: 0, outcomes: [] })
  })

  it('lets no key make an operator, row by row, but an administrator with fresh proof', async () => {
    const rows = [{ email: newEmail(), labels: ['admin'] }, { email: newEmail() }, { email: 'nobody', labels: ['x', 'admin'] }]
    expect(errorsOf(await take(rows))).toEqual([
      expect.stringMatching(/^FORBIDDEN: /),
      null,
      expect.stringMatching(/^FORBIDDEN: /),
    ])
    const admin = await app.admin()
    expect((await take([rows[0]], {}, admin.browser)).outcomes[0].account.labels).toEqual(['admin'])
    const refused = await take([{ email: admin.email, name: 'Mallory' }])
    expect(errorsOf(refused)).toEqual([expect.stringMatching(/^EMAIL_TAKEN: /)])
    app.clock.advance(601)
    expect((await send(admin.browser, [{ email: newEmail() }])).errors?.[0]?.extensions.code).toBe('REAUTHENTICATION_REQUIRED')
  })

  it('is for ACCOUNTS_WRITE alone, and looks at no row before that is clear', async () => {
    const code = async (who: TestClient) =>
      (await send(who, Array(IMPORTS.accounts + 1).fill({ email: 'nobody' }))).errors?.[0]?.extensions.code
    expect(await code(app.browser())).toBe('UNAUTHENTICATED')
    expect(await code((await app.person()).browser)).toBe('FORBIDDEN')
    expect(
      (await send(await app.key('ACCOUNTS_READ', 'SESSIONS_WRITE'), [{ email: newEmail() }])).errors?.[0]?.extensions.code,
    ).toBe('FORBIDDEN')
  })

  it('takes a body of two mebibytes from such a key', async () => {
    const rows = Array.from({ length: IMPORTS.accounts }, (_, index) => ({
      email: `${'x'.repeat(50)}${index}@big.example`,
      name: 'n'.repeat(128),
      labels: Array.from({ length: 40 }, (_label, at) => `label-${'y'.repeat(24)}-${at}`),
    }))
    const answer = await send(key, rows, { dryRun: true })
    expect(JSON.stringify(rows).length).toBeGreaterThan(1_500_000)
    expect(answer.data.importAccounts).toMatchObject({ imported: IMPORTS.accounts })
    const tooLarge = await key.post({ query: IMPORT, variables: { input: { accounts: [...rows, ...rows] } } })
    expect(tooLarge.status).toBe(413)
  })

  it('is what the documentation shows', async () => {
    const documents = [...readFileSync('docs/imports.md', 'utf8').matchAll(/^```graphql\n(.*?)^```/gms)].map(
      (match) => match[1] ?? '',
    )
    expect(documents).toHaveLength(1)
    for (const document of documents) {
      expect(validate(schema, parse(document))).toEqual([])
      expect((await key.gql(document)).data.importAccounts).toMatchObject({ imported: 1, refused: 1 })
    }
  })
})
