/**
 * What a service counts of itself and keeps: its metrics, and its errors by their signatures.
 */
import type { Logger } from 'pino';
import type { EmbeddedHost } from '../actors/embedded-host.ts';
import type { Clock } from '../clock.ts';
import type { Store, Write } from '../persistence/store.ts';
import { ErrorBook } from '../telemetry/errors/error-book.ts';
import type { Collector } from '../telemetry/metrics/collector.ts';
import { MetricsKeeper } from '../telemetry/metrics/keeper.ts';
import { Metrics } from '../telemetry/metrics/overview.ts';
import { sampleProcess } from '../telemetry/metrics/process-sample.ts';

export interface FiguresPorts {
  host: EmbeddedHost;
  store: Store;
  collector: Collector;
  clock: Clock;
  timeZone: string;
  /** The data folder, whose disk is looked at. */
  dataDir: string;
  log: Logger;
}

export interface Figures {
  metrics: Metrics;
  /**
   * Counts what happens from now on, once everybody is back: that is nothing that happens.
   *
   * @returns what ends it, with the store still open
   */
  count(): Promise<() => void>;
  /** Takes in no errors any more. */
  close(): void;
}

/** Takes in errors from now on, those of the start as well. */
export async function openFigures(ports: FiguresPorts): Promise<Figures> {
  const { host, store, collector, clock, timeZone, dataDir, log } = ports;
  const write = (rows: readonly Write[]) => host.write(rows);
  const metrics = new Metrics(store, () => collector.present());
  const keeper = new MetricsKeeper({
    ...{ clock, timeZone, store, write, collector },
    kept: () => metrics.refresh(),
    failed: (error) => log.warn({ err: error }, 'metrics.unkept'),
  });
  const errors = new ErrorBook({
    ...{ clock, store, write },
    failed: (error) => log.warn({ err: error }, 'errors.unkept'),
  });
  await errors.start();
  const close = errors.watch(host);
  return {
    metrics,
    close,
    async count() {
      const standing = host.addresses().map((address) => ({ address, value: host.standOf(address).stand.value }));
      const leave = collector.watch(host, standing, clock.now());
      const endSamples = sampleProcess(clock, dataDir, (sample) => collector.sample(sample));
      await keeper.start();
      return () => {
        // What closes the store writes it.
        void errors.stop();
        void keeper.stop();
        endSamples();
        leave();
      };
    },
  };
}
