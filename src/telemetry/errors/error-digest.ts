/**
 * What the errors of a day or a week were, each signature once: new, growing, as before, or gone.
 */
import { hourMs } from '../metrics/keeper.ts';
import type { ErrorExample, ErrorGroup } from './error-group.ts';

/**
 * - `new`: never seen before
 * - `growing`: at least twice as often as in the week before
 * - `known`: as often as before, or less
 * - `gone`: seen in the same length of time before, and not any more
 */
export type ErrorTrend = (typeof errorTrends)[number];

export const errorTrends = ['new', 'growing', 'known', 'gone'] as const;

export interface ErrorSummary {
  signature: string;
  trend: ErrorTrend;
  times: number;
  /** What was to be expected, by the week before; null for new ones. */
  before: number | null;
  /** The first of all, epoch ms. */
  firstAt: number;
  /** Epoch ms. */
  lastAt: number;
  /** Addresses of those it has hit, the latest first; at most some 20 are known. */
  actors: string[];
  example: ErrorExample;
}

export interface ErrorDigest {
  /** How many errors there were, and of how many signatures. */
  times: number;
  signatures: number;
  /** How many signatures there are of each trend, also of those that are not listed. */
  counts: Record<ErrorTrend, number>;
  /** New ones first, then those that grow, then the others, then those that are gone; at most {@link listedMax}. */
  errors: ErrorSummary[];
}

export const listedMax = 50;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
/** Fewer of them may be chance. */
const growingMin = 5;

/** @param from epoch ms @param to epoch ms; errors count by the hours in which they were, the first and the last wholly */
export function digestOf(groups: readonly ErrorGroup[], from: number, to: number): ErrorDigest {
  const all = groups.flatMap((group) => summaryOf(group, from, to) ?? []).sort(byNews);
  const counts = Object.fromEntries(errorTrends.map((trend) => [trend, 0])) as Record<ErrorTrend, number>;
  for (const { trend } of all) counts[trend] += 1;
  return {
    times: all.reduce((sum, { times }) => sum + times, 0),
    signatures: all.length - counts.gone,
    counts,
    errors: all.slice(0, listedMax),
  };
}

function summaryOf(group: ErrorGroup, from: number, to: number): ErrorSummary | undefined {
  const { signature, firstAt, lastAt, example, hours } = group;
  const start = Math.floor(from / hourMs) * hourMs;
  const lengthMs = to - from;
  const times = sum(hours, start, to);
  if (times === 0 && sum(hours, start - lengthMs, start) === 0) return undefined;
  const before = firstAt >= from ? null : expected(group, start, lengthMs);
  const hit = Object.entries(group.actors).filter(
    (each) => each[1].firstAt < to && (times === 0 || each[1].lastAt >= from),
  );
  return {
    signature,
    trend: trendOf(times, before),
    times,
    before: before === null ? null : Math.round(before * 10) / 10,
    firstAt,
    lastAt,
    actors: hit.sort((one, other) => other[1].lastAt - one[1].lastAt).map(([actor]) => actor),
    example,
  };
}

/** By the week before, or by that part of it in which it was known already. */
function expected({ hours, firstAt }: ErrorGroup, from: number, lengthMs: number): number {
  const knownMs = Math.min(Math.max(from - firstAt, dayMs), weekMs);
  return (sum(hours, from - weekMs, from) * lengthMs) / knownMs;
}

function trendOf(times: number, before: number | null): ErrorTrend {
  if (times === 0) return 'gone';
  if (before === null) return 'new';
  return times >= growingMin && times >= 2 * before ? 'growing' : 'known';
}

function sum(hours: Readonly<Record<string, number>>, from: number, to: number): number {
  const first = Math.floor(from / hourMs);
  const end = to / hourMs;
  return Object.entries(hours).reduce(
    (all, [hour, times]) => (Number(hour) >= first && Number(hour) < end ? all + times : all),
    0,
  );
}

function byNews(one: ErrorSummary, other: ErrorSummary): number {
  const place = ({ trend }: ErrorSummary) => errorTrends.indexOf(trend);
  return place(one) - place(other) || other.times - one.times || (one.signature < other.signature ? -1 : 1);
}
