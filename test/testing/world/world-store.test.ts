/**
 * The world's disk against the real store: whatever one says, the other says as well. So what is proven in a world is proven of
 * what is kept in SQLite.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store, type Write } from '../../../src/persistence/store.ts';
import { type DiskObserver, WorldDisk, type WriteFate } from '../../../src/testing/world/world-store.ts';
import { fc, runs } from '../../property.ts';

const written: WriteFate = { kind: 'written' };

function observer(fate: () => WriteFate = () => written) {
  const seen = { committed: [] as (readonly Write[])[], killed: [] as number[], isAlive: true };
  const ports: DiskObserver = {
    synced: async () => {},
    fate,
    committed: (rows) => void seen.committed.push(rows),
    kill: (downMs) => {
      seen.killed.push(downMs);
      seen.isAlive = false;
    },
  };
  return { seen, ports };
}

describe('the world’s disk answers as SQLite does', () => {
  let folder: string;
  let real: Store;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nightshift-world-store-'));
    real = await openStore(`sqlite://${join(folder, 'store.db')}`);
  });
  afterAll(async () => {
    await real.close();
    rmSync(folder, { recursive: true });
  });

  const names = ['', 'a', 'b', 'engine/a', 'engine/b:1', 'engine/b:10', 'engine/b:2', 'ä', 'Z', 'ｚ', '😀', '~'];
  const keys = fc
    .tuple(fc.constantFrom('ledger:', 'record:', 'vault:', ''), fc.constantFrom(...names))
    .map((parts) => parts.join(''))
    .filter((key) => key !== '');
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }).map(String) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const batch = fc.uniqueArray(fc.tuple(keys, value), { maxLength: 12, selector: ([key]) => key });

  it('whatever is written, taken away and asked for', async () => {
    const questions = fc.tuple(fc.array(keys, { maxLength: 6 }), keys, keys, fc.integer({ min: 1, max: 5 }));
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 4 }), questions, async (batches, [some, from, to, limit]) => {
        await real.write((await real.keys('')).map((key) => [key, null]));
        const simulated = new WorldDisk().open(() => true, observer().ports);
        for (const rows of batches) {
          await real.write(rows);
          await simulated.write(rows);
        }
        expect(await simulated.keys('')).toEqual(await real.keys(''));
        expect(await simulated.scan('ledger:')).toEqual(await real.scan('ledger:'));
        expect(await simulated.keys(from)).toEqual(await real.keys(from));
        expect(await simulated.range(from, to, limit)).toEqual(await real.range(from, to, limit));
        expect(await simulated.get(from)).toEqual(await real.get(from));
        expect([...(await simulated.getMany(some))].sort()).toEqual([...(await real.getMany(some))].sort());
      }),
      runs(60),
    );
  });
});

describe('a write to the world’s disk', () => {
  const rows: Write[] = [
    ['record:engine/a', '1'],
    ['record:engine/b', null],
  ];
  const filled = () => {
    const disk = new WorldDisk();
    disk.put([['record:engine/b', '2']]);
    return disk;
  };
  const isSettled = async (promise: Promise<unknown>) => {
    let settled = false;
    void promise.finally(() => {
      settled = true;
    });
    await new Promise((turned) => setImmediate(turned));
    return settled;
  };

  it('that is refused leaves nothing, and whoever comes next finds what was there', async () => {
    const disk = filled();
    const { ports, seen } = observer(() => ({ kind: 'refused', error: new Error('database is locked') }));
    await expect(disk.open(() => true, ports).write(rows)).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
    expect(disk.keys('')).toEqual(['record:engine/b']);
    expect(seen.committed).toEqual([]);
  });

  it.each([
    ['before', ['record:engine/b']],
    ['during', ['record:engine/b']],
    ['after', ['record:engine/a']],
  ] as const)(
    'amid which the process is killed is never answered, and leaves all or nothing: %s',
    async (when, left) => {
      const disk = filled();
      const { ports, seen } = observer(() => ({ kind: 'killed', when, downMs: 7 }));
      const dying = disk.open(() => seen.isAlive, ports);
      expect(await isSettled(dying.write(rows))).toBe(false);
      expect(seen.killed).toEqual([7]);
      expect(disk.keys('')).toEqual(left);
      expect(await isSettled(dying.get('record:engine/a'))).toBe(false);
      expect(await isSettled(dying.write([['record:engine/c', '3']]))).toBe(false);
      expect(disk.keys('')).toEqual(left);
    },
  );

  it('that was not synced when the process died is lost', async () => {
    const disk = filled();
    const { ports, seen } = observer();
    const dying = disk.open(() => seen.isAlive, {
      ...ports,
      synced: async () => {
        seen.isAlive = false;
      },
    });
    expect(await isSettled(dying.write(rows))).toBe(false);
    expect(disk.keys('')).toEqual(['record:engine/b']);
  });
});
