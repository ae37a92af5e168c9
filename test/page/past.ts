/**
 * A past for the service that the page is shown with: runs in the ledger, and two days of metrics.
 */
import { openDataDir } from '../../src/persistence/data-dir.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import { metricRow } from '../../src/persistence/metric-rows.ts';
import { openStore, type Write } from '../../src/persistence/store.ts';
import { emptyHistogram, LengthCounter } from '../../src/policies/histogram.ts';
import type { Settled } from '../../src/policies/run.ts';
import { seededRandom } from '../../src/random.ts';
import { add, addPeak, type Tally } from '../../src/telemetry/metrics/tally.ts';

const hourMs = 3_600_000;

/** To be written before its first start. */
export async function writePast(dataDir: string, now: number): Promise<void> {
  const store = await openStore(`sqlite://${openDataDir(dataDir).store}`);
  const chance = seededRandom(7);
  await store.write([...ledgerOf('backup-photos', now, chance, 0.02), ...ledgerOf('summaries', now, chance, 0.06)]);
  await store.write([...ledgerOf('orders', now, chance, 0.1), ...ledgerOf('index', now, chance, 0)]);
  await store.write(metricsOf(now, chance));
  await store.close();
}

function ledgerOf(engine: string, now: number, chance: () => number, failing: number): Write[] {
  return Array.from({ length: 60 }, (_, n): Write => {
    const at = now - (60 - n) * 600_000;
    const luck = chance();
    const entry: Settled = {
      outcome: 'ran',
      due: { from: at - 3_000, to: at - 3_000 },
      run: `${engine}.${n}`,
      result: luck < failing ? 'failure' : 'success',
      attempts: luck < 2 * failing ? 3 : 1,
      startedAt: at - 1_200 - Math.round(chance() * 900),
      ...(luck < failing && { reason: 'the service answered 503: the service is in trouble' }),
    };
    return ledgerRow(`engine/${engine}`, at, n, entry);
  });
}

function metricsOf(now: number, chance: () => number): Write[] {
  const first = Math.floor(now / hourMs) * hourMs - 48 * hourMs;
  return Array.from({ length: 48 }, (_, n) => first + n * hourMs).flatMap((at, n) => [
    metricRow('hour', at, 'process/self', JSON.stringify(processTally(n, chance))),
    metricRow('hour', at, 'engine/backup-photos', JSON.stringify(engineTally(n, chance))),
    metricRow('hour', at, 'service/drive', JSON.stringify(engineTally(n, chance))),
  ]);
}

function processTally(n: number, chance: () => number): Tally {
  const tally: Tally = {};
  addPeak(tally, 'memoryBytes', 90e6 + Math.sin(n / 4) * 12e6 + chance() * 6e6);
  add(tally, 'cpuMs', 40_000 + chance() * 30_000);
  add(tally, 'watchedMs', hourMs);
  return tally;
}

function engineTally(n: number, chance: () => number): Tally {
  const duration = new LengthCounter();
  for (let run = 0; run < 6; run++) duration.count(1_100 + Math.sin(n / 5) * 300 + chance() ** 3 * 2_000);
  const tally: Tally = { lengths: { duration: duration.read() ?? emptyHistogram() } };
  add(tally, 'success', 6 - Number(chance() < 0.1));
  add(tally, 'failure', Number(chance() < 0.1));
  add(tally, 'attempts', 7);
  return tally;
}
