/** The tests of the policy by examples: those by chance and by the clock take long and find no more. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['passwords', 'personal', 'folding', 'dictionary', 'strength', 'limits'].map(
      (name) => `test/policy/${name}.test.ts`,
    ),
    testTimeout: 30_000,
  },
})
