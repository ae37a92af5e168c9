/**
 * The report of a simulation as text: what a person needs to know first, the path to the worst moments last.
 */
import { formatDuration } from '../../policies/duration.ts';
import { pathLine } from './path-log.ts';
import { type Preset, presetWords } from './presets.ts';
import { isSound, lostRuns, type Moment, type SimulationReport } from './report.ts';

/** Puts cells into columns. The last column is cut to the terminal. */
export type TableOf = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

const momentsShown = 3;
const pathShown = 12;

export function reportText(report: SimulationReport, table: TableOf): string {
  const { engines, services, healing, interventions, reasons, happened, violations, worst, from } = report;
  return [
    ...headline(report),
    ...section(
      'Engines',
      table(
        ['ENGINE', 'DUE', 'RAN', 'LATE', 'FAILED', 'COALESCED', 'SKIPPED', 'MISSED', 'LOST', 'LONGEST WITHOUT'],
        engines.map((each) => [
          each.engine,
          ...[
            each.dueTimes,
            each.ran,
            each.late,
            each.failed,
            each.coalesced,
            each.skipped,
            each.missed,
            each.lost,
          ].map(String),
          length(each.longestWithoutMs),
        ]),
      ),
    ),
    ...section(
      'Services',
      services.length > 0 &&
        table(
          ['SERVICE', 'CALLS', 'FAILED', 'WHILE DOWN', 'QUOTA USED'],
          services.map(({ service, calls, failed, wasted, quota }) => [
            service,
            String(calls),
            String(failed),
            String(wasted),
            quota
              ? `usually ${percent(quota.usual)}, at most ${percent(quota.most)} of ${quota.limit} per ${quota.per}`
              : '',
          ]),
        ),
    ),
    ...section(
      'What happened, and how long engines took to succeed again',
      happened.length > 0 &&
        table(
          ['FAULT', 'TIMES', 'CALLS HIT', 'ENGINES HIT', 'USUALLY', 'AT MOST'],
          happened.map(({ fault, times, calls }) => {
            const healed = healing.find((each) => each.fault === fault);
            const took = healed ? [String(healed.hits), length(healed.medianMs), length(healed.worstMs)] : ['', '', ''];
            return [fault, String(times), calls > 0 ? String(calls) : '', ...took];
          }),
        ),
    ),
    ...section(
      'Why due times were not served',
      reasons.length > 0 &&
        table(
          ['ENGINE', 'WHAT', 'TIMES', 'WHY'],
          reasons.map(({ engine, outcome, reason, dueTimes }) => [engine, outcome, String(dueTimes), reason]),
        ),
    ),
    ...section(
      'What a person had to do',
      interventions.length > 0 &&
        table(
          ['WHEN', 'TOLD AFTER', 'WHAT'],
          interventions.map(({ at, did, announcedMs }) => [
            since(at, from),
            announcedMs === null ? '' : length(announcedMs),
            did,
          ]),
        ),
    ),
    ...worst
      .slice(0, momentsShown)
      .flatMap((moment, n) => section(`Worst moment ${n + 1}: ${moment.what}`, path(moment, from))),
    ...section(
      'What did not hold',
      violations.length > 0 &&
        violations
          .slice(0, 10)
          .map(({ invariant, what, at }) => `${since(at, from)}  ${invariant}: ${what}`)
          .join('\n'),
    ),
  ].join('\n');
}

/** What it comes to, a line each. */
function headline(report: SimulationReport): string[] {
  const { totals, lost, calls, alerts, interventions, hoursBetweenInterventions, crashes, violations } = report;
  const { days, seed, faults, worst, healing } = report;
  const well = totals.ran + totals.late;
  const lostAll = lostRuns(report);
  const share = lost.of === 0 ? 0 : lostAll / lost.of;
  return [
    `${days === 1 ? '1 day' : `${days} days`}, faults '${faults}', seed ${seed}`,
    '',
    `runs              ${well} ended well (${totals.late} of them late), ${totals.failed} failed; ${totals.coalesced} due times were served by a later run, ${totals.skipped} skipped, ${totals.missed} missed`,
    `lost              ${lostAll} of ${lost.of} due times (${percent(share)}); ${times(lost.stepsDoneTwice)} a finished step was done again`,
    `interventions     ${interventions.length}${hoursBetweenInterventions === null ? '' : `, one every ${hours(hoursBetweenInterventions)}`}`,
    `alerts            ${alerts.opened}, and ${alerts.reminders} ${alerts.reminders === 1 ? 'reminder' : 'reminders'}`,
    `faults            ${faultsText(report)}`,
    `crashes           ${crashes}`,
    `calls             ${calls.made}, of them ${calls.wasted} to services that were down, ${calls.pastQuota} past a quota, ${calls.expiredToken} with an expired token`,
    `worst moment      ${worst[0]?.what ?? 'none worth telling'}`,
    `what must hold    ${violations.length > 0 ? `did not hold ${times(violations.length)}` : isSound(report) ? `held; ${healedText(healing)}` : 'held, but runs were lost'}`,
  ];
}

/** How much went wrong; where nothing did, whether that was to be expected. */
function faultsText({ happened, faults }: SimulationReport): string {
  const all = happened.reduce((sum, { times: each }) => sum + each, 0);
  if (all > 0) return `${all}, of ${happened.length === 1 ? 'one kind' : `${happened.length} kinds`}`;
  return faults in presetWords ? `none; '${faults}': ${presetWords[faults as Preset]}` : 'none';
}

/** Whether those who were hit are well again. */
export function healedText(healing: SimulationReport['healing']): string {
  const unhealed = healing.reduce((sum, each) => sum + each.unhealed, 0);
  return unhealed === 0
    ? 'every engine that was hit has succeeded since'
    : `${unhealed === 1 ? 'one engine that was hit has' : `${unhealed} times an engine was hit that has`} not succeeded since`;
}

function section(title: string, body: string | false): string[] {
  return body === false || body === '' ? [] : ['', title, '', body];
}

function path({ path: entries }: Moment, from: number): string {
  const shown =
    entries.length <= pathShown
      ? entries
      : [
          ...entries.slice(0, pathShown / 2),
          { at: entries.at(-pathShown / 2)?.at ?? 0, kind: 'note' as const, what: '…' },
          ...entries.slice(-pathShown / 2),
        ];
  return shown.map((entry) => pathLine(entry, from)).join('\n');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function hours(count: number): string {
  return count < 48 ? `${count.toFixed(1)} hours` : `${(count / 24).toFixed(1)} days`;
}

/** As in `3d 04:05:06`. */
function since(at: number, from: number): string {
  return pathLine({ at, kind: 'note', what: '' }, from).trimEnd();
}

/** With two units at the most. */
export function length(ms: number): string {
  const unit = [
    [86_400_000, 3_600_000],
    [3_600_000, 60_000],
    [60_000, 1_000],
    [1_000, 100],
  ].find(([above = 0]) => ms >= above)?.[1];
  return formatDuration(Math.round(ms / (unit ?? 1)) * (unit ?? 1));
}

export function percent(share: number): string {
  const digits = share === 0 || share >= 0.1 ? 0 : share >= 0.001 ? 1 : 3;
  return `${(share * 100).toFixed(digits)} %`;
}
