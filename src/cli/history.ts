/**
 * `history`: what became of the due times and runs of an engine, from the run ledger, the latest first, after the run under way. It
 * reads the store alone, so that it answers whether the service runs or not.
 */

import { recordView } from '../dashboard/record-view.ts';
import { upsetText } from '../policies/clock-upset.ts';
import { formatDuration } from '../policies/duration.ts';
import { toldInstants } from '../policies/told-instants.ts';
import { clockOf } from '../policies/why.ts';
import { type Past, pastOf, presentOf } from '../telemetry/history.ts';
import { downText, isServiceDown } from './client.ts';
import { enginePast } from './engine-past.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { table } from './table.ts';
import { withTypedPlace } from './typed-place.ts';
import { UsageError } from './usage-error.ts';

export interface HistoryOptions extends PlaceOptions {
  lines?: string;
  json?: boolean;
}

const linesUsual = 20;

/** @param now epoch ms */
export async function history(engine: string, { lines, json, ...place }: HistoryOptions, now: number): Promise<number> {
  const most = linesOf(lines);
  const { data } = placeOf(place);
  const { address, record, entries, upsets, timeZone, context } = await stored(
    data,
    (reader) => enginePast(reader, engine, now),
    // A run that ends meanwhile is not both over and under way.
    'at one instant',
  );
  const { run, due = null } = context ?? {};
  const present = run ? [presentOf({ run, due }, recordView(address, record), now, upsets)] : [];
  const over = entries.slice(Math.max(entries.length - most, 0)).reverse();
  const pasts = [...present, ...over.map((entry) => pastOf(entry, upsets))].slice(0, most);
  const time = clockOf({ timeZone, now });
  const unsettled = due && due.at <= now ? due.at : null;
  if (json) console.log(JSON.stringify(pasts));
  else if (pasts.length === 0) console.log(withTypedPlace(nothing(engine, unsettled, time), place));
  else console.log(readable(pasts, time));
  if (!json && present.length > 0 && isServiceDown(data)) console.log(withTypedPlace(downText, place));
  return 0;
}

/** @param unsettled since when its first due time waits for a run, epoch ms; null for none */
function nothing(engine: string, unsettled: number | null, time: (at: number) => string): string {
  if (unsettled === null) return `Nothing of ${engine} has been due or triggered yet.`;
  return `Nothing of ${engine} is over yet; what has been due since ${time(unsettled)} is not settled: nightshift why ${engine}`;
}

function readable(pasts: readonly Past[], time: (at: number) => string): string {
  const rows = pasts.map((past) => [
    dueText(past, time),
    outcomeText(past),
    past.startedAt === null ? '' : time(past.startedAt),
    past.durationMs === null ? '' : formatDuration(past.durationMs),
    past.attempts === null ? '' : String(past.attempts),
    inOneSentence(remarks(past, time)),
  ]);
  return table(['DUE', 'OUTCOME', 'BEGAN', 'TOOK', 'ATTEMPTS', 'MORE'], rows);
}

function outcomeText({ outcome, state, result }: Past): string {
  if (outcome === 'underWay') return `under way, ${state}`;
  return result === null ? outcome : `${outcome}, ${result}`;
}

function dueText({ due }: Past, time: (at: number) => string): string {
  if (due === null) return 'by hand';
  return due.from === due.to ? time(due.from) : `${time(due.from)} to ${time(due.to)}`;
}

/** A reason may end with a full stop of its own, behind which nothing more would be expected. */
function inOneSentence(remarks: readonly string[]): string {
  return remarks.map((each, n) => (n < remarks.length - 1 ? each.replace(/\.$/, '') : each)).join('; ');
}

/** What went wrong first. */
function remarks(past: Past, time: (at: number) => string): string[] {
  const { outcome, run, steps, services, served, skipped, odd, abandoned, reason, upset, dueAgainSince } = past;
  const fallbacks = Object.entries(served).map(([name, by]) => `${name} was ${by.join(', then ')}`);
  const took = Object.entries(steps).map(([step, ms]) => `${step} ${formatDuration(ms)}`);
  return [
    ...(outcome === 'coalesced' && run !== null ? [`served by the run ${run}`] : []),
    ...(reason === null ? [] : [toldInstants(reason, time)]),
    ...(dueAgainSince === null ? [] : [`due again since ${time(dueAgainSince)}`]),
    ...(upset === null ? [] : [upsetText(upset, time)]),
    ...list('without', skipped),
    ...list('unusual:', odd),
    ...list('did not stop:', abandoned),
    ...fallbacks,
    ...list('steps:', took),
    ...list('services:', services),
  ];
}

function list(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}

function linesOf(lines: string | undefined): number {
  if (lines === undefined) return linesUsual;
  if (/^[1-9]\d{0,8}$/.test(lines)) return Number(lines);
  throw new UsageError(`--lines: found '${lines}', expected a number of lines from 1 on.`);
}
