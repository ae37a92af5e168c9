import { expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { resolveConfig } from '../../src/config/resolve.ts';
import { machines } from '../../src/diagrams/visualization.ts';
import { defineConfig, engine } from '../../src/index.ts';
import { shownCharts } from '../../src/inspector/shown-charts.ts';

const { engines } = resolveConfig(
  defineConfig({
    engines: [
      engine('my.video', {
        async run({ step }) {
          await step('render', () => 1);
          await step('upload v1.2', () => 2);
        },
      }),
      engine('plain', { run: () => 1 }),
    ],
  }),
  {},
  '/',
);
const chartOf = shownCharts(engines);
const stepsDone = (...names: string[]) => ({
  run: { steps: Object.fromEntries(names.map((name) => [name, 1])), skipped: [] },
});
/** The states that XState finds active in a chart as it was shown, for a value as it was shown. */
function active(address: string, value: unknown, context: unknown): string[] {
  const { definition, shownValue } = chartOf(address);
  const machine = createMachine(JSON.parse(definition() ?? ''));
  const snapshot = machine.resolveState({ value: shownValue(value, context) as never });
  return snapshot._nodes.map(({ path }) => path.join('.')).filter((path) => path !== '');
}

it.each(Object.keys(machines))(
  'shows the chart of the %s as XState reads it, with the states of its machine',
  (kind) => {
    const { states } = createMachine(JSON.parse(chartOf(`${kind}/any`).definition() ?? ''));
    expect(Object.keys(states)).toEqual(Object.keys(machines[kind]?.states ?? {}));
  },
);

it('lights the step that the run of an engine is at, and its state elsewhere', () => {
  expect(active('engine/my.video', 'running', stepsDone())).toEqual(['running', 'running.render']);
  expect(active('engine/my.video', 'running', stepsDone('render'))).toEqual(['running', 'running.upload v1·2']);
  expect(active('engine/my.video', { held: 'forActor' }, stepsDone('render'))).toEqual(['held', 'held.forActor']);
  expect(active('engine/plain', 'running', stepsDone())).toEqual(['running']);
});

it('gives an engine that the config does not have the chart of all engines', () => {
  expect(active('engine/gone', 'running', stepsDone('render'))).toEqual(['running']);
});

it('has no chart for an actor that it does not know', () => {
  expect(chartOf('stranger/one').definition()).toBeUndefined();
  expect(chartOf('stranger/one').shownValue('here', {})).toBe('here');
});
