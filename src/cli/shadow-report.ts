/**
 * `shadow report`: what nightshift would have done otherwise than the scheduler that it has followed. It reads files, and answers whether
 * somebody follows at present or not.
 */
import { dirname } from 'node:path';
import { loadDefinition } from '../config/load.ts';
import { resolveConfig } from '../config/resolve.ts';
import { NightshiftError } from '../errors.ts';
import { localText } from '../policies/calendar-day.ts';
import { formatDuration } from '../policies/duration.ts';
import { differenceKinds } from '../policies/shadow.ts';
import { entriesSince, journalAt, keptDays } from '../shadow/journal.ts';
import { type EngineReport, type ShadowReport, shadowReport } from '../shadow/report.ts';
import { madeUpEnvironment } from '../testing/world/config-for-world.ts';
import { patiently } from './patiently.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

export interface ShadowReportOptions extends PlaceOptions {
  days?: string;
  json?: boolean;
}

const dayMs = 86_400_000;
const daysUsual = 7;
const shownMax = 10;

/** @param now epoch ms */
export async function shadowReportCommand(
  { days, json, ...options }: ShadowReportOptions,
  now: number,
): Promise<number> {
  const place = placeOf(options);
  const since = now - daysIn(days) * dayMs;
  // What a config takes from the environment is of no matter here, and need not be there.
  const config = resolveConfig(
    await patiently(place.config, loadDefinition(place.config)),
    madeUpEnvironment,
    dirname(place.config),
  );
  const folder = journalAt(place.data);
  const report = shadowReport(entriesSince(folder, since), config);
  if (!report) throw nothingSeen(folder);
  console.log(json ? JSON.stringify(report) : readable(report, (at) => localText(config.timeZone, at), place.data));
  return 0;
}

function daysIn(days: string | undefined): number {
  if (days === undefined) return daysUsual;
  if (/^[1-9]\d?$/.test(days) && Number(days) <= keptDays) return Number(days);
  throw new UsageError(
    `--days: found '${days}', expected a number of days from 1 to ${keptDays}: for so long it is kept what was seen.`,
  );
}

function nothingSeen(folder: string) {
  const todo = 'Follow the schedule for a week, with nightshift start --shadow.';
  return new NightshiftError('SHADOW_MISSING', `${folder}: found nothing that was seen, expected a journal. ${todo}`);
}

function readable(report: ShadowReport, time: (at: number) => string, data: string): string {
  const { from, to, gaps, engines, unfollowed, strangers } = report;
  const missing = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const but =
    gaps.length === 0
      ? ''
      : `, but for ${gaps.length === 1 ? 'a gap' : `${gaps.length} gaps`} of ${formatDuration(minutes(missing))}`;
  const unseen = engines.filter(({ ran, due }) => ran === 0 && due > 0);
  return [
    `Followed from ${time(from)} to ${time(to)} (${formatDuration(minutes(to - from))})${but}.`,
    '',
    table(
      ['ENGINE', 'DUE', 'RAN', 'FAILED', 'DIFFERENCES'],
      engines.map((engine) => [
        engine.id,
        String(engine.due),
        String(engine.ran),
        engine.failed === 0 ? '' : String(engine.failed),
        counts(engine),
      ]),
    ),
    ...engines.flatMap((engine) => details(engine, time)),
    ...(unseen.length === 0 ? [] : ['', notSeen(unseen, data)]),
    ...(strangers.length === 0
      ? []
      : [
          '',
          `Seen, but of no engine: ${strangers.map(({ name, count }) => `${name} (${count})`).join(', ')}. --engine ID in front of -- says of which.`,
        ]),
    ...(unfollowed.length === 0 ? [] : ['', `Not followed, for nobody else can run them: ${unfollowed.join(', ')}.`]),
  ].join('\n');
}

function minutes(ms: number): number {
  return Math.max(Math.round(ms / 60_000) * 60_000, 60_000);
}

function counts({ ran, due, differences }: EngineReport): string {
  if (ran === 0) return due === 0 ? '' : 'no run of it was seen';
  const texts = differenceKinds.flatMap((kind) => {
    const count = differences.filter((each) => each.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function details(engine: EngineReport, time: (at: number) => string): string[] {
  const { id, ran, failed, lastFailure, unwatched, catchUp, differences } = engine;
  if (ran === 0) return [];
  const shown = differences.slice(-shownMax);
  const rest = differences.length - shown.length;
  const lines = [
    ...(rest > 0 ? [`  ${rest} more before these; --json has all`] : []),
    ...shown.map(({ at, kind, what }) => `  ${time(at)}  ${kind}: ${what}`),
    ...(lastFailure
      ? [
          `  failed ${failed === 1 ? 'once' : `${failed} times`}, with nightshift or without: ${failed === 1 ? '' : 'the last time '}at ${time(lastFailure.at)}, with ${lastFailure.how}`,
        ]
      : []),
    ...(unwatched > 0
      ? [
          `  due ${unwatched === 1 ? 'once' : `${unwatched} times`} while nobody watched, and nothing was seen: ${made(catchUp)}`,
        ]
      : []),
  ];
  return lines.length === 0 ? [] : ['', id, ...lines];
}

function made(catchUp: EngineReport['catchUp']): string {
  switch (catchUp) {
    case 'once':
      return 'here, one run would have made up for that';
    case 'all':
      return 'here, all would have been made up for';
    case 'skip':
      return "here, that is missed, as catchUp: 'skip' says";
    default:
      return catchUp satisfies never;
  }
}

function notSeen(engines: readonly EngineReport[], data: string): string {
  const names = engines.map(({ id }) => id);
  const some = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  return [
    `No run was seen of ${some}. Does its line in the crontab begin with the wrapper?`,
    `  nightshift shadow --data ${data} -- CMD`,
    'nightshift shadow crontab prints your crontab with it.',
  ].join('\n');
}
