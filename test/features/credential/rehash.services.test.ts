import { createHash } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp, testApp } from '../../support/app.ts'

const said: string[] = []
const silent = (): void => undefined
const error = (fields: Record<string, unknown>, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`)
const log = { error, warn: silent, info: silent, debug: silent }

const pepper = (id: string): string => `${id}:${createHash('sha256').update(id).digest('base64')}`

const app = await testApp({ log })

const NEW = 'another horse battery'
const OTHER = '$argon2id$v=19$m=46,t=3,p=2$'
const other = { passwords: { hashing: { memoryKiB: 47_104, iterations: 3, parallelism: 2 } } }
const usual = { passwords: { hashing: { memoryKiB: 19_456, iterations: 2, parallelism: 1 } } }

const stored = async (email: string): Promise<string> => {
  const account = await app.app.db.read.account.findUnique({ where: { email }, include: { password: true } })
  return account?.password?.hash ?? ''
}

const headOf = async (email: string): Promise<string> => (await stored(email)).replace(/[^$]*\$[^$]*$/, '')

const metric = async (node: TestApp, name: string): Promise<number> => {
  const text = await (await fetch(`${node.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
}

const outcome = (name: string): Promise<number> => metric(app, `gatehouse_rehashes_total\\{outcome="${name}"\\}`)

/** Sets NEW by a link, as whoever has lost his password does. @returns what the server answers. */
const recover = async (node: TestApp, email: string) => {
  const token = await node.app.operators.createAdmin(email)
  const document = 'mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename } }'
  return async (): Promise<string> =>
    (await node.browser().gql(document, { input: { token, newPassword: NEW } })).data.recoverPassword.__typename
}

const opensWith = async (node: TestApp, email: string, password: string): Promise<string> =>
  (await node.trySignIn(node.browser(), { email, password })).__typename

/** Somebody whose hash would be made otherwise now. */
const outdatedPerson = async () => {
  await app.settings(usual)
  const person = await app.person()
  await app.settings(other)
  return person
}

/** Holds the row of a password, as a change that has not been committed does. */
const holdPassword = async (accountId: string) => {
  let release = (): void => undefined
  const until = new Promise<void>((resolve) => (release = resolve))
  let held = (): void => undefined
  const taken = new Promise<void>((resolve) => (held = resolve))
  const holding = app.app.db.transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM passwords WHERE account_id = ${accountId} FOR UPDATE`
    held()
    await until
  })
  await taken
  return async (): Promise<void> => {
    release()
    await holding
  }
}

/** How many wait to write a password. */
const writersWaiting = async (): Promise<number> => {
  const rows = await app.app.db.read.$queryRaw<{ query: string }[]>`
    SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return rows.filter(({ query }) => /passwords/.test(query) && /UPDATE/i.test(query)).length
}

describe('a change of the parameters', () => {
  it('holds on other nodes as soon as they have heard of it', async () => {
    const node = await app.node()
    const { email } = await node.person()
    await app.settings(other)
    const heads = async (): Promise<string> => headOf((await node.person()).email)
    await expect.poll(heads).toBe(OTHER)
    await node.signIn(node.browser(), email)
    await expect.poll(() => headOf(email)).toBe(OTHER)
    await app.settings(usual)
  })
})

describe('a hash that is made anew while its password is changed', () => {
  it('keeps no sign-in waiting, and is given up where the change is committed first', async () => {
    const { account, email } = await outdatedPerson()
    const before = await outcome('OVERTAKEN')
    let commit = (): void => undefined
    const until = new Promise<void>((resolve) => (commit = resolve))
    let written = (): void => undefined
    const isWritten = new Promise<void>((resolve) => (written = resolve))
    const change = app.app.db.transaction(async (tx) => {
      await tx.password.update({ where: { accountId: account.id }, data: { hash: 'of another password' } })
      written()
      await until
    })
    await isWritten
    await app.signIn(app.browser(), email) // by the old password, which is right until the commit; it answers
    await expect.poll(writersWaiting).toBe(1)
    commit()
    await change
    await expect.poll(() => outcome('OVERTAKEN')).toBe(before + 1)
    expect(await stored(email)).toBe('of another password')
  })

  it('loses against the change that waits behind it as well', async () => {
    const { account, email } = await outdatedPerson()
    const before = await outcome('RENEWED')
    const change = await recover(app, email)
    const letGo = await holdPassword(account.id)
    await app.signIn(app.browser(), email)
    await expect.poll(writersWaiting).toBe(1)
    const changing = change()
    await expect.poll(writersWaiting).toBe(2)
    await letGo()
    expect(await changing).toBe('RecoverPasswordPayload')
    await expect.poll(() => outcome('RENEWED')).toBe(before + 1)
    expect(await opensWith(app, email, NEW)).toBe('SignInPayload')
    expect(await opensWith(app, email, PASSWORD)).toBe('InvalidCredentialsError')
  })

  it('loses in whatever order the two come, on two nodes', async () => {
    const node = await app.node()
    for (let round = 0; round < 5; round++) {
      const { email } = await outdatedPerson()
      const change = await recover(node, email)
      const [changed] = await Promise.all([change(), opensWith(app, email, PASSWORD), opensWith(node, email, PASSWORD)])
      expect(changed).toBe('RecoverPasswordPayload')
      expect(await opensWith(app, email, NEW)).toBe('SignInPayload')
      expect(await opensWith(node, email, PASSWORD)).toBe('InvalidCredentialsError')
    }
  })
})

describe('a server that is told to stop', () => {
  it('finishes the hash that it has begun to make anew', async () => {
    const node = await app.node()
    const { email } = await outdatedPerson()
    const client = new pg.Client({ connectionString: app.database.env.DATABASE_URL })
    await client.connect()
    await client.query('BEGIN')
    await client.query('SELECT 1 FROM passwords FOR UPDATE')
    await expect.poll(async () => (await node.trySignIn(node.browser(), { email })).__typename).toBe('SignInPayload')
    await expect.poll(writersWaiting).toBe(1)
    let isClosed = false
    const closing = node.close().then(() => (isClosed = true))
    await expect
      .poll(() =>
        fetch(`${node.url}/healthz`).then(
          () => 'open',
          () => 'shut',
        ),
      )
      .toBe('shut')
    expect(isClosed).toBe(false)
    await client.query('COMMIT')
    await client.end()
    await closing
    expect(await headOf(email)).toBe(OTHER)
    await app.settings(usual)
  })
})

describe('a pepper', () => {
  it('is put into old hashes at the next sign-in, is changed by putting another in front, and is missed if it goes', async () => {
    const hashing = async (node: TestApp) =>
      (
        await (
          await node.key('SETTINGS_READ')
        ).gql('{ securitySettings { passwords { hashing { outdatedHashes unreadableHashes } } } }')
      ).data.securitySettings.passwords.hashing
    const keyidOf = async (email: string) => /,keyid=([\w+/]+)\$/.exec(await stored(email))?.[1] ?? null
    await app.app.db.read.password.deleteMany() // of the tests before

    const [early, late] = [(await app.person()).email, (await app.person()).email]
    expect([await keyidOf(early), await hashing(app)]).toEqual([null, { outdatedHashes: 0, unreadableHashes: 0 }])

    const first = await app.node({ PASSWORD_PEPPERS: pepper('old') })
    expect(await hashing(first)).toEqual({ outdatedHashes: 2, unreadableHashes: 0 })
    for (const email of [early, late]) {
      expect(await opensWith(first, email, NEW)).toBe('InvalidCredentialsError')
      expect(await opensWith(first, email, PASSWORD)).toBe('SignInPayload')
      await expect.poll(() => keyidOf(email)).toBe('b2xk')
    }
    expect(await opensWith(first, early, PASSWORD)).toBe('SignInPayload')

    const second = await app.node({ PASSWORD_PEPPERS: `${pepper('new')},${pepper('old')}` })
    expect(await hashing(second)).toEqual({ outdatedHashes: 2, unreadableHashes: 0 })
    expect(await opensWith(second, early, PASSWORD)).toBe('SignInPayload')
    await expect.poll(() => keyidOf(early)).toBe('bmV3')
    expect(await opensWith(second, early, PASSWORD)).toBe('SignInPayload')
    expect(await hashing(second)).toEqual({ outdatedHashes: 1, unreadableHashes: 0 })

    expect(said).toEqual([])
    const third = await app.node({ PASSWORD_PEPPERS: pepper('new') })
    await expect.poll(() => said).toEqual(['password hashes need peppers that PASSWORD_PEPPERS does not list {"count":1}'])
    expect(await hashing(third)).toEqual({ outdatedHashes: 1, unreadableHashes: 1 })
    expect(await opensWith(third, early, PASSWORD)).toBe('SignInPayload')
    for (const _ of [1, 2]) expect(await opensWith(third, late, PASSWORD), 'it fails closed').toBe('InvalidCredentialsError')
    expect(said.slice(1)).toEqual(['a password hash needs a pepper that PASSWORD_PEPPERS does not list {"pepper":"old"}'])
    expect(await metric(third, 'gatehouse_hash_faults_total\\{fault="PEPPER"\\}')).toBe(2)
    expect(await keyidOf(late), 'nothing is lost').toBe('b2xk')
    expect(await opensWith(second, late, PASSWORD)).toBe('SignInPayload')
    await expect.poll(() => keyidOf(late)).toBe('bmV3')
    expect(await opensWith(third, late, PASSWORD)).toBe('SignInPayload')
    expect(await hashing(third)).toEqual({ outdatedHashes: 0, unreadableHashes: 0 })
  })
})
