import { defineConfig } from 'vitest/config';

const shared = {
  pool: 'threads',
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // The default, one second, is short on a busy machine.
  expect: { poll: { timeout: 30_000 } },
} as const;

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.ts'],
    // The default is one worker on two cores, but most tests wait for servers, disks and child processes.
    maxWorkers: 4,
    coverage: { include: ['src/**/*.ts'], exclude: ['src/sandbox/**'], reporter: ['text'] },
    projects: [
      { test: { ...shared, name: 'program', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**'] } },
      { test: { ...shared, name: 'browser', include: ['test/e2e/**/*.test.ts'] } },
    ],
  },
});
