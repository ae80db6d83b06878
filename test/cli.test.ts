/** The command line as it is typed: `gatehouse …` in a process of its own, on a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { testApp } from './support/app.ts'
import { testClient } from './support/client.ts'

const BIN = fileURLToPath(new URL('../src/bin.cjs', import.meta.url))
const PASSWORD = 'correct horse battery'
const PATIENCE = { timeout: 60_000, interval: 50 }

const running = new Set<ChildProcess>()
const folders: string[] = []
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))
  folders.push(folder)
  return folder
}

const gatehouse = (folder: string, words: readonly string[], env: Record<string, string> = {}) => {
  const { DATABASE_URL: _database, REDIS_URL: _redis, NODE_ENV: _mode, ...rest } = process.env
  const child = spawn(process.execPath, [BIN, ...words], { env: { ...rest, DATA_DIR: folder, ...env } })
  running.add(child)
  const output = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    output.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    output.err += chunk.toString()
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, ...output })
    })
  })
  return { child, output, ended }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

/** A server on the folder, once it answers. */
const start = async (folder: string) => {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const server = gatehouse(folder, ['start'], { PORT: String(port), LOG_LEVEL: 'silent' })
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
  await expect.poll(isReady, PATIENCE).toBe(true)
  return { ...server, url, port }
}

/** What is in a folder. The database's own files are named only: the server that has them writes to them at any moment. */
const contents = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { size, mtimeMs } = statSync(path)
      return path.includes('/postgres/') ? path : `${path} ${size} ${mtimeMs}`
    })
    .sort()

describe('gatehouse create-key', () => {
  const folder = newFolder()

  it('prints the secret alone, before the first start, and the key works once the server runs', {
    timeout: 120_000,
  }, async () => {
    const words = ['create-key', '--name', 'first', '--scope', 'sessions:read', '--scope', 'SETTINGS_WRITE', '--scope=keys:read']
    const made = await gatehouse(folder, words).ended
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^gak_[\w-]{43}\n$/) })
    const server = await start(folder)
    const program = testClient(server.url, { bearer: made.out.trim(), origin: null })
    const answer = await program.gql('{ sessions { totalCount } apiKeys { nodes { name scopes } } }')
    expect(answer).toEqual({
      data: {
        sessions: { totalCount: 0 },
        apiKeys: { nodes: [{ name: 'first', scopes: ['SESSIONS_READ', 'SETTINGS_WRITE', 'KEYS_READ'] }] },
      },
    })
    expect((await program.gql('{ accounts { totalCount } }')).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    server.child.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0, out: '' })
  })

  it('refuses an unknown scope with 64, names it and makes nothing', { timeout: 60_000 }, async () => {
    const untouched = newFolder()
    const refused = await gatehouse(untouched, [
      'create-key',
      '--name',
      'x',
      '--scope',
      'sessions:read',
      '--scope',
      'sessions:eat',
    ]).ended
    expect(refused).toMatchObject({ code: 64, out: '' })
    expect(refused.err).toContain('sessions:eat')
    expect(contents(untouched)).toEqual([])
    expect(await gatehouse(folder, ['create-key', '--name', '', '--scope', 'sessions:read']).ended).toMatchObject({
      code: 64,
      out: '',
    })
    for (const words of [
      ['create-key'],
      ['create-key', '--name', 'x'],
      ['create-key', '--scope', 'sessions:read'],
      ['no-such-command'],
    ]) {
      const { code, out } = await gatehouse(untouched, words).ended
      expect({ words, failed: code !== 0, secret: out.includes('gak_') }).toEqual({ words, failed: true, secret: false })
    }
  })
})

