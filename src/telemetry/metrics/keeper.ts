/**
 * Keeps metrics on the disk: what an hour brought is written when it is over, in one write, and what a day brought when that is
 * over. A service that stops writes what the present hour has brought so far, and the next start goes on from there; one that is
 * killed loses that.
 *
 * Hours are the clock's, days the calendar's in the config's time zone; an hour belongs to the day in which it begins.
 */
import type { Cancel, Clock } from '../../clock.ts';
import { metricRow, metricRows, newestAt, type Span } from '../../persistence/metric-rows.ts';
import type { RowSource } from '../../persistence/row-pages.ts';
import type { Write } from '../../persistence/store.ts';
import { boundsOf, dayAt } from '../../policies/calendar-day.ts';
import type { Collector } from './collector.ts';
import { parsedTally } from './reading.ts';
import { Series, type Subject } from './series.ts';

export interface KeeperPorts {
  clock: Pick<Clock, 'now' | 'at'>;
  timeZone: string;
  store: RowSource;
  /** Resolves once the rows are durable. */
  write: (rows: readonly Write[]) => Promise<void>;
  collector: Collector;
  /** Hears that an hour is on the disk. */
  kept?: () => void;
  /** Hears of what could not be kept or read. */
  failed: (error: unknown) => void;
}

export const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** One more than the two weeks that are compared. */
export const hoursKeptMs = 15 * dayMs;
export const daysKeptMs = 400 * dayMs;
const deletesPerWrite = 500;

export class MetricsKeeper {
  readonly #ports: KeeperPorts;
  /** What an earlier process has written of the present hour. */
  #base = new Series();
  #hour: number;
  #cancel: Cancel = () => {};
  #isWriting = false;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.#hour = hourOf(ports.clock.now());
  }

  /** Takes up what is there of the present hour, makes up for days whose end nobody saw, and goes on by itself. */
  async start(): Promise<void> {
    const { store, clock } = this.#ports;
    for await (const { subject, json } of metricRows(store, 'hour', this.#hour, this.#hour + 1)) {
      this.#base.addAll([[subject as Subject, parsedTally(json)]]);
    }
    await this.#keepDays(clock.now());
    this.#wait();
  }

  /** Resolves once what the present hour has brought so far is on the disk. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#ports.write(this.#rows(this.#ports.clock.now())).catch(this.#ports.failed);
  }

  #wait() {
    const { clock } = this.#ports;
    this.#cancel = clock.at(hourOf(clock.now()) + hourMs, () => {
      this.#wait();
      void this.#turn(clock.now());
    });
  }

  /** While the store takes no writes, what comes goes to the hour that could not be written. */
  async #turn(now: number) {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      const rows = this.#rows(now);
      this.#hour = hourOf(now);
      this.#base = new Series();
      await this.#ports.write(rows);
      this.#ports.kept?.();
      await this.#keepDays(now);
      await this.#forget('hour', now - hoursKeptMs);
    } catch (error) {
      this.#ports.failed(error);
    } finally {
      this.#isWriting = false;
    }
  }

  #rows(now: number): Write[] {
    this.#base.addAll(this.#ports.collector.take(now));
    return rowsOf('hour', this.#hour, this.#base);
  }

  /** Every day that is over and has hours, but no rows of its own yet. */
  async #keepDays(now: number) {
    const { store, timeZone, write } = this.#ports;
    const today = boundsOf(timeZone, dayAt(timeZone, now)).from;
    const last = await newestAt(store, 'day', today);
    const from = last === undefined ? 0 : boundsOf(timeZone, dayAt(timeZone, last)).to;
    if (from >= today) return;
    let day: { at: number; to: number; series: Series } | undefined;
    for await (const { at, subject, json } of metricRows(store, 'hour', from, today)) {
      if (day && at >= day.to) {
        await write(rowsOf('day', day.at, day.series));
        day = undefined;
      }
      if (!day) {
        const bounds = boundsOf(timeZone, dayAt(timeZone, at));
        day = { at: bounds.from, to: bounds.to, series: new Series() };
      }
      day.series.addAll([[subject as Subject, parsedTally(json)]]);
    }
    if (!day) return;
    await write(rowsOf('day', day.at, day.series));
    await this.#forget('day', now - daysKeptMs);
  }

  async #forget(span: Span, before: number) {
    let leaving: Write[] = [];
    for await (const { key } of metricRows(this.#ports.store, span, 0, before)) {
      leaving.push([key, null]);
      if (leaving.length < deletesPerWrite) continue;
      await this.#ports.write(leaving);
      leaving = [];
    }
    if (leaving.length > 0) await this.#ports.write(leaving);
  }
}

/** When the hour of an instant began, epoch ms. */
export function hourOf(at: number): number {
  return Math.floor(at / hourMs) * hourMs;
}

function rowsOf(span: Span, at: number, series: Iterable<[Subject, object]>): Write[] {
  return [...series].map(([subject, tally]) => metricRow(span, at, subject, JSON.stringify(tally)));
}
