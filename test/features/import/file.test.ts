/** Files of accounts: what other systems write, what is hostile, and what a run leaves behind. */
import { createHash, scryptSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { readFirebaseHashing } from '../../../src/features/import/from-firebase.ts'
import { SOURCES, type SourceName } from '../../../src/features/import/sources.ts'
import { readImport, runImport } from '../../../src/import-command.ts'
import { formatOf, openAccountFile, openRefusals } from '../../../src/ports/account-file/index.ts'
import { VECTORS } from '../../ports/imported.vectors.ts'
import { testApp } from '../../support/app.ts'

const app = await testApp()
const { db } = app.app
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FIREBASE_CONFIG = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}`

type Wish = Readonly<{ from?: SourceName; dryRun?: boolean; restart?: boolean; admitAdmins?: boolean }>

/** Takes a file in as the command does. @returns the report, and the rows that were refused. */
const takeFile = async (name: string, content: string | Buffer, { from = 'gatehouse', ...more }: Wish = {}) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  const file = await openAccountFile(path, formatOf(path) ?? 'ndjson')
  const refusals = await openRefusals(`${path}.refused`)
  const read = SOURCES[from]({ now: app.clock.now(), firebase: readFirebaseHashing(FIREBASE_CONFIG) })
  const report = await app.app.fileImports
    .run({
      ...{ file, read, refusals, name: `${file.fingerprint} ${from}` },
      ...{ dryRun: false, restart: false, admitAdmins: false, onProgress: () => undefined },
      ...more,
    })
    .finally(refusals.close)
  const size = statSync(`${path}.refused`, { throwIfNoEntry: false })?.size ?? 0
  const lines = size === 0 ? [] : readFileSync(`${path}.refused`, 'utf8').trimEnd().split('\n')
  return { report, refused: lines.map((line) => JSON.parse(line) as { row: number; externalId: string | null; error: string }) }
}

const accountOf = (email: string) => db.read.account.findUniqueOrThrow({ where: { email } })

const opens = async (email: string, password: string): Promise<string> =>
  (await app.trySignIn(app.browser(), { email, password })).__typename

const vector = (format: string, index = 0) => VECTORS.filter(({ given }) => given.format === format)[index] as (typeof VECTORS)[0]

const lines = (...rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

describe('an export of Firebase', () => {
  it('goes in with its hash parameters as the console shows them; who is disabled stays out', async () => {
    const { hash: passwordHash, salt } = vector('SCRYPT_FIREBASE').given
    const users = [
      {
        localId: 'f1',
        email: 'User1@fire.example',
        emailVerified: true,
        passwordHash,
        salt,
        displayName: 'Test User 1',
        createdAt: '1508893925000',
      },
      {
        localId: 'f2',
        phoneNumber: '+14155559001',
        createdAt: '1508893925000',
        providerUserInfo: [{ providerId: 'google.com', rawId: '1' }],
      },
      { localId: 'f3', email: 'out@fire.example', passwordHash, salt, disabled: true, customAttributes: '{"role":"[{]}"}' },
      { localId: 'f4', createdAt: '1508893925000', providerUserInfo: [] },
    ]
    const { report, refused } = await takeFile('firebase.json', JSON.stringify({ users }, null, 2), { from: 'firebase' })
    expect(report).toMatchObject({ rows: 4, imported: 3, refused: 1 })
    expect(refused).toEqual([
      { row: 3, externalId: 'f4', error: 'INVALID_INPUT: email: Give an e-mail address or a phone number.' },
    ])
    expect(await opens('user1@fire.example', 'user1password')).toBe('SignInPayload')
    expect(await opens('out@fire.example', 'user1password')).toBe('AccountBlockedError')
    expect(await accountOf('user1@fire.example')).toMatchObject({ name: 'Test User 1', createdAt: new Date(1_508_893_925_000) })
    expect(await db.read.account.findUnique({ where: { phone: '+14155559001' } })).toMatchObject({
      phoneVerifiedAt: app.clock.now(),
    })
  })

  it('has parameters that are read from the console’s form and from JSON, and from nothing else', () => {
    const expected = { saltSeparator: 'Bw==', rounds: 8, memoryCost: 14, signerKey: expect.stringMatching(/^jxspr8.*==$/) }
    const asJson = JSON.stringify({ base64_signer_key: 'jxspr8==', base64_salt_separator: 'Bw==', rounds: 8, mem_cost: 14 })
    expect([readFirebaseHashing(FIREBASE_CONFIG), readFirebaseHashing(asJson)]).toEqual([expected, expected])
    for (const text of ['', '{}', FIREBASE_CONFIG.replace('SCRYPT', 'HMAC_SHA256'), FIREBASE_CONFIG.replace('mem_cost', 'cost')])
      expect(readFirebaseHashing(text)).toBeNull()
  })
})

describe('a table of Supabase', () => {
  it('goes in as CSV, with numbers without a plus, bans, and hashes that came from Firebase before', async () => {
    const { hash, salt, signerKey } = vector('SCRYPT_FIREBASE').given
    const firebase = `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${signerKey}$${salt}$${hash}`
    const csv = [
      'id,email,encrypted_password,email_confirmed_at,phone,phone_confirmed_at,raw_user_meta_data,created_at,banned_until,deleted_at,is_anonymous',
      `s1,one@supa.example,${vector('BCRYPT').given.hash},2023-01-01 10:00:00.123+00,,,"{""full_name"": ""Öne, ""}",2022-01-01 00:00:00+00,,,f`,
      `s2,two@supa.example,"${firebase}",,14155559100,2023-01-01 00:00:00+00,{},2022-01-01 00:00:00+00,,,f`,
      `s3,gone@supa.example,,,,,,2022-01-01 00:00:00+00,,2023-01-01 00:00:00+00,f`,
      `s4,,,,,,,2022-01-01 00:00:00+00,,,t`,
      `s5,banned@supa.example,${vector('BCRYPT').given.hash},,,,,2022-01-01 00:00:00+00,2999-01-01 00:00:00+00,,f`,
    ].join('\r\n')
    const { report, refused } = await takeFile('supabase.csv', `\ufeff${csv}\r\n`, { from: 'supabase' })
    expect(report).toMatchObject({ rows: 5, imported: 3, refused: 2 })
    expect(refused.map(({ row, error }) => [row, error])).toEqual([
      [2, 'INVALID_INPUT: row: Was deleted there.'],
      [3, 'INVALID_INPUT: row: Is anonymous there.'],
    ])
    expect(await accountOf('one@supa.example')).toMatchObject({
      name: 'Öne,',
      createdAt: new Date('2022-01-01'),
      emailVerifiedAt: app.clock.now(),
    })
    expect(await accountOf('two@supa.example')).toMatchObject({ phone: '+14155559100', emailVerifiedAt: null })
    expect(await opens('one@supa.example', vector('BCRYPT').password)).toBe('SignInPayload')
    expect(await opens('two@supa.example', 'user1password')).toBe('SignInPayload')
    expect(await opens('banned@supa.example', vector('BCRYPT').password)).toBe('AccountBlockedError')
  })
})

describe('a list of Appwrite', () => {
  const user = (name: string, more: Record<string, unknown>) => ({ $id: name, email: `${name}@app.example`, ...more })

  it('goes in with every kind of hash that it keeps', async () => {
    const { hash, salt, signerKey, saltSeparator } = vector('SCRYPT_FIREBASE').given
    const users = [
      user('argon2', {
        hash: 'argon2',
        password: vector('ARGON2').given.hash,
        hashOptions: { memoryCost: 65_536 },
        prefs: { theme: 'pink' },
        emailVerification: true,
      }),
      user('scrypt', {
        hash: 'scrypt',
        password: scryptSync('password', 'text salt', 64, { N: 8, r: 14, p: 1 }).toString('hex'),
        hashOptions: { salt: 'text salt', costCpu: 8, costMemory: 14, costParallel: 1, length: 64 },
      }),
      user('modified', {
        hash: 'scryptMod',
        password: hash,
        hashOptions: JSON.stringify({ salt, signer_key: signerKey, salt_separator: saltSeparator }),
      }),
      user('sha', { hash: 'sha', password: createHash('sha3-512').update('password').digest('hex'), hashOptions: {} }),
      user('phpass', { hash: 'phpass', password: vector('PHPASS').given.hash }),
      user('blocked', { hash: 'bcrypt', password: vector('BCRYPT').given.hash, status: false }),
      user('unsalted', {
        hash: 'scrypt',
        password: 'ab'.repeat(64),
        hashOptions: { costCpu: 8, costMemory: 14, costParallel: 1 },
      }),
      user('unknown', { hash: 'rot13', password: 'x' }),
      user('boss', { labels: ['admin'] }),
      user('plain', { password: '', hash: '', labels: ['vip'], prefs: [] }),
    ]
    const { report, refused } = await takeFile('appwrite.json', JSON.stringify({ total: users.length, users }), {
      from: 'appwrite',
    })
    expect(report).toMatchObject({ rows: 10, imported: 7, refused: 3 })
    expect(refused.map(({ row, error }) => [row, error])).toEqual([
      [6, 'INVALID_INPUT: row: Has a scrypt hash without its salt.'],
      [7, 'INVALID_INPUT: row: Has a kind of hash that is not known here.'],
      [8, expect.stringMatching(/^FORBIDDEN: .*--admit-admins/)],
    ])
    const passwords = { argon2: 'password', scrypt: 'password', modified: 'user1password', sha: 'password', phpass: 'test12345' }
    for (const [name, password] of Object.entries(passwords))
      expect(await opens(`${name}@app.example`, password), name).toBe('SignInPayload')
    expect(await opens('blocked@app.example', vector('BCRYPT').password)).toBe('AccountBlockedError')
    expect(await accountOf('argon2@app.example')).toMatchObject({
      preferences: { theme: 'pink' },
      emailVerifiedAt: app.clock.now(),
    })
    expect(await accountOf('plain@app.example')).toMatchObject({ labels: ['vip'], preferences: {} })
  })

  it('makes operators only where that was said', async () => {
    const { report } = await takeFile('boss.ndjson', lines(user('boss', { labels: ['admin'] })), {
      from: 'appwrite',
      admitAdmins: true,
    })
    expect(report).toMatchObject({ imported: 1 })
    expect(await accountOf('boss@app.example')).toMatchObject({ labels: ['admin'] })
  })
})

describe('lines of Auth0 and of Better Auth', () => {
  it('go in', async () => {
    const auth0 = lines(
      {
        _id: { $oid: '60425dc43519d90068f82973' },
        email: 'a@auth0.example',
        email_verified: true,
        name: 'a@auth0.example',
        passwordHash: vector('BCRYPT', 3).given.hash,
      },
      {
        user_id: 'auth0|2',
        email: 'b@auth0.example',
        name: 'Bea',
        blocked: true,
        created_at: { $date: '2020-01-01T00:00:00.000Z' },
      },
    )
    expect((await takeFile('auth0.ndjson', auth0, { from: 'auth0' })).report).toMatchObject({ imported: 2, refused: 0 })
    expect(await opens('a@auth0.example', vector('BCRYPT', 3).password)).toBe('SignInPayload')
    expect(await accountOf('a@auth0.example')).toMatchObject({ name: null })
    expect(await accountOf('b@auth0.example')).toMatchObject({
      name: 'Bea',
      blockedAt: app.clock.now(),
      createdAt: new Date('2020-01-01'),
    })

    const salt = '0123456789abcdef0123456789abcdef'
    const key = scryptSync('ｗide password'.normalize('NFKC'), salt, 64, { N: 16_384, r: 16, p: 1, maxmem: 2 ** 26 }).toString(
      'hex',
    )
    const betterAuth = lines(
      {
        id: 'b1',
        email: 'a@better.example',
        emailVerified: true,
        name: 'A',
        createdAt: '2024-01-01T00:00:00.000Z',
        password: `${salt}:${key}`,
      },
      {
        id: 'b2',
        email: 'b@better.example',
        email_verified: true,
        banned: true,
        ban_expires: '2001-01-01T00:00:00Z',
        password: null,
      },
    )
    expect((await takeFile('better.jsonl', betterAuth, { from: 'better-auth' })).report).toMatchObject({
      imported: 2,
      refused: 0,
    })
    expect(await opens('a@better.example', 'ｗide password')).toBe('SignInPayload')
    expect(await accountOf('b@better.example')).toMatchObject({ blockedAt: null, emailVerifiedAt: app.clock.now() })
  })
})

describe('a file of our own', () => {
  it('goes in as lines, as one document and as CSV, all alike', async () => {
    const row = (name: string) => ({
      externalId: name,
      email: `${name}@own.example`,
      emailVerified: true,
      labels: ['a', 'b c'],
      locale: 'de-AT',
      preferences: { n: 1 },
      blocked: true,
      createdAt: '2021-02-03T04:05:06+02:00',
      password: { format: 'PBKDF2', hash: 'ab'.repeat(32), salt: 'c2FsdA==', iterations: 1_000, digest: 'sha256' },
    })
    const csv = `email,emailVerified,labels,locale,preferences,blocked,createdAt,password.format,password.hash,password.salt,password.iterations,password.digest