describe('gatehouse create-admin', () => {
  const folder = newFolder()

  it('prints a link whose page only its own button acts on, and whose token recovers the password', {
    timeout: 120_000,
  }, async () => {
    const links: string[] = []
    for (const email of ['ada@example.com', 'bob@example.com']) {
      const { code, out } = await gatehouse(folder, ['create-admin', '--email', email], { PORT: '4999' }).ended
      expect(code).toBe(0)
      expect(out).toMatch(/^http:\/\/localhost:4999\/recover\?token=[\w-]{43}\n$/)
      links.push(out.trim())
    }
    const [first = '', second = ''] = links.map((link) => new URL(link).searchParams.get('token') ?? '')
    expect(await gatehouse(folder, ['create-admin', '--email', 'nobody']).ended).toMatchObject({ code: 64, out: '' })

    const { url, child, ended } = await start(folder)
    const page = () => fetch(`${url}/recover?token=${first}`)
    const post = (origin: string | null) =>
      fetch(`${url}/recover`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(origin === null ? {} : { origin }),
        },
        body: new URLSearchParams({ token: first, password: PASSWORD }),
      })
    for (const response of [await page(), await page()]) {
      expect(response.status).toBe(200)
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(await response.text()).toContain(`value="${first}"`)
    }
    for (const origin of ['https://evil.example', 'null', null]) expect((await post(origin)).status, String(origin)).toBe(403)
    const ada = testClient(url)
    const signIn = async (client: typeof ada, email: string) =>
      (
        await client.gql(
          'mutation ($email: String!, $password: String!) { signInWithPassword(input: { email: $email, password: $password }) { __typename } }',
          { email, password: PASSWORD },
        )
      ).data.signInWithPassword.__typename
    expect(await signIn(ada, 'ada@example.com')).toBe('InvalidCredentialsError')
    expect((await post(url)).status).toBe(200)
    expect((await post(url)).status).toBe(410)
    expect(await signIn(ada, 'ada@example.com')).toBe('SignInPayload')
    expect((await ada.gql('{ account { labels } accounts { totalCount } }')).data).toEqual({
      account: { labels: ['admin'] },
      accounts: { totalCount: 2 },
    })

    const bob = testClient(url)
    const recover = async () =>
      (
        await bob.gql(
          'mutation ($token: String!, $newPassword: String!) { recoverPassword(input: { token: $token, newPassword: $newPassword }) { __typename } }',
          { token: second, newPassword: PASSWORD },
        )
      ).data.recoverPassword.__typename
    expect(await recover()).toBe('RecoverPasswordPayload')
    expect(await recover()).toBe('InvalidTokenError')
    expect(await signIn(bob, 'bob@example.com')).toBe('SignInPayload')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  })
})

describe('gatehouse calibrate', () => {
  it('measures, and prints a mutation that is in force once an operator has sent it', { timeout: 60_000 }, async () => {
    const folder = newFolder()
    const { code, out, err } = await gatehouse(folder, ['calibrate', '--target-ms', '60', '--memory', '20000']).ended
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^ {2}m=20000 KiB, t=2, p=1: [\d.]+ ms, [\d.]+ a second$/m),
    })
    expect(contents(folder)).toEqual([])
    const app = await testApp()
    const operator = await app.key('SETTINGS_WRITE', 'SETTINGS_READ')
    expect(await operator.gql(out)).toEqual({ data: { updateSecuritySettings: { __typename: 'UpdateSecuritySettingsPayload' } } })
    const { data } = await operator.gql('{ securitySettings { passwords { hashing { memoryKiB iterations parallelism } } } }')
    const [memoryKiB, iterations] = [/memoryKiB: (\d+)/, /iterations: (\d+)/].map((shape) => Number(shape.exec(out)?.[1]))
    expect(data.securitySettings.passwords.hashing).toEqual({ memoryKiB, iterations, parallelism: 1 })
  })

  it('prints it as JSON, proposes the weakest that may be where time is short, and says so', { timeout: 60_000 }, async () => {
    const { code, out, err } = await gatehouse(newFolder(), ['calibrate', '--json', '--target-ms=1', '--memory', '7168']).ended
    const { binding, targetMs, meetsTarget, proposed, trials } = JSON.parse(out)
    expect([code, binding, targetMs, meetsTarget]).toEqual([0, expect.stringContaining('argon2'), 1, false])
    expect(proposed).toMatchObject({ memoryKiB: 7_168, iterations: 5, parallelism: 1, ms: expect.any(Number) })
    expect(trials).toEqual([proposed])
    expect(err).toContain('takes longer than 1 ms')
  })

  it.each(['--target-ms=0', '--target-ms=soon', '--memory=7167', '--parallelism=17'])('refuses %s with 64', async (word) => {
    expect(await gatehouse(newFolder(), ['calibrate', word]).ended).toMatchObject({ code: 64, out: '' })
  })
})

describe('gatehouse build-breach-filter', () => {
  it('makes the file that BREACHED_FILTER names, needs no data folder, and says what it was not given', {
    timeout: 120_000,
  }, async () => {
    const [folder, data] = [newFolder(), join(newFolder(), 'data')]
    const [list, filter] = [join(folder, 'list.txt'), join(folder, 'breached.filter')]
    writeFileSync(list, `${'0123456789ABCDEF0123456789ABCDEF01234567'}:3\r\n${'f'.repeat(40)}:1\r\n`)
    const words = ['build-breach-filter', '--from', list, '--to', filter]
    expect(await gatehouse(data, words).ended).toMatchObject({ code: 0, out: '2 hashes, 8192 bytes\n' })
    expect(existsSync(data)).toBe(false)
    expect(await gatehouse(data, [...words, '--rate', '0.5']).ended).toMatchObject({
      code: 64,
      err: expect.stringContaining('--rate'),
    })
    const missing = ['build-breach-filter', '--from', join(folder, 'missing'), '--to', filter]
    expect(await gatehouse(data, missing).ended).toMatchObject({ code: 1, err: expect.stringContaining('ENOENT') })
    const bad = await gatehouse(data, ['migrate'], { BREACHED_FILTER: list }).ended
    expect(bad).toMatchObject({
      code: 78,
      err: expect.stringContaining('BREACHED_FILTER is no file that build-breach-filter made'),
    })
    expect(bad.err).not.toContain(list)
  })
})

