/**
 * The checked-in visualizations: they are what the machines are now, and each kind of file says the same.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toDirectedGraph } from '@xstate/graph';
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createActor, createMachine } from 'xstate';
import { chartOf } from '../../src/diagrams/chart.ts';
import { machineOf } from '../../src/diagrams/definition.ts';
import { machines, visualizationOf } from '../../src/diagrams/visualization.ts';
import { machineSchema } from './machine-schema.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'visualizations');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const graphOf = (machine: AnyStateMachine) => JSON.parse(JSON.stringify(toDirectedGraph(machine)));

it('has every machine of src/machines', () => {
  const files = readdirSync(join(root, 'src/machines')).map((file) => basename(file, '.ts'));
  expect(Object.keys(machines)).toEqual(files.sort());
});

it('has no file that nothing makes', () => {
  const made = Object.keys(machines).flatMap((name) => ['js', 'json', 'mmd', 'svg'].map((kind) => `${name}.${kind}`));
  expect(readdirSync(folder).sort()).toEqual([...made, 'README.md'].sort());
});

describe.each(Object.entries(machines))('%s', (name, machine) => {
  it('is shown as it is: else run nightshift diagrams', async () => {
    for (const [file, text] of Object.entries(await visualizationOf(name, machine))) {
      expect(read(file), file).toBe(text);
    }
  });

  it('has JSON as XState publishes machines', () => {
    expect(machineSchema.safeParse(JSON.parse(read(`${name}.json`))).error).toBeUndefined();
  });

  it('has JSON that gives the same directed graph when it is read back', () => {
    const json = JSON.parse(read(`${name}.json`));
    expect(graphOf(createMachine(json))).toEqual(graphOf(machine));
    expect(graphOf(machineOf(json))).toEqual(graphOf(machine));
    expect(chartOf(machineOf(json)).root).toEqual(chartOf(machine).root);
  });

  it('has source that gives the same chart, and starts by itself', async () => {
    const { [`${name}Machine`]: again } = await import(join(folder, `${name}.js`));
    expect(chartOf(again)).toEqual(chartOf(machine));
    const actor = createActor(again as AnyStateMachine).start();
    expect(actor.getSnapshot().status).toBe('active');
    actor.stop();
  });

  it('has a picture of every state', () => {
    const svg = read(`${name}.svg`);
    for (const [, state] of JSON.stringify(chartOf(machine).root).matchAll(/"name":"([^"]*)"/g)) {
      expect(svg).toContain(`data-state="${state}"`);
    }
  });
});
