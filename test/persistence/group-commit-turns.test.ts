import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { GroupCommit } from '../../src/persistence/group-commit.ts';
import type { Store, Write } from '../../src/persistence/store.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

/** A store that answers in the same turn, as SQLite does. */
function instantStore(wrote: (rows: readonly Write[]) => void): Store {
  return {
    get: async () => undefined,
    getMany: async () => new Map(),
    range: async () => [],
    scan: async () => [],
    keys: async () => [],
    write: async (rows) => wrote(rows),
    close: async () => {},
  };
}

it('lets the event loop turn while changes follow on each other without end', async () => {
  const commits = new GroupCommit(
    instantStore(() => {}),
    systemClock,
  );
  let going = true;
  const follow = () => going && commits.add({ rows: [['key', 'null']], committed: follow });
  follow();
  await nextTurn();
  going = false;
  await commits.close();
});

it('writes a crowd of changes in batches, in the order they came', async () => {
  const batches: string[][] = [];
  const told: number[] = [];
  const commits = new GroupCommit(
    instantStore((rows) => batches.push(rows.map(([key]) => key))),
    new VirtualClock(),
  );
  const keys = Array.from({ length: 600 }, (_, n) => `key-${n}`);
  for (const [n, key] of keys.entries()) commits.add({ rows: [[key, 'null']], committed: () => told.push(n) });
  await commits.write([]);
  expect(batches.length).toBeGreaterThan(1);
  expect(batches.flat()).toEqual(keys);
  expect(told).toEqual(keys.map((_, n) => n));
});
