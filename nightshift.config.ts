/**
 * What `npm start` runs in this repository: the engines that come with nightshift.
 *
 * `api-health` asks every minute whether the service answers; `resources` looks at memory, event loop and disk.
 * `backup`, `log-cleanup`, `log-analysis`, `daily-report` and `updates` keep house at night: see docs/housekeeping.md.
 *
 * Put jobs of your own under `engines`; `npx nightshift init` shows how in a folder of its own.
 */
import { defineConfig } from 'nightshift';

export default defineConfig({
  builtIn: {
    health: { urls: [] },
    resources: { memory: '1GB', eventLoopDelay: '1s', disk: '500MB' },
    backup: { keep: { daily: 7, weekly: 4 } },
    logCleanup: { keepLedger: '90d' },
  },
  engines: [],
});
