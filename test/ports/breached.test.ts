import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { BREACH_CHECK } from '../../src/policy/bounds.ts'
import { blockOf, everyBit } from '../../src/ports/breached/filter.ts'
import { buildFilter } from '../../src/ports/breached/filter-builder.ts'
import { type Breached, openBreached } from '../../src/ports/breached/index.ts'
import type { Log } from '../../src/ports/log.ts'
import { type Misdeed, rangeServer, sha1Of } from '../support/range.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-breached-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string): string => join(folder, name)

const KNOWN = ['letmein2day', 'пароль123', 'known from breaches', '\u0000']
const UNKNOWN = ['correct horse battery', 'letmein2day ', '']

/** What was logged: the level, and the words. */
const listener = () => {
  const lines: string[] = []
  const write = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void lines.push(
      `${level} ${message} ${Object.keys(fields).join()} ${fields.error instanceof Error ? fields.error.stack : ''}`,
    )
  const log: Log = { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') }
  return { log, lines }
}

const listOf = (passwords: readonly string[]): string => passwords.map((password) => `${sha1Of(password)}:7\r\n`).join('')

const filterOf = (name: string, list: string, falsePositives = 0.0001): string => {
  writeFileSync(file(`${name}.txt`), list)
  buildFilter(file(`${name}.txt`), file(`${name}.filter`), falsePositives)
  return file(`${name}.filter`)
}

const server = await rangeServer(KNOWN, ['only padding'])

describe.each<[string, () => Breached]>([
  ['a filter file', () => openBreached({ kind: 'filter', path: filterOf('contract', listOf(KNOWN)) }, listener().log)],
  ['a range server', () => openBreached({ kind: 'range', url: server.url }, listener().log)],
])('%s', (_name, open) => {
  const breached = open()
  afterAll(breached.close)

  it('knows every password of its list, and no other', async () => {
    expect(breached.isConfigured).toBe(true)
    expect(await Promise.all(KNOWN.map(breached.has))).toEqual(KNOWN.map(() => true))
    expect(await Promise.all(UNKNOWN.map(breached.has))).toEqual(UNKNOWN.map(() => false))
  })
})

describe('without a source', () => {
  it('nobody can say', async () => {
    const breached = openBreached({ kind: 'none' }, listener().log)
    expect([breached.isConfigured, await breached.has('password')]).toEqual([false, null])
    breached.close()
  })
})

describe('a range server', () => {
  it('is told five hex digits of the hash and nothing else, asked to pad, and its padding is not believed', async () => {
    const breached = openBreached({ kind: 'range', url: server.url }, listener().log)
    server.asked.length = 0
    expect(await breached.has('only padding')).toBe(false)
    expect(server.asked).toEqual([{ path: `/mirror/range/${sha1Of('only padding').slice(0, 5)}`, padding: 'true' }])
  })

  it.each<Misdeed>(['broken', 'page', 'cut', 'endless', 'moved'])(
    'that is %s cannot say; that is logged once, and once when it is over',
    async (how) => {
      const { log, lines } = listener()
      const breached = openBreached({ kind: 'range', url: server.url }, log)
      server.misbehave(how)
      for (const password of KNOWN) expect(await breached.has(password)).toBeNull()
      server.misbehave('none')
      expect(await breached.has('letmein2day')).toBe(true)
      expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'info'])
      for (const secret of [...KNOWN, sha1Of(KNOWN[0] ?? '').slice(0, 5)]) expect(lines.join()).not.toContain(secret)
    },
  )

  it('that is dead cannot say, and is asked again', async () => {
    const breached = openBreached({ kind: 'range', url: server.url }, listener().log)
    await server.close()
    expect(await breached.has('letmein2day')).toBeNull()
    await server.reopen()
    expect(await breached.has('letmein2day')).toBe(true)
  })

  it(`that is silent cannot say after ${BREACH_CHECK.timeoutMs} ms, and no more than ${BREACH_CHECK.concurrent} wait for it`, async () => {
    const breached = openBreached({ kind: 'range', url: server.url }, listener().log)
    server.misbehave('silent')
    server.asked.length = 0
    const began = performance.now()
    const waiting = Array.from({ length: BREACH_CHECK.concurrent }, (_, index) => breached.has(`password ${index}`))
    expect(await breached.has('one more')).toBeNull()
    expect(performance.now() - began).toBeLessThan(BREACH_CHECK.timeoutMs)
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => null))
    expect(server.asked).toHaveLength(BREACH_CHECK.concurrent)
    server.misbehave('none')
    expect(await breached.has('letmein2day')).toBe(true)
  })
})

