/**
 * Keeps metrics on the disk: what an hour brought is written when it is over, in one write, and what a day brought when that is
 * over. A service that stops writes what the present hour has brought so far, and the next start goes on from there; one that is
 * killed loses that.
 *
 * Hours are the clock's, days the calendar's in the config's time zone; an hour belongs to the day in which it begins. A clock that is
 * set back shows hours again, and days, that are on the disk: whatever comes then is added to what is there.
 */
import type { Cancel, Clock } from '../../clock.ts';
import { isAnySince, metricRow, metricRows, newestAt, type Span } from '../../persistence/metric-rows.ts';
import type { RowSource } from '../../persistence/row-pages.ts';
import type { Write } from '../../persistence/store.ts';
import { boundsOf, dayAt } from '../../policies/calendar-day.ts';
import type { Collector } from './collector.ts';
import { parsedTally } from './reading.ts';
import { Series, type Subject } from './series.ts';

export interface KeeperPorts {
  clock: Pick<Clock, 'now' | 'at' | 'after'>;
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
/** Whoever waits for the end of an hour does not hear of a clock that is set back. */
const lookMs = 60_000;

/** An hour that is being counted, with what the disk has of it. */
interface Hour {
  /** When it began, epoch ms. */
  at: number;
  series: Series;
  /** Its day, when that is on the disk already; undefined when the day's end will sum up its hours. */
  day: { at: number; series: Series } | undefined;
}

export class MetricsKeeper {
  readonly #ports: KeeperPorts;
  #hour: Hour;
  #cancel: Cancel = () => {};
  #isWriting = false;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.#hour = { at: hourOf(ports.clock.now()), series: new Series(), day: undefined };
  }

  /** Takes up what is there of the present hour, makes up for days whose end nobody saw, and goes on by itself. */
  async start(): Promise<void> {
    const at = hourOf(this.#ports.clock.now());
    await this.#keepDays(at);
    this.#hour = await this.#begun(at);
    this.#wait();
  }

  /** Resolves once what the present hour has brought so far is on the disk. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#ports.write(this.#rows(this.#ports.clock.now())).catch(this.#ports.failed);
  }

  #wait() {
    const { clock } = this.#ports;
    const ring = () => {
      this.#cancel();
      this.#wait();
      void this.#turn(clock.now());
    };
    const cancels = [clock.at(hourOf(clock.now()) + hourMs, ring), clock.after(lookMs, ring)];
    this.#cancel = () => {
      for (const cancel of cancels) cancel();
    };
  }

  /** While the store takes no writes, what comes goes to the hour that was begun last. */
  async #turn(now: number) {
    const at = hourOf(now);
    if (this.#isWriting || at === this.#hour.at) return;
    this.#isWriting = true;
    try {
      const next = await this.#begun(at);
      const rows = this.#rows(now);
      this.#hour = next;
      await this.#ports.write(rows);
      this.#ports.kept?.();
      await this.#keepDays(at);
      await this.#forget('hour', now - hoursKeptMs);
    } catch (error) {
      this.#ports.failed(error);
    } finally {
      this.#isWriting = false;
    }
  }

  async #begun(at: number): Promise<Hour> {
    const { store, timeZone } = this.#ports;
    const series = await this.#written('hour', at);
    const { from } = boundsOf(timeZone, dayAt(timeZone, at));
    // What the present hour will bring to that day is not on the disk yet.
    if (this.#hour.day?.at === from) return { at, series, day: this.#hour.day };
    const isKept = await isAnySince(store, 'day', from);
    return { at, series, day: isKept ? { at: from, series: await this.#written('day', from) } : undefined };
  }

  async #written(span: Span, at: number): Promise<Series> {
    const series = new Series();
    for await (const { subject, json } of metricRows(this.#ports.store, span, at, at + 1)) {
      series.addAll([[subject as Subject, parsedTally(json)]]);
    }
    return series;
  }

  #rows(now: number): Write[] {
    const { at, series, day } = this.#hour;
    const taken = this.#ports.collector.take(now);
    series.addAll(taken);
    day?.series.addAll(taken);
    return [...rowsOf('hour', at, series), ...(day ? rowsOf('day', day.at, day.series) : [])];
  }

  /**
   * Every day that is over and has hours, but no rows of its own yet.
   *
   * @param hour when the present one began: its day is not over
   */
  async #keepDays(hour: number) {
    const { store, timeZone, write } = this.#ports;
    const today = boundsOf(timeZone, dayAt(timeZone, hour)).from;
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
    await this.#forget('day', hour - daysKeptMs);
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
