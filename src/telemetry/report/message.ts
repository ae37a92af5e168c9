/**
 * What is sent of a report: what a person has to know, in a few lines. The rest is in the file.
 */
import type { ReportNotice } from '../../policies/alert-text.ts';
import { localText } from '../../policies/calendar-day.ts';
import { toldInstants } from '../../policies/told-instants.ts';
import type { DailyReport, Failing, Standing } from '../daily-report.ts';
import { failingText } from './sections.ts';
import { leadOf, titleOf, verdictOf } from './verdict.ts';

export interface ReportMessage extends ReportNotice {
  title: string;
  text: string;
}

const linesMax = 10;

export function reportMessage(report: DailyReport): ReportMessage {
  const { day, todo, incidents, failing = [], healed, errors, forecasts } = report;
  const { isWell, text } = verdictOf(report);
  const time = (at: number) => localText(report.timeZone, at);
  const news = errors.errors.filter(({ trend }) => trend === 'new' || trend === 'growing');
  const lines = [
    leadOf(report),
    ...listed('A person is needed:', todo.map(standing)),
    ...listed('Open incidents:', incidents.map(standing)),
    ...listed('Not well again yet:', failing.map(failingLine)),
    ...(healed.length > 0 ? [`Mended itself: ${healed.map(({ engine }) => engine).join(', ')}.`] : []),
    ...listed(
      'Errors that are new, or grow:',
      news.map(({ trend, times, signature }) => `${trend}, ${times}: ${signature}`),
    ),
    ...(forecasts.disk?.fullAt ? [`The disk is full at ${time(forecasts.disk.fullAt)} at this pace.`] : []),
    `All of it: nightshift report --day ${day}`,
  ];
  return {
    kind: 'report',
    day,
    isWell,
    title: `${titleOf(report)}: ${text}`,
    text: toldInstants(lines.join('\n'), time),
  };
}

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > linesMax ? [`- and ${lines.length - linesMax} more`] : [];
  return [
    title,
    ...lines.slice(0, linesMax).map((line) => `- ${line.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300)}`),
    ...more,
  ];
}

function standing({ actor, state, reason, todo }: Standing): string {
  return `${actor}: ${state}${reason === null ? '' : `: ${reason}`}${todo === null ? '' : ` → ${todo}`}`;
}

function failingLine({ actor, state, reason }: Failing): string {
  return `${actor}: ${failingText(state)}${reason === null ? '' : `: ${reason}`}`;
}
