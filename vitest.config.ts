import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['nightshift-source'] },
  ssr: { resolve: { conditions: ['nightshift-source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    testTimeout: 60_000,
    // Most of them wait for real processes and disks.
    maxWorkers: '100%',
  },
});
