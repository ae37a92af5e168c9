/**
 * What a user's own engine looks like, through the real command.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toDirectedGraph } from '@xstate/graph';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { chartOf } from '../../src/diagrams/chart.ts';
import { machineOf } from '../../src/diagrams/definition.ts';
import type { Ended } from '../cli/command-process.ts';
import { Workplace } from '../cli/nightshift.ts';
import { machineSchema } from './machine-schema.ts';

const config = `
import { bearer, command, defineConfig, engine, env } from 'nightshift';

export default defineConfig({
  timeZone: 'Europe/Berlin',
  windows: { publish: { from: '09:00', to: '22:00', days: ['mon', 'fri'], except: ['12-25'] } },
  tokens: { video: bearer(env('A_SECRET_THAT_NOBODY_HAS_SET')) },
  services: { video: { url: 'https://video.example', token: 'video' } },
  engines: [
    engine('my.video-2', {
      schedule: '*/30 * * * *',
      window: 'publish',
      async run({ step, service }) {
        await step('render', () => 'a.mp4');
        await step('upload v1.2', () => service('video').fetch('/videos').then(() => 1), { window: 'publish' });
        await step('announce', () => 1, { whenDown: 'skip' });
        await step('7', () => 1);
        await step('read a', () => 1);
        await step('read-a', () => 1);
        await step('C:\\\\new', () => 1);
        await step('__proto__', () => 1);
      },
    }),
    command('nightly', { schedule: '0 3 * * *', run: ['python3', 'import.py', '--key', 'sesame'], timeout: '20m' }),
  ],
});
`;

const place = new Workplace();
let ended: Ended;
const read = (file: string) => readFileSync(join(place.folder, 'out', file), 'utf8');
const graphOf = (machine: AnyStateMachine) => JSON.parse(JSON.stringify(toDirectedGraph(machine)));

beforeAll(async () => {
  ended = await place.run(
    'diagrams',
    '--config',
    place.write('nightshift.config.ts', config),
    '--out',
    'out',
    '--json',
  );
}, 60_000);
afterAll(() => place.dispose());

it('is written beside the machines, without what the environment would give', () => {
  expect(ended).toMatchObject({ code: 0, err: '' });
  const { files } = JSON.parse(ended.out) as { files: string[] };
  expect(files).toHaveLength((7 + 2) * 4);
  expect(files).toContain('engine-my.video-2.svg');
});

it('has the steps as states within running, in every form', async () => {
  const { myVideo2Machine: source } = await import(join(place.folder, 'out/engine-my.video-2.js'));
  const json = JSON.parse(read('engine-my.video-2.json'));
  expect(machineSchema.safeParse(json).error).toBeUndefined();
  expect(graphOf(machineOf(json))).toEqual(graphOf(source));
  const running = chartOf(source).root.states.find(({ name }) => name === 'running');
  const keys = ['render', 'upload v1·2', 'announce', 'step 7', 'read a', 'read-a', 'C:⧵new', 'step __proto__'];
  expect(running?.states.map(({ key }) => key)).toEqual(keys);
  expect(chartOf(machineOf(json)).root).toEqual(chartOf(source).root);
  for (const key of keys) {
    expect(read('engine-my.video-2.svg')).toContain(`data-state="running.${key}"`);
    expect(read('engine-my.video-2.mmd')).toContain(`state "${key.replace(':', ' ')}" as `);
  }
  const ids = [...read('engine-my.video-2.mmd').matchAll(/^ *state ".*" as (\S+)$/gm)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(read('engine-my.video-2.mmd')).toContain('running_read_a --> running_read_a_2 : step.completed');
  expect(read('engine-my.video-2.mmd')).toContain('running_announce --> running_step_7 : step.completed, step.skipped');
});

it('says when it is due and may run, in every form', () => {
  for (const kind of ['js', 'json', 'mmd', 'svg']) {
    const text = read(`engine-my.video-2.${kind}`);
    expect(text).toContain('due */30 * * * *, Europe/Berlin');
    expect(text).toContain('only publish: 09:00 to 22:00 on Mon Fri, Europe/Berlin, not on 12-25');
  }
});

it('says which program it is, and nothing of what that is told', () => {
  const text = read('engine-nightly.svg');
  expect(text).toContain('program python3');
  expect(text).toContain('at most 20m an attempt');
  expect(text).not.toContain('sesame');
});
