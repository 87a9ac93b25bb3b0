import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    pool: 'threads',
    // Vitest's own default is one worker on two cores; most tests wait for servers, disks and child processes.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A second, vitest's own default, is short on a busy machine; what comes sooner is seen sooner.
    expect: { poll: { timeout: 30_000 } },
    coverage: { include: ['src/**/*.ts'], exclude: ['src/sandbox/**'], reporter: ['text'] },
  },
});
