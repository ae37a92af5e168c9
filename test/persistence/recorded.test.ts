/**
 * State made by the versions before is read by this one: each release has left a store here, and each is opened, brought back and gone on
 * with.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actorCharts } from '../../src/actors/actor-charts.ts';
import { statesOf } from '../../src/actors/chart-rules.ts';
import { openHost } from '../../src/actors/embedded-host.ts';
import type { ActorKind, EffectRunner, Wanted } from '../../src/actors/host.ts';
import { rehearse } from '../../src/actors/rehearsal.ts';
import { history } from '../../src/cli/history.ts';
import { metrics } from '../../src/cli/metrics.ts';
import { report } from '../../src/cli/report.ts';
import { status } from '../../src/cli/status.ts';
import { why } from '../../src/cli/why.ts';
import type { Json } from '../../src/json.ts';
import { ledgerEntry } from '../../src/persistence/ledger.ts';
import { recordPrefix } from '../../src/persistence/record.ts';
import { openStore } from '../../src/persistence/store.ts';
import { openStoreFile, readStoreFile } from '../../src/persistence/store-reader.ts';
import { openSealed } from '../../src/persistence/vault.ts';
import type { Address } from '../../src/stream.ts';
import { settled, VirtualClock } from '../../src/testing/virtual-clock.ts';
import { StorePlace } from '../cli/store-place.ts';
import { recordedKey } from './recorded/lived.ts';

const folder = join(import.meta.dirname, 'recorded');
const stores = readdirSync(folder).filter((name) => name.endsWith('.db'));
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

it('has a store of this version: npm run record:store', () => {
  expect(stores.map((name) => basename(name, '.db'))).toContain(version);
});

interface Recorded {
  state: { value: Json; context: { settings: { [key: string]: Json } }; timers: object; effects: object };
}

describe.each(stores)('the store of %s', (name) => {
  let place: StorePlace;
  beforeEach(() => {
    place = new StorePlace();
    mkdirSync(place.data, { mode: 0o700 });
    copyFileSync(join(folder, name), place.store);
  });
  afterEach(() => place.dispose());

  const records = () =>
    readStoreFile(place.store, recordPrefix).map(({ key, json }) => ({
      address: key.slice(recordPrefix.length) as Address,
      record: JSON.parse(json) as Recorded,
    }));
  /** When its service was killed: nothing in it is later, but by what it waits for. */
  const killedAt = () => Math.max(...readStoreFile(place.store, 'ledger:').map((row) => ledgerEntry(row)?.at ?? 0));

  it('has every record come back', async () => {
    const reader = openStoreFile(place.store);
    try {
      expect(await rehearse(reader)).toEqual({ records: records().length, unusable: [], unconfigured: [] });
    } finally {
      reader.close();
    }
  });

  it('goes on: no actor breaks, and each that waited for a time has left it behind', async () => {
    const store = await openStore(`sqlite://${place.store}`);
    const clock = new VirtualClock(killedAt());
    const held: EffectRunner = () => new Promise(() => {});
    const kinds = Object.entries(actorCharts).map(([kind, chart]): [string, ActorKind] => {
      const names = Object.keys(chart.machine.implementations.actors);
      return [kind, { ...chart, effects: Object.fromEntries(names.map((name) => [name, held])) }];
    });
    const host = await openHost({ store, clock, random: () => 0.5, kinds: Object.fromEntries(kinds) });
    const broken: unknown[] = [];
    host.inspect({ crashed: (crash) => broken.push(crash), quarantined: (each) => broken.push(each) });
    const wanted = records().map(
      ({ address, record }): Wanted => ({ address, settings: record.state.context.settings }),
    );
    await host.ensure(wanted);
    const begun = host.addresses().filter((address) => Object.keys(host.read(address).effects).length > 0);
    expect(begun.length).toBeGreaterThan(5);
    await clock.advance(65 * 60_000);
    await settled();
    expect(broken).toEqual([]);
    const late = host
      .addresses()
      .flatMap((address) =>
        Object.values(host.read(address).timers).flatMap(({ dueAt }) => (dueAt < clock.now() ? [address] : [])),
      );
    expect(late).toEqual([]);
    await host.stop();
    await store.close();
  });

  it('has its secrets, under its key', () => {
    const [row] = readStoreFile(place.store, 'vault:');
    const token = openSealed(recordedKey, row?.key.slice('vault:'.length) ?? '', JSON.parse(row?.json ?? ''));
    expect(JSON.stringify(token)).toContain('refresh-of-the-record');
  });

  it('is read by the commands', async () => {
    const now = killedAt() + 60_000;
    await status({ ...place.options, json: true }, now);
    const { actors, quarantine } = JSON.parse(place.said().out);
    expect(actors).toHaveLength(records().length);
    expect(quarantine).toHaveLength(1);
    await history('orders', { ...place.options, json: true }, now);
    const ran = { outcome: 'ran', result: 'success', steps: { fetch: expect.any(Number) } };
    expect(JSON.parse(place.said().out)).toContainEqual(expect.objectContaining(ran));
    await why('broken', undefined, place.options, now);
    expect(place.said().out).toMatch(/^broken stands still \(halted\): out of paper/);
    await metrics('orders', { ...place.options, json: true }, now);
    expect(place.said().out).toContain('fetch');
    await report({ ...place.options, json: true }, now);
    expect(JSON.parse(place.said().out)).toMatchObject({ totals: expect.any(Object), errors: expect.anything() });
    expect(place.said().err).toBe('');
  });
});

/** A state that others stand in, or that nobody ever stands in: what is decided there is decided at once. */
const isPassing = (state: { always?: unknown; states: object }) =>
  Object.keys(state.states).length > 0 || state.always !== undefined;

it.each(Object.entries(actorCharts))(
  'the store of this version has a record of every state of %s',
  (kind, { machine }) => {
    const found = readStoreFile(join(folder, `${version}.db`), `${recordPrefix}${kind}/`).map(({ json }) =>
      JSON.stringify((JSON.parse(json) as Recorded).state.value),
    );
    const missing = [...statesOf(machine.root)]
      .filter((state) => state.path.length > 0 && !isPassing(state as never))
      .map(({ path }) => path)
      .filter((path) => !found.includes(JSON.stringify(valueAt(path))));
    expect(missing).toEqual([]);
  },
);

/** As XState writes it: `['halfOpen', 'ready']` is `{ halfOpen: 'ready' }`. */
function valueAt([first = '', ...rest]: readonly string[]): Json {
  return rest.length === 0 ? first : { [first]: valueAt(rest) };
}
