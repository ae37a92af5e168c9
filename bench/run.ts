/**
 * Measures what an engine costs: memory, start, throughput, latency. `npm run bench` takes some seven minutes.
 *
 * Each measurement runs in fresh processes, some times over, in turns with the others, and each number is the
 * median. The results are written to `results/`; docs/benchmarks.md says how to read them.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import type { Busy } from './busy.ts';
import { bareStartMs, measure } from './child.ts';
import { type GuardedCall, type Heap, linesOf, type Taps } from './lines.ts';
import { machineFacts, othersSince, takePriority } from './machine.ts';
import { median, medians } from './median.ts';
import { page } from './table.ts';
import { makeFolder } from './world.ts';

const rounds = 3;
const sizes = [100, 1_000, 10_000, 100_000];
const crowds = [1, 100, 1_000];
const crowdsOfIll = [0, 100];
const crowdsOfHeld = [0, 100, 1_000, 10_000];

if (!takePriority()) progress('measured at the usual priority: a higher one is for root only');

const { folder, remove } = makeFolder();
const others = othersSince();
const machine = machineFacts(folder);
const date = new Date(systemClock.now()).toISOString().slice(0, 10);

for (const size of sizes) {
  progress(`preparing a store with ${size} engines`);
  await measure('prepare', [storeOf(size), String(size)]);
}

const heaps: Heap[] = [];
const bare: number[] = [];
const starts = new Map<string, number[]>();
const busy = new Map<number, Busy[]>();
const beside = new Map<number, Busy[]>();
const besideHeld = new Map<number, Busy[]>();
const calls: GuardedCall[] = [];
const taps: Taps[] = [];
const neighbours = new Map<number, Busy[]>();

for (let round = 1; round <= rounds; round++) {
  progress(`round ${round} of ${rounds}: heap`);
  heaps.push((await measure<Heap>('heap', [])).result);
  for (const size of [10_000, 100_000]) {
    progress(`round ${round} of ${rounds}: ${size} engines come back`);
    bare.push(await bareStartMs());
    noted(starts, `${size}`, (await rehydrated(size, {})).ms);
    noted(starts, `${size} cached`, (await rehydrated(size, { NODE_COMPILE_CACHE: join(folder, 'compiled') })).ms);
  }
  for (const ill of crowdsOfIll) {
    progress(`round ${round} of ${rounds}: twenty engines busy beside ${ill} that fail`);
    const store = join(folder, `neighbours-${round}-${ill}.sqlite`);
    noted(neighbours, ill, (await measure<Busy>('neighbours', [store, String(ill)])).result);
  }
  progress(`round ${round} of ${rounds}: guarded calls`);
  calls.push((await measure<GuardedCall>('guarded-call', [join(folder, `calls-${round}.sqlite`)])).result);
  progress(`round ${round} of ${rounds}: who listens to the stream`);
  taps.push((await measure<Taps>('taps', [copyOf(1_000)])).result);
  for (const atOnce of crowds) {
    progress(`round ${round} of ${rounds}: ${atOnce} engines busy at once`);
    noted(busy, atOnce, await throughput(1_000, atOnce));
  }
  for (const size of sizes) {
    progress(`round ${round} of ${rounds}: one engine busy beside ${size}`);
    noted(beside, size, await throughput(size, 1, 'guarded'));
  }
  for (const held of crowdsOfHeld) {
    progress(`round ${round} of ${rounds}: one engine busy beside ${held} that are held`);
    const store = join(folder, `held-${round}-${held}.sqlite`);
    noted(besideHeld, held, (await measure<Busy>('held', [store, String(held)])).result);
  }
}

const startMs = (which: string) => median(starts.get(which) ?? []) - median(bare);
const lines = linesOf({
  heap: medians(heaps),
  bareMs: median(bare),
  start: { tenThousandMs: startMs('10000'), hundredThousandMs: startMs('100000') },
  cachedStart: { tenThousandMs: startMs('10000 cached'), hundredThousandMs: startMs('100000 cached') },
  alone: medians(busy.get(1) ?? []),
  hundred: medians(busy.get(100) ?? []),
  thousand: medians(busy.get(1_000) ?? []),
  call: medians(calls),
  taps: medians(taps),
  neighbours: new Map(crowdsOfIll.map((ill) => [ill, medians(neighbours.get(ill) ?? [])])),
  beside: new Map(sizes.map((size) => [size, medians(beside.get(size) ?? []).cpuMsPerRun])),
  besideHeld: new Map(crowdsOfHeld.map((held) => [held, medians(besideHeld.get(held) ?? []).cpuMsPerRun])),
});
const disturbed = others();
const report = page('Benchmarks', date, machine, disturbed, lines);
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
const raw = {
  date,
  machine,
  others: disturbed,
  rounds,
  lines,
  heap: heaps,
  start: { bareMs: bare, ...Object.fromEntries(starts) },
  call: calls,
  taps,
  neighbours: Object.fromEntries(neighbours),
  busy: Object.fromEntries(busy),
  beside: Object.fromEntries(beside),
  besideHeld: Object.fromEntries(besideHeld),
};
writeFileSync(join(results, 'latest.json'), `${JSON.stringify(raw, null, 2)}\n`);
writeFileSync(join(results, 'latest.md'), report);
remove();
console.log(report);

function storeOf(size: number): string {
  return join(folder, `${size}.sqlite`);
}

function rehydrated(size: number, env: NodeJS.ProcessEnv) {
  // What the measurements before have written is on its way to the disk for seconds yet.
  execFileSync('sync');
  return measure('rehydrate', [storeOf(size), String(size)], env);
}

/** Every round begins with the same store. */
function copyOf(size: number): string {
  const copy = join(folder, 'copy.sqlite');
  for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
  copyFileSync(storeOf(size), copy);
  return copy;
}

async function throughput(size: number, atOnce: number, ...how: 'guarded'[]): Promise<Busy> {
  return (await measure<Busy>('throughput', [copyOf(size), String(size), String(atOnce), ...how])).result;
}

function noted<Key, Value>(values: Map<Key, Value[]>, key: Key, value: Value): void {
  values.set(key, [...(values.get(key) ?? []), value]);
}

function progress(text: string): void {
  console.error(text);
}
