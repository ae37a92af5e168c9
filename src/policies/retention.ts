/**
 * Retention: which of the copies that were made over time stay, by their number and by their age.
 *
 * The latest few stay whatever else is true: neither three made in an hour nor a clock that was years ahead for a moment costs
 * all of them. Of each day the newest copy counts, and of each week. The latest days that have one keep theirs, and so do the latest
 * weeks; one copy may stand for its day and its week. Days without a copy do not count, so an outage costs no old copy.
 */
import { utcOffsetMs } from './local-time.ts';

export type Keep = {
  /** So many of the newest stay, at any age. At least 1. */
  last: number;
  /** Days, at least 1. */
  daily: number;
  /** Weeks from Monday on, at least 0. */
  weekly: number;
  /** Older ones go, for whatever day or week they stand; null for none. */
  maxAgeMs: number | null;
};

const dayMs = 86_400_000;
/** 1 January 1970 was the fourth day of its week. */
const firstWeekday = 3;

/**
 * The copies that stay. The newest always does.
 *
 * @param copies when they were made, epoch ms, in any order
 * @param timeZone in which days begin
 * @param now epoch ms
 */
export function retained(copies: readonly number[], keep: Keep, timeZone: string, now: number): Set<number> {
  const newestFirst = copies.toSorted((a, b) => b - a);
  const day = (at: number) => Math.floor((at + utcOffsetMs(timeZone, at)) / dayMs);
  const week = (at: number) => Math.floor((day(at) + firstWeekday) / 7);
  const periodic = [...newestOf(newestFirst, day, keep.daily), ...newestOf(newestFirst, week, keep.weekly)];
  const young = periodic.filter((at) => keep.maxAgeMs === null || now - at <= keep.maxAgeMs);
  return new Set([...newestFirst.slice(0, Math.max(keep.last, 1)), ...young]);
}

/** The newest of each period, in the latest periods. */
function newestOf(newestFirst: readonly number[], period: (at: number) => number, periods: number): number[] {
  const byPeriod = new Map<number, number>();
  for (const at of newestFirst) {
    const key = period(at);
    if (!byPeriod.has(key)) byPeriod.set(key, at);
  }
  return [...byPeriod.values()].slice(0, periods);
}
