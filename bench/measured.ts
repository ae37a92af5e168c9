/**
 * What is measured, by name: how one round of it is taken, and what is shown of all its rounds.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Busy } from './busy.ts';
import { bareStartMs, measure } from './child.ts';
import {
  type BusyCrowds,
  busyLines,
  callLines,
  costLines,
  type GuardedCall,
  type Heap,
  heapLines,
  neighbourLines,
  type Starts,
  startLines,
  type Taps,
  tapLines,
} from './lines.ts';
import { medians } from './median.ts';
import type { Line } from './table.ts';

export interface Measured {
  name: string;
  /** How many engines the prepared stores have that it needs. */
  stores: readonly number[];
  /** Takes one round. @param n the first is 1 */
  round(place: Place, n: number): Promise<void>;
  /** Of all rounds: each number is the median. */
  lines(): Line[];
  /** Every single result. */
  results: readonly object[];
}

/** Where the stores are. */
export interface Place {
  folder: string;
  say: (text: string) => void;
}

const sizes = [100, 1_000, 10_000, 100_000];
const busyStore = 1_000;

/** In the order of the page. */
export const measured: readonly Measured[] = [
  one<Heap>('heap', [], async () => (await measure<Heap>('heap', [])).result, heapLines),
  one<Starts>('start', [10_000, 100_000], startsOf, startLines),
  one<BusyCrowds>(
    'busy',
    [busyStore],
    async (place) => ({
      alone: await throughput(place, busyStore, 1),
      hundred: await throughput(place, busyStore, 100),
      thousand: await throughput(place, busyStore, 1_000),
    }),
    busyLines,
  ),
  one<Costs>(
    'beside',
    sizes,
    (place) => bySize(place, sizes, async (size) => (await throughput(place, size, 1, 'guarded')).cpuMsPerRun),
    (costs) => costLines('engines', costs),
  ),
  one<Costs>(
    'held',
    [],
    (place, n) =>
      bySize(place, [0, 100, 1_000, 10_000], async (held) => {
        const store = join(place.folder, `held-${n}-${held}.sqlite`);
        return (await measure<Busy>('held', [store, String(held)])).result.cpuMsPerRun;
      }),
    (costs) => costLines('held for a breaker, a quota or a limit', costs),
  ),
  one<Record<string, Busy>>(
    'neighbours',
    [],
    (place, n) =>
      bySize(place, [0, 100], async (ill) => {
        const store = join(place.folder, `neighbours-${n}-${ill}.sqlite`);
        return (await measure<Busy>('neighbours', [store, String(ill)])).result;
      }),
    neighbourLines,
  ),
  one<Taps>(
    'taps',
    [busyStore],
    async (place) => (await measure<Taps>('taps', [copyOf(place, busyStore)])).result,
    tapLines,
  ),
  one<GuardedCall>(
    'guarded-call',
    [],
    async ({ folder }, n) => (await measure<GuardedCall>('guarded-call', [join(folder, `calls-${n}.sqlite`)])).result,
    callLines,
  ),
];

/** By how many engines there are beside the one. */
type Costs = Record<string, number>;

/** The file of a prepared store. */
export function storeOf({ folder }: Place, size: number): string {
  return join(folder, `${size}.sqlite`);
}

function one<Result extends object>(
  name: string,
  stores: readonly number[],
  take: (place: Place, n: number) => Promise<Result>,
  linesOf: (result: Result) => Line[],
): Measured {
  const results: Result[] = [];
  return {
    name,
    stores,
    results,
    async round(place, n) {
      results.push(await take(place, n));
    },
    lines: () => linesOf(medians(results)),
  };
}

async function bySize<Value>({ say }: Place, sizes: readonly number[], of: (size: number) => Promise<Value>) {
  const values: Record<string, Value> = {};
  for (const size of sizes) {
    say(`… ${size}`);
    values[size] = await of(size);
  }
  return values;
}

async function startsOf(place: Place): Promise<Starts> {
  const cache = { NODE_COMPILE_CACHE: join(place.folder, 'compiled') };
  return {
    bareMs: await bareStartMs(),
    tenThousandMs: await startMs(place, 10_000, {}),
    tenThousandCachedMs: await startMs(place, 10_000, cache),
    hundredThousandMs: await startMs(place, 100_000, {}),
    hundredThousandCachedMs: await startMs(place, 100_000, cache),
  };
}

async function startMs(place: Place, size: number, env: NodeJS.ProcessEnv): Promise<number> {
  // What the measurements before have written is on its way to the disk for seconds yet.
  execFileSync('sync');
  return (await measure('rehydrate', [storeOf(place, size), String(size)], env)).ms;
}

/** Every round begins with the same store. */
function copyOf(place: Place, size: number): string {
  const copy = join(place.folder, 'copy.sqlite');
  for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
  copyFileSync(storeOf(place, size), copy);
  return copy;
}

async function throughput(place: Place, size: number, atOnce: number, ...how: 'guarded'[]): Promise<Busy> {
  place.say(`… ${atOnce} busy, ${size} in all`);
  return (await measure<Busy>('throughput', [copyOf(place, size), String(size), String(atOnce), ...how])).result;
}
