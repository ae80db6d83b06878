import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BadConfiguration, parseConfig } from '../src/config.ts'

const problemsOf = (env: Record<string, string>): Record<string, string> => {
  try {
    parseConfig(env)
    return {}
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error
    return Object.fromEntries(error.problems.map(({ variable, problem }) => [variable, problem]))
  }
}

const KEY = Buffer.alloc(32, 7).toString('base64')

/** Everything wrong at once, each with a value that must not be repeated. */
const WRONG = {
  PORT: 'SECRET-port',
  PUBLIC_URL: 'SECRET-public',
  DATABASE_URL: 'mysql://root:SECRET-database@host/db',
  REDIS_URL: 'http://:SECRET-redis@host',
  ALLOWED_ORIGINS: 'https://ok.example.com, https://SECRET-origin.example.com/path',
  ALLOWED_REDIRECTS: 'SECRET-redirect',
  TRUSTED_PROXIES: '10.0.0.0/8, SECRET-proxy',
  COOKIE_SAME_SITE: 'SECRET-site',
  ENCRYPTION_KEYS: 'a:SECRET-key',
  PASSWORD_PEPPERS: 'none,SECRET-pepper',
  SMTP_URL: 'smtp://user:SECRET-password@host/?pool=SECRET-option',
  MAIL_FROM: 'SECRET-sender',
  BREACHED_RANGE_URL: 'https://user:SECRET-user@host',
  GRAPHIQL: 'SECRET-graphiql',
  INTROSPECTION: 'SECRET-introspection',
  ALLOW_EMBEDDED: 'SECRET-embedded',
  DEV_CLOCK: 'SECRET-clock',
  MAX_SOCKETS_PER_IP: 'SECRET-sockets',
  LOG_LEVEL: 'SECRET-level',
}

describe('a configuration', () => {
  it('needs nothing in development', () => {
    expect(parseConfig({})).toMatchObject({
      production: false,
      port: 4000,
      publicUrl: null,
      database: { kind: 'embedded', folder: './data' },
      redisUrl: null,
      cookieSameSite: 'lax',
      graphiql: true,
      introspection: true,
      devClock: false,
      maxSocketsPerIp: 100,
      logLevel: 'info',
    })
  })

  it('takes an empty variable for one that is not set', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: '', LOG_LEVEL: '' })).toEqual(parseConfig({}))
  })

  it('is frozen', () => {
    expect(Object.isFrozen(parseConfig({}))).toBe(true)
  })

  it('reads lists, addresses and keys', () => {
    const config = parseConfig({
      PUBLIC_URL: 'https://auth.example.com',
      DATABASE_URL: 'postgresql://host/db',
      REDIS_URL: 'rediss://host',
      ALLOWED_ORIGINS: ' https://a.example.com,https://b.example.com ,',
      TRUSTED_PROXIES: '10.0.0.0/8,2001:db8::/32,192.0.2.1',
      ENCRYPTION_KEYS: `new:${KEY},old:${KEY}`,
      PASSWORD_PEPPERS: `none,2026-11:${KEY}`,
      PORT: '0',
      MAX_SOCKETS_PER_IP: '1',
    })
    expect(config.allowedOrigins).toEqual(['https://a.example.com', 'https://b.example.com'])
    expect(config.trustedProxies).toEqual(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'])
    expect(config.encryptionKeys.map(({ id, key }) => [id, key.length])).toEqual([
      ['new', 32],
      ['old', 32],
    ])
    expect(config.passwordPeppers.map((pepper) => pepper?.id)).toEqual([undefined, '2026-11'])
    expect(config).toMatchObject({ port: 0, maxSocketsPerIp: 1, database: { kind: 'postgres' } })
  })

  it('names every problem at once and never a value', () => {
    const problems = problemsOf(WRONG)
    expect(Object.keys(problems).sort()).toEqual(Object.keys(WRONG).sort())
    expect(JSON.stringify(problems)).not.toContain('SECRET')
  })

  it.each([
    ['PORT', ['65536', '-1', '4e3', '80.5', ' 80']],
    ['PUBLIC_URL', ['auth.example.com', 'ftp://auth.example.com']],
    ['ALLOWED_ORIGINS', ['*', 'https://a.example.com/', 'a.example.com', 'null']],
    [
      'ALLOWED_REDIRECTS',
      ['app.example.com', 'http://app.example.com/x', 'https://app.example.com/?a=b', 'https://a@b.example/', 'app://x'],
    ],
    ['TRUSTED_PROXIES', ['10.0.0.0/33', 'proxy.example.com', '*']],
    ['ENCRYPTION_KEYS', [KEY, `:${KEY}`, `a:${KEY.slice(4)}`]],
    [
      'BREACHED_RANGE_URL',
      ['range.example.com', 'ftp://range.example.com', 'https://range.example.com/?key=1', 'https://a@b.example'],
    ],
    [
      'PASSWORD_PEPPERS',
      [KEY, `:${KEY}`, `a:${KEY.slice(4)}`, `a b:${KEY}`, `${'x'.repeat(33)}:${KEY}`, 'None', `a:${KEY},a:${KEY}`],
    ],
    ['MAX_SOCKETS_PER_IP', ['0', '-1', '1.5', 'many']],
    ['COOKIE_SAME_SITE', ['None', 'off']],
    ['DEV_CLOCK', ['maybe']],
    ['MAIL_FROM', ['door', 'Door door@example.com', 'Door <door>', 'a@example.com, b@example.com', 'A\r\nBcc: <a@example.com>']],
  ])('%s does not take %j', (variable, values) => {
    for (const value of values) expect(Object.keys(problemsOf({ [variable]: value }))).toEqual([variable])
  })

  it('asks one source of breached passwords, or none', () => {
    expect(parseConfig({}).breached).toEqual({ kind: 'none' })
    expect(parseConfig({ BREACHED_FILTER: './breached.filter' }).breached).toEqual({ kind: 'filter', path: './breached.filter' })
    const BREACHED_RANGE_URL = 'https://range.example.com/mirror'
    expect(parseConfig({ BREACHED_RANGE_URL }).breached).toEqual({ kind: 'range', url: BREACHED_RANGE_URL })
    expect(Object.keys(problemsOf({ BREACHED_RANGE_URL, BREACHED_FILTER: 'x' }))).toEqual(['BREACHED_RANGE_URL'])
  })

  it('sends mails over SMTP from a sender, keeps them in the mailbox, or in production lets them wait', () => {
    const SMTP_URL = 'smtps://user:p%40ss@mail.example.com'
    const from = (MAIL_FROM: string) => {
      const { mailer } = parseConfig({ SMTP_URL, MAIL_FROM })
      return mailer.kind === 'smtp' ? mailer.from : null
    }
    expect(from('Door@Example.com')).toEqual({ name: '', address: 'door@example.com' })
    expect(from(' Our Door <door@example.com> ')).toEqual({ name: 'Our Door', address: 'door@example.com' })
    expect(from('"Door, Inc." <door@example.com>')).toEqual({ name: 'Door, Inc.', address: 'door@example.com' })
    expect(from('<door@bücher.example>')).toEqual({ name: '', address: 'door@xn--bcher-kva.example' })
    expect(parseConfig({ SMTP_URL, MAIL_FROM: 'door@example.com' }).mailer).toMatchObject({
      kind: 'smtp',
      settings: { host: 'mail.example.com', port: 465, user: 'user', password: 'p@ss' },
    })
    expect(problemsOf({ SMTP_URL })).toEqual({ MAIL_FROM: 'is needed with SMTP_URL' })
    expect(parseConfig({}).mailer).toEqual({ kind: 'mailbox' })
    expect(parseConfig({ NODE_ENV: 'production', ALLOW_EMBEDDED: 'true' }).mailer).toEqual({ kind: 'none' })
  })

  it('needs its services, its address and its keys in production', () => {
    expect(Object.keys(problemsOf({ NODE_ENV: 'production' })).sort()).toEqual([
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'PUBLIC_URL',
      'REDIS_URL',
    ])
    expect(problemsOf({ NODE_ENV: 'production', ALLOW_EMBEDDED: 'true' })).toEqual({})
  })

  it('lists what production lacks together with what is malformed', () => {
    expect(Object.keys(problemsOf({ NODE_ENV: 'production', PORT: 'x', DEV_CLOCK: 'true' })).sort()).toEqual([
      'DATABASE_URL',
      'DEV_CLOCK',
      'ENCRYPTION_KEYS',
      'PORT',
      'PUBLIC_URL',
      'REDIS_URL',
    ])
  })

  it.each(['true', '1', 'yes', 'on', 'TRUE'])('takes %s for true everywhere, in production too', (yes) => {
    expect(problemsOf({ NODE_ENV: 'production', ALLOW_EMBEDDED: yes })).toEqual({})
    expect(Object.keys(problemsOf({ NODE_ENV: 'production', ALLOW_EMBEDDED: yes, DEV_CLOCK: yes }))).toEqual(['DEV_CLOCK'])
  })

  it('shows neither schema nor editor in production unless it is told to', () => {
    const production = { NODE_ENV: 'production', ALLOW_EMBEDDED: 'true' }
    expect(parseConfig(production)).toMatchObject({ graphiql: false, introspection: false })
    expect(parseConfig({ ...production, GRAPHIQL: 'true', INTROSPECTION: 'true' })).toMatchObject({
      graphiql: true,
      introspection: true,
    })
  })
})

