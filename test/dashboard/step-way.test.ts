import { expect, it } from 'vitest';
import type { EngineConfig } from '../../src/config/config.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { stepWay } from '../../src/dashboard/step-way.ts';
import { defineConfig, engine } from '../../src/index.ts';
import type { LedgerEntry } from '../../src/persistence/ledger.ts';

const config = resolveConfig(
  defineConfig({
    engines: [
      engine('video', {
        async run({ step }) {
          await step('7', () => 1);
          await step('render v1.2', () => 2);
          await step('upload', () => 3, { whenDown: 'skip' });
        },
      }),
    ],
  }),
  {},
  '.',
);
const video = config.engines.get('video') as EngineConfig;
const run = { steps: { 7: 1 }, skipped: ['upload'] };
const ended = { outcome: 'ran', due: null, at: 1, result: 'success', steps: { 7: 20 }, skipped: ['upload'] };
const waited = { outcome: 'skipped', due: null, at: 2 };
const ledger = [ended, waited] as LedgerEntry[];

it('names what is over and under way as the diagram does', () => {
  const begun = { ...run, skipped: [], begun: ['render v1.2'] };
  const present = 'running.render v1·2';
  expect(stepWay(video, { run: begun }, 'running', ledger)).toEqual({ passed: ['running.step 7'], present });
});

it('has nothing under way while the run waits', () => {
  const passed = ['running.step 7', 'running.upload'];
  expect(stepWay(video, { run }, 'backoff', [])).toEqual({ passed, present: null });
});

it('says of an engine at rest what became of its last run, left out steps as well', () => {
  const passed = ['running.step 7', 'running.upload'];
  expect(stepWay(video, { run: null }, 'idle.scheduled', ledger)).toEqual({ passed, present: null });
});

it('has no steps of an engine that the config does not have', () => {
  expect(stepWay(undefined, { run }, 'running', ledger)).toEqual({ passed: [], present: null });
});
