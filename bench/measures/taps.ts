/**
 * What it costs to listen to the stream of committed transitions: node taps.ts FILE
 *
 * A hundred engines are busy, in a prepared store with a thousand, and in short turns nobody listens, somebody who does nothing, the log
 * and the metrics. All in one process, so that a slow moment of the machine meets all of them; each turn begins with another.
 */
import type { EmbeddedHost } from '../../src/actors/embedded-host.ts';
import { systemClock } from '../../src/clock.ts';
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
const taps = {
  nobody: () => () => {},
  somebody: (host: EmbeddedHost) => host.inspect({ transition: () => {} }),
  log: (host: EmbeddedHost) => logTransitions(host, log),
  metrics: (host: EmbeddedHost) => new Collector().watch(host, [], systemClock.now()),
};
const names = Object.keys(taps) as (keyof typeof taps)[];
const costs = new Map<keyof typeof taps, number[]>(names.map((name) => [name, []]));

await keepBusy(world.host, addresses, { warmUpMs: 3_000, measuredMs: 100 });
for (let turn = 0; turn < turns; turn++) {
  for (let n = 0; n < names.length; n++) {
    const name = names[(turn + n) % names.length] as keyof typeof taps;
    const end = taps[name](world.host);
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
};
console.log(JSON.stringify(result));
