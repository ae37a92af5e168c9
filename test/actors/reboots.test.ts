/**
 * Engines that are due after each start of the machine, on a real store.
 */
import { engine } from 'nightshift';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tellReboot } from '../../src/actors/reboots.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { actorView } from '../../src/dashboard/actor-view.ts';
import { machineStart } from '../../src/processes/machine-start.ts';
import { Workplace } from './effects/workplace.ts';

let place: Workplace;
let runs: number;
const definition = {
  engines: [
    engine('mount', {
      schedule: '@reboot',
      run: () => {
        runs += 1;
      },
    }),
    engine('other', { every: '1h', run: () => 1 }),
  ],
};

beforeEach(async () => {
  runs = 0;
  place = await Workplace.open(definition);
});
afterEach(() => place[Symbol.asyncDispose]());

/** The service has started, on a machine that was started then. */
async function started(id: string, at: number) {
  tellReboot(place.host, resolveConfig(definition, {}).engines.values(), { id, at });
  for (let n = 0; n < 3; n++) await place.clock.advance(1_000);
}

it('an engine is due once after each start of the machine', async () => {
  const first = place.clock.now() + 60_000;
  await place.crash(definition, 120_000);
  await started('one', first);
  expect(runs).toBe(1);
  await place.crash();
  await started('one', first);
  expect(runs).toBe(1);
  const second = place.clock.now() + 1_000;
  await place.crash(definition, 5_000);
  await started('two', second);
  expect(runs).toBe(2);
  const due = (at: number) => ({ outcome: expect.any(String), due: { from: at, to: at } });
  expect(await place.ledger('engine/mount')).toMatchObject([due(first), due(second)]);
});

it('an engine is not due for a start before it was there', async () => {
  await started('one', place.clock.now() - 60_000);
  expect(runs).toBe(0);
  expect(actorView('engine/mount', place.at('engine/mount'), null).waitsFor).toEqual(['a start of the machine']);
});

it('a start of this machine is known by the same id each time it is asked for', () => {
  const now = Date.now();
  const start = machineStart(now);
  expect(start?.id).toMatch(/^[0-9a-fA-F-]{36}$/);
  expect(start?.at).toBeLessThan(now);
  expect(machineStart(now + 1_000)?.id).toBe(start?.id);
});
