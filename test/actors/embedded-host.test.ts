import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { setup } from 'xstate';
import { openHost } from '../../src/actors/embedded-host.ts';
import type { Host } from '../../src/actors/host.ts';
import type { Json } from '../../src/json.ts';
import { openStore, type Store, type Write } from '../../src/persistence/store.ts';
import { StoreError } from '../../src/persistence/store-error.ts';
import { effect } from '../../src/policies/effect.ts';
import { seededRandom } from '../../src/random.ts';
import { settled, VirtualClock } from '../../src/testing/virtual-clock.ts';
import { type HostBench, hostConformance } from './conformance.ts';

interface Bench extends HostBench {
  /** Crashes the host once so many writes are on disk. */
  crashAfter(host: Host, writes: number): Promise<void>;
}

/** A bench on a real SQLite file. A crashed host's store is cut off; the file stays. */
async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-host-'));
  const url = `sqlite://${join(folder, 'store.db')}`;
  const clock = new VirtualClock();
  const random = seededRandom(7);
  const store = await openStore(url);
  const cut = new WeakMap<Host, () => void>();
  let refused: Parameters<HostBench['refuse']>[0] = 'nothing';
  let held: Promise<void> | undefined;
  let written = () => {};

  const guarded = (): { store: Store; cut: () => void } => {
    let alive = true;
    const refuse = () => {
      throw new StoreError('STORE_UNWRITABLE', 'the bench refuses');
    };
    return {
      cut: () => {
        alive = false;
      },
      store: {
        ...store,
        async write(rows: readonly Write[]) {
          await held;
          // A dead process writes nothing and hears nothing.
          if (!alive) return new Promise(() => {});
          if (refused === 'everything') refuse();
          if (typeof refused === 'object' && rows.length > refused.row) {
            // A row that SQLite itself refuses, after others of the same transaction were taken.
            return store.write([...rows.slice(0, refused.row), [null as never, '1'], ...rows.slice(refused.row)]);
          }
          await store.write(rows);
          written();
        },
        close: async () => {},
      },
    };
  };

  const bench: Bench = {
    clock,
    async open(kinds) {
      const mine = guarded();
      const host = await openHost({ store: mine.store, clock, random, kinds });
      cut.set(host, mine.cut);
      return host;
    },
    async crash(host) {
      cut.get(host)?.();
      host.drain();
    },
    crashAfter(host, writes) {
      const { promise, resolve } = Promise.withResolvers<void>();
      written = () => {
        writes -= 1;
        if (writes > 0) return;
        written = () => {};
        resolve(bench.crash(host));
      };
      return promise;
    },
    async tamper(address, change) {
      const key = `actor:${address}`;
      const record = await store.get(key);
      await store.write([[key, change(record ?? '')]]);
    },
    async ledger(address) {
      return (await store.scan(`ledger:${address}:`)).map(({ json }) => JSON.parse(json) as Json);
    },
    refuse(what) {
      refused = what;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return () => {
        held = undefined;
        resolve();
      };
    },
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
  return bench;
}

hostConformance('the embedded host', openBench);

it('counts no death of a process that had not begun anything', async () => {
  const bench = await openBench();
  const machine = setup({ actors: { work: effect<null, null>() } }).createMachine({
    id: 'job',
    initial: 'working',
    states: {
      working: {
        description: 'Works.',
        invoke: { id: 'work', src: 'work', input: null, onDone: 'rest', onError: 'rest' },
      },
      rest: { description: 'At rest.', tags: 'rest' as never },
    },
  });
  let begun = 0;
  const work = () => {
    begun += 1;
    return new Promise<null>(() => {});
  };
  const kinds = { job: { machine, version: 1, effects: { work } } };
  // More than one batch of commits.
  const wanted = Array.from({ length: 250 }, (_, n) => ({ address: `job/${n}` as const, settings: {} }));
  const host = await bench.open(kinds);
  await host.ensure(wanted);
  await settled();
  expect(begun).toBe(250);
  await bench.crash(host);
  for (let writes = 1; writes <= 6; writes++) {
    const next = await bench.open(kinds);
    const ended = bench.crashAfter(next, (writes % 3) + 1);
    void next.ensure(wanted);
    await ended;
  }
  const last = await bench.open(kinds);
  begun = 0;
  await last.ensure(wanted);
  await settled();
  expect(begun).toBe(250);
  expect(Math.max(...wanted.map(({ address }) => last.read(address).effects.work?.starts ?? 99))).toBe(1);
  await last.stop();
  await bench.dispose();
});

it('fires the earliest of the timers that ran out, whatever their order in the record', async () => {
  const bench = await openBench();
  const machine = setup({ delays: { long: () => 2_000, short: () => 1_000 } }).createMachine({
    id: 'job',
    initial: 'waiting',
    states: {
      waiting: { description: 'Waits.', after: { long: 'late', short: 'early' } },
      early: { description: 'The short one was first.', tags: 'rest' as never },
      late: { description: 'The long one was first.', tags: 'rest' as never },
    },
  });
  const kinds = { job: { machine, version: 1, effects: {} } };
  const wanted = [{ address: 'job/one', settings: {} }] as const;
  const host = await bench.open(kinds);
  await host.ensure(wanted);
  expect(Object.values(host.read('job/one').timers).map(({ dueAt }) => dueAt - bench.clock.now())).toEqual([
    2_000, 1_000,
  ]);
  await bench.crash(host);
  bench.clock.jumpTo(bench.clock.now() + 10_000);
  const after = await bench.open(kinds);
  await after.ensure(wanted);
  await bench.clock.advance(1_000);
  expect(after.read('job/one').value).toBe('early');
  await after.stop();
  await bench.dispose();
});

it('begins what waited for an overdue timer when the clock was set back before its turn', async () => {
  const bench = await openBench();
  const machine = setup({ actors: { work: effect<null, null>() }, delays: { limit: () => 60_000 } }).createMachine({
    id: 'job',
    initial: 'working',
    states: {
      working: {
        description: 'Works, for a while at the most.',
        after: { limit: 'rest' },
        invoke: { id: 'work', src: 'work', input: null, onDone: 'rest', onError: 'rest' },
      },
      rest: { description: 'At rest.', tags: 'rest' as never },
    },
  });
  let begun = 0;
  const work = () => {
    begun += 1;
    return new Promise<null>(() => {});
  };
  const kinds = { job: { machine, version: 1, effects: { work } } };
  const wanted = [{ address: 'job/one', settings: {} }] as const;
  const host = await bench.open(kinds);
  await host.ensure(wanted);
  await settled();
  await host.stop();
  const startedAt = bench.clock.now();
  bench.clock.jumpTo(startedAt + 120_000);
  const after = await bench.open(kinds);
  const release = bench.hold();
  const back = after.ensure(wanted);
  await settled();
  bench.clock.jumpTo(startedAt + 1_000);
  release();
  await back;
  await bench.clock.advance(1);
  expect(begun).toBe(2);
  await bench.clock.advance(60_000);
  expect(after.read('job/one').value).toBe('rest');
  await after.stop();
  await bench.dispose();
});
