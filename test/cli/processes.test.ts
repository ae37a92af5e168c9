/**
 * Every command in a process of its own: that it ends by itself, with its exit code, and everything said.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programOf } from '../../src/cli/run.ts';
import { Workplace } from './nightshift.ts';

const config = `
import { defineConfig, engine } from 'nightshift';
// What a config leaves behind keeps no command from its end.
setInterval(() => {}, 1_000);
export default defineConfig({
  builtIn: { health: false, resources: false },
  services: { shop: {} },
  engines: [engine('hello', { every: '1h', run: () => 'hello' })],
});
`;

const place = new Workplace();
beforeAll(async () => {
  place.write('nightshift.config.ts', config);
  const service = await place.start();
  await place.runOnce(service, 'hello');
});
afterAll(() => place.dispose());

type Ending = [code: number, said: RegExp];
const endings: Record<string, Ending> = {
  status: [0, /^The service is running\.\n.*engine\/hello +idle/s],
  'doctor --json --port 0': [0, /^\{.*\}\n$/s],
  check: [0, /\S/],
  'backup copies': [0, /copies/],
  incidents: [0, /^There is no incident\.\n$/],
  'logs --json -n 1': [0, /^\{.*\}\n$/],
  'log-level': [0, /^info for all\n$/],
  metrics: [0, /^ENGINE .*^hello +\d/ms],
  'why hello': [0, /^hello is not due before /],
  'history hello': [0, /^DUE .*by hand/s],
  'report --json': [0, /^\{.*\}\n$/s],
  'simulate --days 0.05 --faults none': [0, /^simulating .*\n0\.05 days, faults 'none', seed 1\n.*\n$/s],
  'diagrams --out pictures': [0, /pictures/],
  'trigger hello': [0, /^engine\/hello: running\n$/],
  'reset shop': [1, /^breaker\/shop: found it closed/],
  'ack engine:hello': [2, /^engine:hello: there is no such incident\./],
  init: [0, /nightshift\.config\.ts: exists, left as it is/],
};
/**
 * Orders differ in their words alone; a shell asks for completions in a test of its own, and the service is started everywhere. What
 * needs the service to be down, or ends it, has tests of its own with real processes.
 */
const orders = ['pause', 'resume', 'isolate'];
const others = [
  'complete',
  'completion',
  'start',
  'reload',
  'restore',
  'recover',
  'export',
  'import',
  'vault',
  'service',
  'shadow',
];

it('no command is left out', () => {
  const names = programOf(() => {}, {}).commands.map((command) => command.name());
  const tried = Object.keys(endings).map((line) => line.split(' ')[0]);
  expect([...tried, ...orders, ...others]).toEqual(expect.arrayContaining(names));
});

it.each(Object.entries(endings))('nightshift %s', async (line, [code, said]) => {
  const ended = await place.runAlone(...line.split(' '));
  expect(ended.code).toBe(code);
  expect(ended.err + ended.out).toMatch(said);
});
