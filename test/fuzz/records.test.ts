/**
 * Whatever stands in the store in the place of a record: its actor goes on from it, or it is in quarantine, whole, with a reason; and
 * people are shown something.
 */
import { beforeAll, expect, it } from 'vitest';
import { town, townServices } from '../../soak/town.ts';
import { Charts } from '../../src/actors/charts.ts';
import type { ActorKind } from '../../src/actors/host.ts';
import { rehydrate } from '../../src/actors/rehydrate.ts';
import { recordView } from '../../src/dashboard/record-view.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
import { engineMachine } from '../../src/machines/engine.ts';
import { heartbeatMachine } from '../../src/machines/heartbeat.ts';
import { incidentMachine } from '../../src/machines/incident.ts';
import { quotaMachine } from '../../src/machines/quota.ts';
import { tokenMachine } from '../../src/machines/token.ts';
import { recordKey, recordPrefix } from '../../src/persistence/record.ts';
import type { Store } from '../../src/persistence/store.ts';
import type { Address } from '../../src/stream.ts';
import { faultRates, presets, randomChaos, World } from '../../src/testing/index.ts';
import { fc } from '../property.ts';
import { changed, fuzzRuns, oddJson } from './changed.ts';

const never = () => Promise.reject(new Error('nothing runs here'));
const effects = { runEngine: never, awaitActor: never, sendAlert: never, refreshToken: never };
const machines = {
  breaker: breakerMachine,
  engine: engineMachine,
  heartbeat: heartbeatMachine,
  incident: incidentMachine,
  quota: quotaMachine,
  token: tokenMachine,
};
const kinds = Object.fromEntries(
  Object.entries(machines).map(([name, machine]) => [name, { machine, version: 1, effects } as unknown as ActorKind]),
);
const charts = new Charts(kinds);
/** As a hostile day has left them, by address. */
let real: [Address, object][];

beforeAll(async () => {
  const startAt = Date.UTC(2026, 0, 5);
  const faults = randomChaos(faultRates(presets.hostile, 'hostile'), { seed: 4, config: town, startAt });
  await using world = new World({
    config: town,
    services: townServices ?? {},
    seed: 4,
    startAt,
    faults,
    history: 'nothing',
  });
  await world.run({ days: 1 });
  real = world
    .rows(recordPrefix)
    .map(({ key, json }) => [key.slice(recordPrefix.length) as Address, JSON.parse(json) as object]);
}, 60_000);

async function revived(address: Address, json: string) {
  const store = { getMany: async () => new Map([[recordKey(address), json]]) } as unknown as Store;
  return rehydrate({ store, charts, startsOf: (_, __, { starts }) => starts, at: 1 }, [address]);
}

it('are right to begin with, of every kind', async () => {
  for (const [address, record] of real)
    expect((await revived(address, JSON.stringify(record))).quarantined).toEqual([]);
  expect(new Set(real.map(([address]) => address.split('/')[0]))).toEqual(new Set(Object.keys(machines)));
});

it('are gone on from or put into quarantine whole, and shown', async () => {
  let [kept, aside] = [0, 0];
  const texts = fc.oneof(
    {
      arbitrary: fc.nat({ max: real.length - 1 }).chain((n) =>
        fc.tuple(
          fc.constant(real[n]?.[0] as Address),
          changed(real[n]?.[1], oddJson).map((value) => JSON.stringify(value)),
        ),
      ),
      weight: 9,
    },
    {
      arbitrary: fc.tuple(fc.constantFrom(...real.map(([address]) => address)), fc.string({ unit: 'binary' })),
      weight: 1,
    },
  );
  await fc.assert(
    fc.asyncProperty(texts, async ([address, json]) => {
      const { actors, quarantined, rows } = await revived(address, json);
      expect(actors.size + quarantined.length).toBe(1);
      if (quarantined.length === 0) kept += 1;
      else {
        aside += 1;
        const [[, row] = []] = rows;
        expect(JSON.parse(row as string)).toMatchObject({ address, record: json, reason: expect.stringMatching(/\S/) });
      }
      expect(recordView(address, json)).toMatchObject({ state: expect.any(String) });
    }),
    { numRuns: fuzzRuns },
  );
  expect(Math.min(kept, aside)).toBeGreaterThan(fuzzRuns / 20);
});