describe('a filter file', () => {
  const hashes = Array.from({ length: 10_000 }, () => randomBytes(20))
  const inHex = hashes.map((hash) => hash.toString('hex'))

  it.each([0.01, 0.001])('finds every hash of its list, and others at no more than the rate of %f', (rate) => {
    const path = filterOf(`rate ${rate}`, `${inHex.join('\n')}\n`, rate)
    const [, json = '{}'] = readFileSync(path).subarray(0, 4_096).toString('latin1').split('\n')
    const { blocks, probes } = JSON.parse(json)
    const content = readFileSync(path)
    const isFound = (sha1: Uint8Array): boolean => {
      const at = 4_096 * (1 + blockOf(sha1, blocks))
      return everyBit(sha1, probes, (byte, mask) => ((content[at + byte] ?? 0) & mask) !== 0)
    }
    expect(hashes.filter((hash) => !isFound(hash))).toEqual([])
    const others = 50_000
    let found = 0
    for (let n = 0; n < others; n++) if (isFound(randomBytes(20))) found++
    expect(found / others).toBeLessThan(rate + 3 * Math.sqrt(rate / others))
    expect(content.length).toBeLessThan((10_000 * 1.6 * -Math.log2(rate)) / 8 + 2 * 4_096)
  })

  it('is the same from a list in any order, in either case, with and without counts', () => {
    const sorted = filterOf('sorted', inHex.toSorted().join('\n'))
    const mixed = filterOf(
      'mixed',
      inHex.map((hash, index) => (index % 2 === 0 ? `${hash.toUpperCase()}:${index}` : hash)).join('\r\n\r\n'),
    )
    expect(readFileSync(sorted).equals(readFileSync(mixed))).toBe(true)
    expect(readFileSync(sorted).toString('latin1', 0, 60)).toContain('"hashes":10000')
  })

  it('is not made of what is no list, says where, and leaves nothing half done', () => {
    for (const [list, problem] of [
      [`${sha1Of('a')}\nletmein2day\n`, 'hash 2 of the list is no SHA-1 in hex'],
      [`${sha1Of('a').slice(1)}:1`, 'hash 1 of the list'],
      ['\n \n', 'no hashes'],
    ] as const) {
      expect(() => filterOf('bad', list)).toThrow(problem)
      expect(() => filterOf('bad', list)).not.toThrow('letmein2day')
    }
    expect(() => buildFilter(file('missing'), file('x.filter'), 0.01)).toThrow('ENOENT')
    expect(readdirSync(folder).filter((name) => /^(bad|x).*(filter|part)$/.test(name))).toEqual([])
  })

  it('is refused at the start when it is something else, or cut, and cannot say when it is cut later', async () => {
    const path = filterOf('cut', listOf(KNOWN))
    const { log, lines } = listener()
    const breached = openBreached({ kind: 'filter', path }, log)
    truncateSync(path, 5_000)
    expect(await breached.has('letmein2day')).toBeNull()
    expect(lines).toEqual([expect.stringContaining('warn')])
    breached.close()
    for (const content of ['', 'no filter', `gatehouse breach filter 1\n{"blocks":1}\n${'x'.repeat(8_140)}`, 'x'.repeat(8_192)]) {
      writeFileSync(path, content)
      expect(() => openBreached({ kind: 'filter', path }, log), content.slice(0, 20)).toThrow()
    }
    expect(() => openBreached({ kind: 'filter', path: file('missing') }, log)).toThrow()
    expect(() => openBreached({ kind: 'filter', path: folder }, log)).toThrow()
  })
})
