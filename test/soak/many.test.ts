/**
 * The soak of many jobs would find what grows.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Holding, inspectOption, inspectorIn, isOfInspector } from '../../soak/many/held.ts';
import { simulatedDay } from '../../soak/many/simulated-day.ts';
import { trendOf } from '../../soak/many/trend.ts';
import { defineConfig, engine } from '../../src/index.ts';
import { seededRandom } from '../../src/random.ts';

const random = seededRandom(7);
/** A hundred samples in an hour, with a megabyte of scatter around a level that grows by so much. */
const samples = (growth: number) =>
  Array.from({ length: 100 }, (_, n) => ({ hours: n / 100, value: 60 + (growth * n) / 100 + random() - 0.5 }));

it('tells growth from scatter', () => {
  expect(trendOf(samples(0))).toMatchObject({ isFlat: true });
  expect(trendOf(samples(-5))).toMatchObject({ isFlat: true });
  expect(trendOf(samples(3))).toMatchObject({ isFlat: false });
});

it('knows how far its slope can be trusted', () => {
  const { mean, slope, error } = trendOf(samples(3));
  expect(mean).toBeCloseTo(61.5, 0);
  expect(Math.abs(slope - 3)).toBeLessThan(3 * error);
  // By the textbook: scatter / (√n × spread of the instants), each the deviation of an even distribution.
  expect(error).toBeCloseTo(1 / Math.sqrt(100), 1);
});

it('says nothing of two samples, through which any line goes', () => {
  expect(() => trendOf(samples(3).slice(0, 2))).toThrow('found 2 samples, expected 3 at least');
});

it('counts runs and crashes of a simulated day, and sees what a job keeps', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept: string[] = [];
  const config = defineConfig({
    engines: [
      engine('job', {
        every: '10m',
        run: ({ runId }) => {
          kept.push(...Array.from({ length: 3_000 }, (_, n) => `${runId} ${n}`));
          return runId;
        },
      }),
    ],
  });
  const { heapMb, ...leaking } = await simulatedDay({ config, hours: 12, seed: 2, collect });
  expect(leaking).toMatchObject({ engines: 1, runs: expect.any(Number), violations: [] });
  expect(leaking.runs).toBeGreaterThan(60);
  expect(trendOf(heapMb.slice(4)).isFlat).toBe(false);
});

it('sees what a process holds, in the heap and outside of it, and that it has ended', async () => {
  const keeping = `
    const kept = [];
    process.stdin.on('data', (what) => {
      kept.push(String(what) === 'heap' ? new Array(2 ** 24).fill(0.5) : Buffer.alloc(2 ** 27, 1));
      process.stdout.write('kept');
    });`;
  const child = spawn(process.execPath, [inspectOption, '-e', keeping], { stdio: ['pipe', 'pipe', 'pipe'] });
  const keep = async (what: 'heap' | 'outside') => {
    child.stdin.write(what);
    await once(child.stdout, 'data');
  };
  try {
    let written = '';
    const inspector = await new Promise<string>((resolve) => {
      child.stderr.on('data', (chunk) => {
        written += chunk;
        const found = written.split('\n').map(inspectorIn).find(Boolean);
        if (found) resolve(found);
      });
    });
    const holding = await Holding.of(child.pid as number, inspector);
    const first = await holding.look();
    await keep('heap');
    const second = await holding.look();
    await keep('outside');
    const third = await holding.look();
    // 128 MB each time, give or take fifty: what else a process takes and gives back meanwhile.
    expect(second.heapMb - first.heapMb).toBeCloseTo(128, -2);
    expect(second.outsideMb - first.outsideMb).toBeCloseTo(0, -2);
    expect(third.heapMb - second.heapMb).toBeCloseTo(0, -2);
    expect(third.outsideMb - second.outsideMb).toBeCloseTo(128, -2);
    expect(third.privateMb).toBeGreaterThan(third.heapMb + third.outsideMb);
    expect([third.handles, third.threads].every((count) => count > 2)).toBe(true);
    expect(written.trim().split('\n').every(isOfInspector)).toBe(true);
    child.kill('SIGKILL');
    await expect(holding.look()).rejects.toThrow();
  } finally {
    child.kill('SIGKILL');
  }
});
