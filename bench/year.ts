/**
 * Compares three ways of running the same jobs through the same three weeks, and the same year, of failures: cron and scripts, the
 * best script, and Nightshift. `npm run bench:year`; with `--days N`, that length alone, and with `--seeds N`, so many worlds of it.
 *
 * Each simulation has a process of its own. The results are written to `results/`; docs/benchmarks.md says how to read them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { measure } from './child.ts';
import { machineFacts } from './machine.ts';
import { makeFolder } from './world.ts';
import { type Series, yearPage } from './year/report.ts';
import { type Outcome, ways } from './year/simulate.ts';

const { values } = parseArgs({ options: { days: { type: 'string' }, seeds: { type: 'string' } } });
const lengths =
  values.days === undefined
    ? [
        { days: 21, seeds: 3 },
        { days: 365, seeds: 1 },
      ]
    : [{ days: Number(values.days), seeds: 1 }];

const { folder, remove } = makeFolder();
const machine = machineFacts(folder);
remove();
const date = new Date(systemClock.now()).toISOString().slice(0, 10);

const all: Series[] = [];
for (const { days, seeds } of lengths) {
  for (const way of ways) {
    const outcomes: Outcome[] = [];
    for (let seed = 1; seed <= Number(values.seeds ?? seeds); seed++) {
      outcomes.push((await measure<Outcome>('year', [way, String(seed), String(days)])).result);
    }
    all.push({ way, days, outcomes });
  }
}

const page = yearPage(date, machine, all);
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
writeFileSync(join(results, 'year.json'), `${JSON.stringify({ date, machine, all }, null, 2)}\n`);
writeFileSync(join(results, 'year.md'), page);
console.log(page);
