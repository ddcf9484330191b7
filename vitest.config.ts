import { defineConfig } from 'vitest/config'

const defaults = {
  pool: 'forks' as const,
  testTimeout: 30_000,
  hookTimeout: 120_000,
  globalSetup: ['test/support/setup.ts'],
  // What is waited for comes as fast as the machine is: a busy one must not fail a test.
  expect: { poll: { timeout: 10_000 } },
}
const ignored = ['**/node_modules/**', '.cache/**', '.services/**']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...defaults,
          name: 'parts',
          include: ['{contract,lib,ports,gateway,core,consumer,bin,bench}/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...ignored, 'test/e2e/**'],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...defaults,
          // Whole products share one broker and two cores, so they run one at a time, after the parts.
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ignored,
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
