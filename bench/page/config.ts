/**
 * The configuration behind the page that is measured: thousands of engines that make a hundred transitions a second, and one whose
 * changes of state are timed.
 */

export const engineCount = 5_000;
/** All but the one whose changes are timed. */
export const jobs: readonly string[] = Array.from(
  { length: engineCount - 1 },
  (_, n) => `job-${String(n + 1).padStart(4, '0')}`,
);
export const jobEveryMs = 250_000;
/** Begun, three steps, ended. */
export const transitionsPerRun = 5;
/** It runs when it is triggered, and stands first in every list of names. */
export const probe = 'a-probe';
/** So long it runs, and rests at least, ms: a change that is over before it is seen is never seen. */
export const probeRunMs = 500;

/** Of a config file. */
export const configText = `
import { setTimeout as sleep } from 'node:timers/promises';
import { defineConfig, engine } from 'nightshift';

const job = (id) =>
  engine(id, {
    every: '${jobEveryMs}ms',
    jitter: '${jobEveryMs}ms',
    async run({ step, runId }) {
      const found = await step('find', () => sleep(40, { items: [runId, 'a', 'b'] }));
      const text = await step('render', () => sleep(20, found.items.length + ' items of ' + runId));
      return step('publish', () => ({ published: text }));
    },
  });

export default defineConfig({
  engines: [
    engine('${probe}', {
      async run() {
        await sleep(${probeRunMs});
        return { done: true };
      },
    }),
    ...${JSON.stringify(jobs)}.map(job),
  ],
});
`;

export const lastJob = jobs.at(-1) as string;