describe('gatehouse import', () => {
  const folder = newFolder()
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  it('takes a file in, puts what it refuses beside it, and says so by its exit code', {
    timeout: 120_000,
  }, async () => {
    const file = write('mixed.csv', 'email,name\nada@example.com,Ada\nADA@example.com,Ada too\n')
    const refused = `${file}.refused.ndjson`
    expect(await gatehouse(join(folder, 'data'), ['import', file]).ended).toMatchObject({
      code: 65,
      out: `2 rows, 1 imported, 1 refused: see ${refused}\n`,
    })
    expect(readFileSync(refused, 'utf8')).toBe(
      '{"row":1,"externalId":null,"error":"EMAIL_TAKEN: There is already an account with this e-mail address."}\n',
    )
    expect(statSync(refused).mode & 0o777).toBe(0o600)
  })

  it('refuses options that make no sense and files that cannot be read, before it touches the data folder', {
    timeout: 60_000,
  }, async () => {
    const untouched = newFolder()
    const file = write('users.json', '[]')
    for (const [code, ...words] of [
      [64, file, '--from', 'nowhere'],
      [64, file, '--from', 'firebase'],
      [66, join(folder, 'missing.json')],
    ] as const)
      expect(await gatehouse(untouched, ['import', ...words]).ended, words.join(' ')).toMatchObject({ code, out: '' })
    expect(contents(untouched)).toEqual([])
  })
})

describe('the data folder', () => {
  it('belongs to one process: a second one says so, fails and touches nothing', { timeout: 120_000 }, async () => {
    const folder = newFolder()
    const server = await start(folder)
    const operator = testClient(server.url)
    const before = contents(folder)
    for (const words of [['start'], ['create-key', '--name', 'x', '--scope', 'sessions:read']]) {
      const refused = await gatehouse(folder, words, { PORT: '0' }).ended
      expect(refused.code, words.join(' ')).toBeGreaterThan(0)
      expect(refused.err).toContain('Another Gatehouse is running on the data folder')
      expect(refused.err).not.toMatch(/\n\s+at /)
      expect(refused.out).toBe('')
    }
    expect(contents(folder)).toEqual(before)
    expect((await operator.gql('{ securitySettings { updatedAt } }')).errors).toBeUndefined()
    server.child.kill('SIGKILL')
    await server.ended
    const migrated = await gatehouse(folder, ['migrate']).ended
    expect(migrated).toMatchObject({ code: 0, out: '' })
  })

  it('keeps everything that was acknowledged when the server is killed with -9', { timeout: 180_000 }, async () => {
    const folder = newFolder()
    const acknowledged: string[] = []
    for (let round = 0; round < 2; round++) {
      const server = await start(folder)
      const signUp = async (email: string): Promise<void> => {
        const answer = await testClient(server.url).gql(
          'mutation ($email: String!, $password: String!) { signUp(input: { email: $email, password: $password }) { ... on SignInPayload { account { email } } } }',
          { email, password: PASSWORD },
        )
        if (answer.data?.signUp?.account?.email === email) acknowledged.push(email)
      }
      const wishes = Array.from({ length: 12 }, (_, index) => signUp(`r${round}n${index}@example.com`).catch(() => undefined))
      const wanted = acknowledged.length + 5
      await expect.poll(() => acknowledged.length, PATIENCE).toBeGreaterThanOrEqual(wanted)
      server.child.kill('SIGKILL')
      await server.ended
      await Promise.all(wishes)
    }
    const secret = (
      await gatehouse(folder, ['create-key', '--name', 'k', '--scope', 'accounts:read', '--scope', 'events:read']).ended
    ).out.trim()
    const server = await start(folder)
    const operator = testClient(server.url, { bearer: secret, origin: null })
    const { accounts, events } = (
      await operator.gql(
        '{ accounts(first: 100, filter: { search: "@example.com" }) { nodes { email hasPassword } } events(first: 100, filter: { types: ["account.created"] }) { totalCount } }',
      )
    ).data
    const kept = accounts.nodes.map((node: { email: string }) => node.email)
    expect(acknowledged.filter((email) => !kept.includes(email))).toEqual([])
    expect(accounts.nodes.every((node: { hasPassword: boolean }) => node.hasPassword)).toBe(true)
    expect(events.totalCount).toBe(kept.length + 1) // and the administrator that a first start offers
    server.child.kill('SIGTERM')
    await server.ended
  })
})
