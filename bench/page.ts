/**
 * Measures the page with 5,000 engines behind it that make a hundred transitions a second: the real command, a real browser.
 * `npm run bench:page` takes some twenty minutes; `-- --minutes 1` lets fewer changes go by.
 *
 * The results are written to `results/`; docs/benchmarks.md says how to read them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { Workplace } from '../test/cli/nightshift.ts';
import { pause } from './busy.ts';
import { machineFacts, othersSince, takePriority } from './machine.ts';
import { configText, lastJob, probe } from './page/config.ts';
import { costOfWatching } from './page/cost.ts';
import { latencies } from './page/latency.ts';
import { linesOf } from './page/lines.ts';
import { writePast } from './page/past.ts';
import { type Loaded, load, openTab } from './page/tab.ts';
import { page as written } from './table.ts';
import { makeFolder } from './world.ts';

const { values } = parseArgs({
  options: {
    /** How long a tab is left open between the two looks at its memory. */
    minutes: { type: 'string', default: '10' },
    loads: { type: 'string', default: '9' },
    changes: { type: 'string', default: '150' },
    turns: { type: 'string', default: '10' },
  },
});
const [minutes, loads, changes, turns] = [values.minutes, values.loads, values.changes, values.turns].map(Number) as [
  number,
  number,
  number,
  number,
];

if (!takePriority()) progress('measured at the usual priority: a higher one is for root only');
const { folder, remove } = makeFolder();
const others = othersSince();
const machine = machineFacts(folder);
remove();
const date = new Date(systemClock.now()).toISOString().slice(0, 10);

const workplace = new Workplace();
try {
  workplace.write('nightshift.config.ts', configText);
  progress('the past is written');
  await writePast(workplace.data, systemClock.now());
  progress('the service starts');
  const service = await workplace.start();
  const source = { workplace, service };
  await pause(10_000);

  const loaded: Loaded[] = [];
  for (let n = 1; n <= loads; n++) {
    progress(`load ${n} of ${loads}`);
    const tab = await openTab();
    loaded.push(await load(tab.page, service.url, lastJob));
    // The first who looks has the past of every engine read.
    if (n === 1) await pause(30_000);
    await tab.close();
  }

  const tab = await openTab();
  const empty = await tab.memory();
  await load(tab.page, service.url, lastJob);
  const loadedAt = systemClock.monotonic();
  await pause(5_000);
  const afterLoad = await tab.memory();
  progress('scrolling');
  const frames = (await tab.page.evaluate('bench.scroll(1200)')) as number[];
  progress(`${changes} changes in the overview`);
  const overview = await latencies(tab.page, `[data-engine="${probe}"] .badge`, changes, source);
  await tab.page.evaluate(`location.hash = '#/engine/${probe}'`);
  progress(`${changes} changes in the engine's view`);
  const engine = await latencies(tab.page, '.now .badge', changes, source);
  await tab.page.evaluate(`location.hash = '#/'`);
  progress(`memory after ${minutes} minutes`);
  await pause(Math.max(minutes * 60_000 - (systemClock.monotonic() - loadedAt), 0));
  const later = await tab.memory();
  await tab.close();

  const cost = await costOfWatching(service, turns, progress);
  const results = { loaded, memory: { empty, afterLoad, later }, frames, overview, engine, cost, minutes };
  const lines = linesOf(results);
  const disturbed = others();
  const report = written('The page, with 5,000 engines', date, machine, disturbed, lines);
  const place = join(import.meta.dirname, 'results');
  mkdirSync(place, { recursive: true });
  const raw = { date, machine, others: disturbed, lines, ...results };
  writeFileSync(join(place, 'page.json'), `${JSON.stringify(raw, null, 2)}\n`);
  writeFileSync(join(place, 'page.md'), report);
  console.log(report);
} finally {
  workplace.dispose();
}

function progress(text: string): void {
  console.error(text);
}
