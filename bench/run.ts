/**
 * Measures what an engine costs: memory, start, throughput, latency. `npm run bench` takes some seven minutes; `npm run bench -- taps`
 * measures that alone, and shows it without writing it anywhere.
 *
 * Each measurement runs in fresh processes, some times over, in turns with the others, and each number is the
 * median. The results are written to `results/`; docs/benchmarks.md says how to read them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import { measure } from './child.ts';
import { machineFacts, othersSince, takePriority } from './machine.ts';
import { type Measured, measured, type Place, storeOf } from './measured.ts';
import { page } from './table.ts';
import { makeFolder } from './world.ts';

const rounds = 3;
const names = process.argv.slice(2);
const wanted = chosen(names);

if (!takePriority()) progress('measured at the usual priority: a higher one is for root only');

const { folder, remove } = makeFolder();
const place: Place = { folder, say: progress };
const others = othersSince();
const machine = machineFacts(folder);
const date = new Date(systemClock.now()).toISOString().slice(0, 10);

for (const size of new Set(wanted.flatMap(({ stores }) => stores))) {
  progress(`preparing a store with ${size} engines`);
  await measure('prepare', [storeOf(place, size), String(size)]);
}
for (let round = 1; round <= rounds; round++) {
  for (const each of wanted) {
    progress(`round ${round} of ${rounds}: ${each.name}`);
    await each.round(place, round);
  }
}
remove();

const lines = wanted.flatMap((each) => each.lines());
const disturbed = others();
const report = page('Benchmarks', date, machine, disturbed, lines);
if (names.length === 0) {
  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  const every = Object.fromEntries(wanted.map((each) => [each.name, each.results]));
  const raw = { date, machine, others: disturbed, rounds, lines, ...every };
  writeFileSync(join(results, 'latest.json'), `${JSON.stringify(raw, null, 2)}\n`);
  writeFileSync(join(results, 'latest.md'), report);
}
console.log(report);

/** Those that are named; all when none is. */
function chosen(names: readonly string[]): readonly Measured[] {
  for (const name of names) {
    if (measured.some((each) => each.name === name)) continue;
    console.error(`${name}: found no measure, expected any of ${measured.map((each) => each.name).join(', ')}.`);
    process.exit(2);
  }
  return names.length === 0 ? measured : measured.filter(({ name }) => names.includes(name));
}

function progress(text: string): void {
  console.error(text);
}
