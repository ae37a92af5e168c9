import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { forgetUnused } from './test/compiled.ts';

/** What leaves nothing behind in its process: its files share one, which loads the source once. Two replace modules of Node's. */
const tidy = [
  'config',
  'dashboard',
  'doctor',
  'inspector',
  'machines',
  'moving-in',
  'persistence',
  'policies',
  'shadow',
  'telemetry',
  'watchdog',
].map((folder) => `test/${folder}/**/!(same-token|without-links).test.ts`);
/** Goes by the clock on the wall, and a busy machine would be one more thing that it has to heal from: it runs when all others have. */
const timed = ['test/demo/demo.test.ts'];
const conditions = ['nightshift-source'];
const compiled = join(import.meta.dirname, 'node_modules/.compiled');
forgetUnused(compiled, Date.now());

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Whatever process a test starts finds the source compiled, as the command does by itself.
    env: { NODE_COMPILE_CACHE: compiled },
    // Ends what hangs. A machine that others use as well takes three times as long as a quiet one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Many of them wait for real processes, disks and times: one more than there are cores keeps those busy.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { extends: true, test: { name: 'tidy', include: tidy, isolate: false } },
      {
        extends: true,
        test: { name: 'whole', include: ['test/**/*.test.ts'], exclude: [...tidy, ...timed] },
      },
      { extends: true, test: { name: 'timed', include: timed, sequence: { groupOrder: 1 } } },
    ],
  },
});
