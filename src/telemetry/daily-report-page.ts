/**
 * The daily report as Markdown: what a person needs to know first, the numbers last.
 */
import { localText } from '../policies/calendar-day.ts';
import { formatDuration } from '../policies/duration.ts';
import type { Counts, DailyReport, EngineDay, Standing } from './daily-report.ts';

export function dailyReportPage(report: DailyReport): string {
  const { day, timeZone, from, to, totals, todo, incidents, incidentsOver, engines, healed, findings } = report;
  const time = (at: number) => localText(timeZone, at);
  const troubles = engines.flatMap(({ engine, reasons }) => reasons.map((reason) => ({ engine, ...reason })));
  const unusual = engines.flatMap(({ engine, oddities }) => oddities.map((oddity) => ({ engine, ...oddity })));
  const fallbacks = engines.flatMap(({ engine, served }) =>
    Object.entries(served).map(([name, services]) => ({ engine, name, services })),
  );
  const stubborn = engines.filter(({ abandoned }) => abandoned.length > 0);
  const degraded = engines.filter(({ stepsLeftOut }) => stepsLeftOut.length > 0);
  return [
    `# Nightshift, ${day}`,
    '',
    `From ${time(from)} to ${time(to)} (${timeZone}): ${summary(totals)}.`,
    ...section(`A person is needed (${time(report.madeAt)})`, todo.map(standing)),
    ...section(`Open incidents (${time(report.madeAt)})`, incidents.map(standing)),
    ...section(
      'Incidents that are over',
      table(
        ['incident', 'what', 'times', 'lasted', 'over'],
        incidentsOver.map(({ cause, title, times, lastedMs, endedAt }) => [
          cause,
          title,
          times,
          formatDuration(lastedMs),
          time(endedAt),
        ]),
      ),
    ),
    ...section(
      'What did not run, or failed',
      table(
        ['engine', 'what', 'times', 'last', 'why'],
        troubles.map(({ engine, outcome, times, lastAt, reason }) => [engine, outcome, times, time(lastAt), reason]),
      ),
    ),
    ...section(
      'What mended itself',
      healed.map(({ engine, failed, retried, wellAt, reason }) =>
        item(
          engine,
          `${[failed && `failed ${times(failed)}`, retried && `needed another attempt ${times(retried)}`].filter(Boolean).join(', ')}; well at ${time(wellAt)}`,
          reason,
        ),
      ),
    ),
    ...section(
      'Runs that went on without a step',
      degraded.map(({ engine, degraded, stepsLeftOut }) => item(engine, times(degraded), stepsLeftOut.join(', '))),
    ),
    ...section(
      'What did not stop when it was told to',
      stubborn.map(({ engine, abandoned }) => item(engine, abandoned.join(', '), null)),
    ),
    ...section(
      'Runs that were unusual',
      table(
        ['engine', 'when', 'in what'],
        unusual.map(({ engine, at, what }) => [engine, time(at), what.join('; ')]),
      ),
    ),
    ...section(
      'Which services answered',
      fallbacks.map(({ engine, name, services }) =>
        item(
          engine,
          plain(name),
          Object.entries(services)
            .map(([service, runs]) => `${service} in ${runs === 1 ? '1 run' : `${runs} runs`}`)
            .join(', '),
        ),
      ),
    ),
    ...section(
      'Updates',
      findings.map(({ severity, what, fix }) => `- ${severity}: ${plain(what)} ${plain(fix)}`),
    ),
    ...section('Runs', table(['engine', ...columns], engines.map(row))),
    '',
  ].join('\n');
}

const columns = ['ran', 'late', 'failed', 'retried', 'degraded', 'odd', 'coalesced', 'skipped', 'missed'] as const;

/** What the day was like, in a line. */
export function summary({ ran, late, failed, coalesced, skipped, missed, degraded, odd }: Counts): string {
  const some = { failed, skipped, missed, coalesced };
  return [
    runs(ran + late),
    ...(late > 0 ? [`${late} of them late`] : []),
    ...(degraded > 0 ? [`${degraded} of them without a step`] : []),
    ...(odd > 0 ? [`${odd} of them unusual`] : []),
    ...Object.entries(some).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : [])),
  ].join(', ');
}

function runs(count: number) {
  return count === 1 ? '1 run ended well' : `${count} runs ended well`;
}

function times(count: number) {
  return count === 1 ? 'once' : `${count} times`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

function standing({ actor, state, reason, todo }: Standing): string {
  return item(actor, plain(state), reason) + (todo === null ? '' : ` → ${plain(todo)}`);
}

function item(name: string, what: string, why: string | null): string {
  return `- **${plain(name)}**: ${what}${why === null ? '' : `: ${plain(why)}`}`;
}

function row(day: EngineDay): (string | number)[] {
  return [day.engine, ...columns.map((column) => day[column])];
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => plain(String(cell))).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)];
}

/** What an error says is no Markdown, and stays on its line. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').replaceAll(/[\\`*_[\]<>|~]/g, '\\$&');
}