csv@own.example,true,a;b c,de-AT,"{""n"": 1}",true,2021-02-03T04:05:06+02:00,PBKDF2,${'ab'.repeat(32)},c2FsdA==,1000,sha256\n`
    await takeFile('own.ndjson', lines(row('lines')))
    await takeFile('own.json', JSON.stringify([row('list')]))
    await takeFile('own.csv', csv)
    const hashes: string[] = []
    for (const name of ['lines', 'list', 'csv']) {
      const account = await accountOf(`${name}@own.example`)
      expect(account).toMatchObject({ labels: ['a', 'b c'], locale: 'de-AT', preferences: { n: 1 }, blockedAt: app.clock.now() })
      expect(account.createdAt).toEqual(new Date('2021-02-03T02:05:06Z'))
      hashes.push((await db.read.password.findUniqueOrThrow({ where: { accountId: account.id } })).hash)
    }
    expect(new Set(hashes).size).toBe(1)
  })

  it('has each hostile row refused, with a reason that repeats nothing of it, and the others taken in', async () => {
    const good = (name: string) => JSON.stringify({ email: `${name}@hostile.example` })
    const password = (more: Record<string, unknown>) => ({
      email: 'x@hostile.example',
      password: { format: 'MD5', hash: 'ab'.repeat(16), ...more },
    })
    const secret = 'S3CR3T'
    const rows: readonly (readonly [text: string, error: RegExp | null])[] = [
      [good('first'), null],
      [
        `{"email":"x@hostile.example","password":{"format":"MD5","hash":"${secret.repeat(1_747_626)}"}}`,
        /Has more than 1,048,576 bytes/,
      ],
      [JSON.stringify(password({ hash: secret.repeat(100_000) })), /password\.hash: Must be at most 4,096 characters/],
      [JSON.stringify(password({ hash: `${secret}\u0000` })), /password\.hash/],
      [JSON.stringify(password({ format: 'PBKDF2', digest: 'sha1', salt: 'c2FsdA==', iterations: 1e9 })), /more than 2 s/],
      [JSON.stringify(password({ format: 'CRYPT' })), /password\.format/],
      [JSON.stringify(password({ iterations: 1.5 })), /password\.iterations/],
      [JSON.stringify({ email: 'x\u0000@hostile.example' }), /email: This is not/],
      [JSON.stringify({ email: 'x@hostile.example', hash: secret }), /"hash": There is no such field/],
      [`{"email":"x@hostile.example","${'k'.repeat(100_000)}":1}`, /^.{1,200}$/],
      [`{"email":"x@hostile.example","preferences":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`, /nested at most 64/],
      ['{"__proto__":{"email":"x@hostile.example"}}', /There is no such field/],
      ['["x@hostile.example"]', /Is no JSON object/],
      [`${secret}`, /Is no JSON object in UTF-8/],
      ['null', /Is no JSON object/],
      [good('last'), null],
    ]
    const text = Buffer.concat([
      Buffer.from(`\n${rows.map(([row]) => row).join('\n\n')}\n`),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]), // no UTF-8
    ])
    const { report, refused } = await takeFile('hostile.ndjson', text)
    const bad = rows.flatMap(([, error], row) => (error === null ? [] : [{ row, error }]))
    expect(report).toMatchObject({ rows: rows.length + 1, imported: 2, refused: bad.length + 1 })
    expect(refused.map(({ row }) => row)).toEqual([...bad.map(({ row }) => row), rows.length])
    for (const [index, { error }] of bad.entries()) expect(refused[index]?.error).toMatch(error)
    expect(refused.every(({ error }) => error.startsWith('INVALID_INPUT: '))).toBe(true)
    expect(JSON.stringify(refused)).not.toContain(secret)
  })

  it('stops where it is no file of its kind at all, and keeps what went in before', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({ email: `cut${index}@own.example` }))
    const cut = JSON.stringify(many).slice(0, -5)
    await expect(takeFile('cut.json', cut)).rejects.toThrow('ends in the middle')
    expect(await db.read.account.count({ where: { email: { startsWith: 'cut' } } })).toBe(1_000)
    await expect(takeFile('crossed.json', '[{"email":"x@own.example"]}')).rejects.toThrow('brackets do not match')
    await expect(takeFile('quote.csv', 'email\n"x@own.example\n')).rejects.toThrow(/no CSV from line \d+ on \(CSV_\w+\)/)
    const { refused } = await takeFile('cells.csv', 'email,name\na@cells.example\nb@cells.example,B\nc@cells.example,C,D\n')
    expect(refused.map(({ row, error }) => [row, error])).toEqual([
      [0, 'INVALID_INPUT: row: Has 1 cells where there are 2 columns.'],
      [2, 'INVALID_INPUT: row: Has 3 cells where there are 2 columns.'],
    ])
  })

  it('writes nothing in a dry run, is not taken in twice, and is looked at again when that is said', async () => {
    const content = lines({ email: 'dry@own.example' }, { email: 'nobody' })
    const before = [await db.read.account.count(), await db.read.event.count(), await db.read.import.count()]
    const dry = await takeFile('dry.ndjson', content, { dryRun: true })
    expect(dry.report).toMatchObject({ rows: 2, imported: 1, refused: 1, wasFinished: false })
    expect([await db.read.account.count(), await db.read.event.count(), await db.read.import.count()]).toEqual(before)
    expect((await takeFile('dry.ndjson', content)).report).toMatchObject({ imported: 1, wasFinished: false })
    expect((await takeFile('moved.ndjson', content)).report).toMatchObject({
      rows: 2,
      imported: 1,
      refused: 1,
      wasFinished: true,
    })
    const again = await takeFile('dry.ndjson', content, { restart: true })
    expect(again.report).toMatchObject({ imported: 0, refused: 2 })
    expect(again.refused.map(({ error }) => error.split(':')[0])).toEqual(['EMAIL_TAKEN', 'INVALID_INPUT'])
    const events = await db.read.event.findMany({ where: { type: 'account.created', actorKind: 'SYSTEM' } })
    expect(events.length).toBeGreaterThan(1_000)
    expect(new Set(events.map(({ details }) => JSON.stringify(details)))).toEqual(new Set(['{"by":"IMPORT"}']))
  })
})

describe('the command', () => {
  const defaults = { format: undefined, hashConfig: undefined, dryRun: false, restart: false, admitAdmins: false }
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  /** What a run says, and whether every row is in. @param isTerminal whether somebody watches. */
  const run = async (path: string, options: Partial<Parameters<typeof readImport>[0]> = {}, isTerminal = false) => {
    const wish = await readImport({ ...defaults, path, from: 'gatehouse', ...options })
    if ('refused' in wish) throw new Error(wish.refused)
    const said = { out: '', err: '' }
    const hear = (name: 'out' | 'err') => (text: string | Uint8Array) => {
      said[name] += text
      return true
    }
    const out = vi.spyOn(process.stdout, 'write').mockImplementation(hear('out'))
    const err = vi.spyOn(process.stderr, 'write').mockImplementation(hear('err'))
    const before = process.stderr.isTTY
    process.stderr.isTTY = isTerminal
    const isIn = await runImport(app.app, wish).finally(() => {
      process.stderr.isTTY = before
      out.mockRestore()
      err.mockRestore()
    })
    return { ...said, isIn }
  }

  it('says one line for programs, shows a bar on a terminal, and knows a file it has taken in', async () => {
    const file = write('good.ndjson', lines({ email: 'ada@command.example' }, { email: 'bob@command.example' }))
    expect(await run(file, {}, true)).toEqual({
      isIn: true,
      out: '2 rows, 2 imported, 0 refused\n',
      err: `\r[${'#'.repeat(30)}] 100 %  2 rows, 2 in, 0 refused\n`,
    })
    expect(readdirSync(folder).filter((name) => name.startsWith('good'))).toEqual(['good.ndjson'])
    const again = await run(file)
    expect(again).toMatchObject({ isIn: true, out: '2 rows, 2 imported, 0 refused\n' })
    expect(again.err).toContain('was taken in before')
    const dry = await run(file, { dryRun: true })
    expect(dry).toEqual({ isIn: false, out: `2 rows, 0 would go in, 2 refused: see ${file}.dry-run.refused.ndjson\n`, err: '' })
  })

  it('says what is wrong with a file that is broken, and does not end in a stack', async () => {
    const broken = await run(write('broken.json', '[{"email":"dora@command.example"}'))
    expect(broken).toMatchObject({ isIn: false, out: '' })
    expect(broken.err).toMatch(/^The file ends in the middle of its JSON\. .*Mend the file[^\n]*\n$/)
  })

  it('refuses what makes no sense before the database is opened', async () => {
    const file = write('users.json', '[]')
    const config = write('config.txt', 'nothing of the kind')
    const cases: readonly (readonly [options: Partial<Parameters<typeof readImport>[0]>, unreadable: boolean])[] = [
      [{ from: 'constructor' }, false],
      [{ format: 'xml' }, false],
      [{ path: write('users', '[]') }, false],
      [{ from: 'firebase' }, false],
      [{ from: 'firebase', hashConfig: config }, false],
      [{ from: 'firebase', hashConfig: `${config}.missing` }, true],
      [{ path: `${file}.missing`, format: 'json' }, true],
    ]
    for (const [options, unreadable] of cases)
      expect(await readImport({ ...defaults, path: file, from: 'gatehouse', ...options })).toEqual({
        refused: expect.any(String),
        unreadable,
      })
  })
})
