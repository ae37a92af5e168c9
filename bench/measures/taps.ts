/**
 * What it costs to listen to the stream of committed transitions: node taps.ts FILE
 *
 * A hundred engines are busy, in a prepared store with a thousand, and in short turns nobody listens, then somebody who does nothing, then
 * each of those that the service has, by itself, and at last all of them. All in one process, so that a slow moment of the machine meets
 * all of them; each turn begins with another.
 */
import type { EmbeddedHost } from '../../src/actors/embedded-host.ts';
import { systemClock } from '../../src/clock.ts';
import { Changes } from '../../src/dashboard/changes.ts';
import { RunHistory } from '../../src/dashboard/run-history.ts';
import { Unreadable } from '../../src/dashboard/unreadable.ts';
import { ErrorBook } from '../../src/telemetry/errors/error-book.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { LogLevels } from '../../src/telemetry/log-levels.ts';
import { Collector } from '../../src/telemetry/metrics/collector.ts';
import { logTransitions } from '../../src/telemetry/transitions.ts';
import { keepBusy } from '../busy.ts';
import type { Taps } from '../lines.ts';
import { median } from '../median.ts';
import { engineAddress, openEngines } from '../world.ts';

const turns = 12;
const [file] = process.argv.slice(2) as [string];
const world = await openEngines(file, 1_000);
const addresses = Array.from({ length: 100 }, (_, n) => engineAddress(n));

/** Nobody reads what the log says: that is up to the disk. */
const log = createLog({ levels: new LogLevels('info'), pretty: false, redact: (text) => text, write: () => {} });
/** What was before is nothing to those who watch: they note what comes. */
const store = { range: () => [] };
const ports = { host: world.host, store, clock: systemClock, failed: fail };
const errors = new ErrorBook({ ...ports, write: (rows) => world.host.write(rows) });
const history = new RunHistory(store);
await history.fill(addresses, systemClock.now(), () => {});

const taps = {
  nobody: () => () => {},
  somebody: (host: EmbeddedHost) => host.inspect({ transition: () => {} }),
  log: (host: EmbeddedHost) => logTransitions(host, log),
  metrics: (host: EmbeddedHost) => new Collector().watch(host, [], systemClock.now()),
  errors: (host: EmbeddedHost) => errors.watch(host),
  history: (host: EmbeddedHost) => host.inspect({ transition: (transition) => history.take(transition) }),
  page: async () => {
    const changes = await openChanges();
    return () => changes.stop();
  },
  watchedPage: async () => {
    const changes = await openChanges();
    changes.watch(({ data }) => void JSON.stringify(data));
    return () => changes.stop();
  },
  all: async (host: EmbeddedHost) => {
    const ends = [taps.log(host), taps.metrics(host), taps.errors(host), await taps.page()];
    return () => {
      for (const end of ends) end();
    };
  },
};
const names = Object.keys(taps) as (keyof typeof taps)[];
const costs = new Map<keyof typeof taps, number[]>(names.map((name) => [name, []]));

await keepBusy(world.host, addresses, { warmUpMs: 3_000, measuredMs: 100 });
for (let turn = 0; turn < turns; turn++) {
  for (let n = 0; n < names.length; n++) {
    const name = names[(turn + n) % names.length] as keyof typeof taps;
    const end = await taps[name](world.host);
    const { cpuMsPerRun } = await keepBusy(world.host, addresses, { warmUpMs: 100, measuredMs: 400 });
    end();
    costs.get(name)?.push(cpuMsPerRun);
  }
}
await world.close();
/** Against nobody of the same turn, for the machine is not the same from one to the next. */
const ratio = (name: keyof typeof taps) =>
  median((costs.get(name) ?? []).map((cost, turn) => cost / (costs.get('nobody')?.[turn] ?? Number.NaN)));
const result: Taps = {
  nobodyMs: median(costs.get('nobody') ?? []),
  somebody: ratio('somebody'),
  log: ratio('log'),
  metrics: ratio('metrics'),
  errors: ratio('errors'),
  history: ratio('history'),
  page: ratio('page'),
  watchedPage: ratio('watchedPage'),
  all: ratio('all'),
};
console.log(JSON.stringify(result));

/** Nobody has the page open, but somebody had: it keeps the strips of the busy ones up to date. */
async function openChanges(): Promise<Changes> {
  const changes = new Changes({
    ...ports,
    state: () => 'running',
    unreadable: new Unreadable((_, error) => fail(error)),
  });
  for (const address of addresses) await changes.entries(address);
  return changes;
}

function fail(error: unknown): never {
  throw error;
}