describe('gatehouse start', () => {
  const start = (variables: Readonly<Record<string, string>>) => {
    const bin = fileURLToPath(new URL('../src/bin.cjs', import.meta.url))
    const { PATH = '', HOME = '' } = process.env
    return spawnSync(process.execPath, [bin, 'start'], { env: { PATH, HOME, ...variables }, encoding: 'utf8' })
  }

  it('lists every problem on standard error and exits 78', () => {
    const { status, stdout, stderr } = start({ NODE_ENV: 'production', ...WRONG })
    for (const variable of Object.keys(WRONG)) expect(stderr).toMatch(new RegExp(`^ {2}${variable} `, 'm'))
    expect(stderr).not.toContain('SECRET')
    expect([status, stdout]).toEqual([78, ''])
  }, 60_000)

  it('lists everything that is wrong with the texts for mails, and exits 78', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-texts-'))
    writeFileSync(join(folder, 'de.json'), '{"mails":{"password-recovery":{"expiry":"SECRET bald","intro":"{"}}}')
    writeFileSync(join(folder, 'nl.json'), '{')
    writeFileSync(join(folder, 'README.txt'), 'is none of them')
    const { status, stdout, stderr } = start({ MAIL_TEXTS: folder })
    rmSync(folder, { recursive: true })
    expect(stderr.slice(stderr.indexOf('The configuration'))).toBe(
      [
        'The configuration has 3 problems:',
        '  MAIL_TEXTS de.json: mails.password-recovery.expiry lacks the placeholder {minutes}',
        '  MAIL_TEXTS de.json: mails.password-recovery.intro is no ICU message',
        '  MAIL_TEXTS nl.json: is no JSON',
        '',
      ].join('\n'),
    )
    expect([status, stdout]).toEqual([78, ''])
    expect(start({ MAIL_TEXTS: folder }).stderr).toContain('  MAIL_TEXTS is no folder whose files can be read\n')
  }, 60_000)
})
