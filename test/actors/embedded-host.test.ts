import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHost } from '../../src/actors/embedded-host.ts';
import type { Host } from '../../src/actors/host.ts';
import type { Json } from '../../src/json.ts';
import { openStore, type Store, StoreError, type Write } from '../../src/persistence/store.ts';
import { seededRandom } from '../../src/random.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { type HostBench, hostConformance } from './conformance.ts';

/** A bench on a real SQLite file. A crashed host's store is cut off; the file stays. */
async function openBench(): Promise<HostBench> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-host-'));
  const url = `sqlite://${join(folder, 'store.db')}`;
  const clock = new VirtualClock();
  const random = seededRandom(7);
  const store = await openStore(url);
  const cut = new WeakMap<Host, () => void>();
  let refused: Parameters<HostBench['refuse']>[0] = 'nothing';
  let held: Promise<void> | undefined;

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
          return store.write(rows);
        },
        close: async () => {},
      },
    };
  };

  return {
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
}

hostConformance('the embedded host', openBench);
