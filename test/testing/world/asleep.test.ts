import { beforeAll, describe, expect, it } from 'vitest';
import { defineConfig, engine } from '../../../src/index.ts';
import type { LedgerEntry } from '../../../src/persistence/ledger.ts';
import { World } from '../../../src/testing/world/world.ts';

const minute = 60_000;
const sleepMs = 285 * minute;
const count = 100;

const config = defineConfig({
  timeZone: 'UTC',
  engines: Array.from({ length: count }, (_, n) =>
    engine(`job-${n}`, {
      schedule: '0 * * * *',
      importance: n % 10 === 9 ? 'high' : 'low',
      run: () => n,
    }),
  ),
});

describe('a machine that slept from 02:10 to 06:55, with a hundred hourly engines', () => {
  let sleptAt: number;
  /** Runs after it, in the order in which they began. */
  let began: LedgerEntry[];
  let upsets: unknown[];
  let violations: readonly unknown[];

  beforeAll(async () => {
    await using world = new World({ config });
    await world.run({ hours: 2, minutes: 10 });
    sleptAt = world.now;
    world.sleep(sleepMs);
    await world.run({ minutes: 1 });
    const rows = world.rows('ledger:engine/').map(({ json }) => JSON.parse(json) as LedgerEntry);
    began = rows
      .filter(({ startedAt = 0 }) => startedAt > sleptAt)
      .sort((a, b) => (a.startedAt as number) - (b.startedAt as number));
    upsets = world.rows('ledger:machine/').map(({ json }) => JSON.parse(json));
    violations = world.judged();
  });

  it('has its sleep in the ledger', () => {
    expect(upsets).toEqual([
      { at: expect.any(Number), kind: 'slept', from: expect.any(Number), to: expect.any(Number) },
    ]);
    const [{ from, to }] = upsets as [{ from: number; to: number }];
    expect(to - from).toBe(sleepMs);
    expect(from - sleptAt).toBeLessThanOrEqual(30_000);
  });

  it('catches up with one run of each engine, and loses no due time', () => {
    expect(began).toHaveLength(count);
    expect(new Set(began.map(({ run }) => run?.split('.')[0])).size).toBe(count);
    expect(violations).toEqual([]);
  });

  it('catches up twenty at a time, the important ones first', () => {
    const groups = [...Map.groupBy(began, ({ startedAt }) => startedAt).values()];
    expect(groups.map(({ length }) => length)).toEqual([20, 20, 20, 20, 20]);
    const important = began.slice(0, 20).filter(({ run }) => /^job-\d?9\./.test(run ?? ''));
    expect(important).toHaveLength(10);
  });
});
