/** The tests of the policy alone, without those that measure time or chance, or Unicode itself: they notice no change that the others do not. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['passwords', 'personal', 'folding', 'dictionary', 'strength'].map((name) => `test/policy/${name}.test.ts`),
    testTimeout: 30_000,
    testNamePattern: /^(?!.*(?:random passwords|cost little|costs little|once it was normalised)).*$/,
  },
})
