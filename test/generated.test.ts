import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { type Results, withResults } from '../bench/kit/report.ts'
import { missingSql } from '../prisma/drift.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const SCHEMA = 'src/graphql/schema.graphql'
const DOCUMENTS = 'src/client/generated'

/** Everything is generated in a copy: a test leaves the checkout as it found it. */
const copy = mkdtempSync(join(tmpdir(), 'gatehouse-codegen-'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const regenerate = (): void => {
  for (const name of ['codegen.ts', 'package.json', 'tsconfig.json']) cpSync(join(root, name), join(copy, name))
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const path of [SCHEMA, DOCUMENTS]) rmSync(join(copy, path), { recursive: true })
  const codegen = createRequire(import.meta.url)
    .resolve('@graphql-codegen/cli/package.json')
    .replace('package.json', 'cjs/bin.js')
  execFileSync(process.execPath, [codegen, '--config', 'codegen.ts'], { cwd: copy, stdio: 'pipe' })
}

const filesIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))

describe('the generated files', () => {
  it('are what `npm run codegen` makes of the schema and the documents as they are', () => {
    regenerate()
    expect(readFileSync(join(root, SCHEMA), 'utf8')).toBe(readFileSync(join(copy, SCHEMA), 'utf8'))
    expect(filesIn(join(root, DOCUMENTS))).toEqual(filesIn(join(copy, DOCUMENTS)))
  }, 60_000)
})

describe('the bench table', () => {
  it.each(['README.md', 'docs/performance.md'])('of %s shows the results that are kept', (page) => {
    const results = JSON.parse(readFileSync(join(root, 'bench/results.json'), 'utf8')) as Results
    const text = readFileSync(join(root, page), 'utf8')
    expect(text).toBe(withResults(text, results))
  })
})

describe('the migrations', () => {
  it('make the tables that schema.prisma describes', async () => {
    expect(await missingSql()).toBe('')
  }, 60_000)
})

describe('the schema', () => {
  const checker = join(root, '../shared/tools/check-contract.mjs')
  const isThere = existsSync(checker)

  // the contract is kept beside the checkout; a clone on its own has nothing to compare with, and its test's name says so
  it(isThere ? 'disagrees with the public contract nowhere' : 'has no contract beside it to disagree with', () => {
    const report = isThere ? execFileSync(process.execPath, [checker, SCHEMA], { cwd: root, encoding: 'utf8' }) : ', 0 disagree'
    expect(report.trimEnd()).toMatch(/, 0 disagree$/)
  })
})
