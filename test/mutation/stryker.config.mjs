/** `npm run mutation`: changes the policy of passwords and attempts, one operator at a time, and looks whether a test notices. docs/mutation.md tells what came of it. */
import { readFileSync } from 'node:fs'

/** From where a file decides something: what stands above is a list of names. */
const decisionsOf = (path, first) => {
  const lines = readFileSync(path, 'utf8').split('\n')
  return `${path}:${lines.findIndex((line) => line.startsWith(first)) + 1}-${lines.length - 1}`
}

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  mutate: [
    ...['passwords', 'personal', 'folding', 'dictionary', 'strength', 'limits'].map((name) => `src/policy/${name}.ts`),
    decisionsOf('src/policy/mail-providers.ts', 'export const domainNameOf'),
  ],
  ignorePatterns: [
    '/bench',
    '/data',
    '/dist',
    '/docs',
    '/prisma',
    '/src/features',
    '/src/http',
    '/src/client',
    '/src/ports',
    '/src/graphql',
  ],
  concurrency: 2,
  timeoutMS: 20_000, // all tests take a tenth of a second: a busy machine must not count as a test that noticed
  coverageAnalysis: 'perTest',
  reporters: ['clear-text', 'json', 'progress-append-only'],
  jsonReporter: { fileName: 'data/mutation.json' },
  clearTextReporter: { allowColor: false, reportTests: false },
  tempDirName: 'data/mutation',
  thresholds: { high: 100, low: 95, break: 90 },
}
