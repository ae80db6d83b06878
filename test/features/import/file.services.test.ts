/** `gatehouse import` on a long file: killed in the middle, started again, nothing twice and nothing left out. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { addressOf, isBad, passwordOf, writeRows } from '../../../bench/kit/import-rows.ts'
import { SOURCES } from '../../../src/features/import/sources.ts'
import { openAccountFile, openRefusals } from '../../../src/ports/account-file/index.ts'
import { VECTORS } from '../../ports/imported.vectors.ts'
import { as, openScene } from '../session/crash.ts'

const ROWS = 20_000

const scene = await openScene()
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-import-'))
afterAll(async () => {
  await scene.close()
  rmSync(folder, { recursive: true, force: true })
})

const lengthOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

describe(`a file of ${ROWS} accounts`, () => {
  it('goes in once, in every format, although the import is killed in the middle', { timeout: 300_000 }, async () => {
    const file = join(folder, 'users.ndjson')
    const refusedFile = `${file}.refused.ndjson`
    const bad = await writeRows(file, ROWS)

    const killed = scene.command('import', file)
    await expect.poll(() => lengthOf(refusedFile), { timeout: 60_000, interval: 5 }).toBeGreaterThan(2_000)
    killed.child.kill('SIGKILL')
    expect(await killed.ended).toBeNull()
    const halfway = await scene.here(async ({ db }) => {
      const { rows, imported } = await db.read.import.findFirstOrThrow()
      expect(await db.read.account.count()).toBe(imported) // what is in is what is written down, whenever it was killed
      return rows
    })
    expect(halfway).toBeGreaterThan(0)
    expect(halfway).toBeLessThan(ROWS)

    const resumed = scene.command('import', file)
    expect(await resumed.ended).toBe(65)
    expect(resumed.said.err).toContain(`Went on behind row ${(halfway - 1).toLocaleString('en-US')}`)
    expect(resumed.said.out).toBe(`${ROWS} rows, ${ROWS - bad} imported, ${bad} refused: see ${refusedFile}\n`)
    const refused = readFileSync(refusedFile, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const badRows = Array.from({ length: ROWS }, (_, row) => row).filter(isBad)
    expect(refused.map(({ row, externalId }) => [row, externalId])).toEqual(badRows.map((row) => [row, `there-${row}`]))
    expect(new Set(refused.map(({ error }) => error))).toEqual(new Set(['INVALID_INPUT: email: This is not an e-mail address.']))

    const again = scene.command('import', file)
    expect(await again.ended).toBe(65)
    expect(again.said.err).toContain('was taken in before')

    await scene.here(async ({ db }, url) => {
      expect(await db.read.account.count()).toBe(ROWS - bad)
      expect(await db.read.password.count()).toBe(ROWS - bad)
      expect(await db.read.event.count({ where: { type: 'account.created' } })).toBe(ROWS - bad)
      const formats = new Map(VECTORS.map(({ given }, index) => [given.format, index + VECTORS.length * 10]))
      const sample = [...formats.values()].filter((row) => !isBad(row))
      expect(sample.length).toBeGreaterThan(15)
      for (const row of sample) {
        const { data } = await as(url).gql(
          'mutation ($input: SignInWithPasswordInput!) { signInWithPassword(input: $input) { __typename } }',
          { input: { email: addressOf(row), password: passwordOf(row).password, transport: 'TOKEN' } },
        )
        expect(data.signInWithPassword.__typename, JSON.stringify(passwordOf(row))).toBe('SignInPayload')
        const where = { account: { email: addressOf(row) } }
        const hash = async (): Promise<string> => (await db.read.password.findFirstOrThrow({ where })).hash
        await expect.poll(hash, { message: passwordOf(row).given.format }).toMatch(/^\$argon2id\$v=19\$m=19,t=2,p=1\$/) // ours, at this run's price
      }
    })
    const verify = scene.command('verify-events')
    expect(await verify.ended).toBe(0)
    expect(verify.said.out).toMatch(/^\d+ events, \d+ checkpoints, 0 problems\n$/)
  })
})

describe('a file that two processes take in at once', () => {
  it('goes in once: the one that comes second says so and has written nothing', { timeout: 60_000 }, async () => {
    const path = join(folder, 'twice.ndjson')
    writeFileSync(path, Array.from({ length: 2_500 }, (_, row) => `{"email":"twice${row}@import.example"}\n`).join(''))
    await scene.here(async ({ db, fileImports }) => {
      const run = async (name: string) => {
        const [file, refusals] = [await openAccountFile(path, 'ndjson'), await openRefusals(join(folder, name))]
        const read = SOURCES.gatehouse({ now: new Date(), firebase: null })
        const wish = { file, read, refusals, name: file.fingerprint, dryRun: false, restart: false, admitAdmins: false }
        return fileImports.run({ ...wish, onProgress: () => undefined }).finally(refusals.close)
      }
      const runs = await Promise.allSettled([run('first.refused'), run('second.refused')])
      const lost = runs.filter((result) => result.status === 'rejected')
      expect(lost.map(({ reason }) => reason.message)).toEqual(['Another process is taking in the same file.'])
      const [report] = runs.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      expect(report).toMatchObject({ rows: 2_500, imported: 2_500, refused: 0 })
      expect(await db.read.account.count({ where: { email: { startsWith: 'twice' } } })).toBe(2_500)
    })
  })
})
