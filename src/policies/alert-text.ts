/**
 * What an alert says: what happened, since when, who waits, what was tried, and the one thing that a person must do.
 */
import { localText } from './calendar-day.ts';
import { formatDuration } from './duration.ts';
import { toldInstants } from './told-instants.ts';
import type { Trouble } from './trouble.ts';

export interface Alert {
  kind: 'opened' | 'reminder' | 'resolved';
  /** The cause, as in `breaker:shop`. One without a kind, as `store`, has no incident. */
  cause: string;
  trouble: Trouble;
  /** When it came, epoch ms. */
  since: number;
  /** Engines that wait for it. */
  waiting: readonly string[];
}

/** What is sent of a report; nobody is called by it. */
export interface ReportNotice {
  kind: 'report';
  /** As in `2026-11-23`. */
  day: string;
  /** Nothing needs a person. */
  isWell: boolean;
}

const namedMax = 20;

/**
 * A line for the eye, and the whole of it.
 *
 * @param at when it is sent, epoch ms
 * @param timeZone in which its instants are said
 */
export function alertText(
  { kind, cause, trouble, since, waiting }: Alert,
  at: number,
  timeZone: string,
): { title: string; text: string } {
  const clock = (instant: number) => localText(timeZone, instant);
  const begun = `${clock(since)} (${timeZone})`;
  const lasted = formatDuration(Math.round((at - since) / 1_000) * 1_000);
  if (kind === 'resolved') {
    return {
      title: `Over: ${trouble.title}`,
      text: `It lasted ${lasted}, since ${begun}. Nothing is left to do about it.`,
    };
  }
  const { title, what, tried, todo } = trouble;
  const lines = [
    what,
    `Since ${begun}${kind === 'reminder' ? `, ${lasted} by now` : ''}.`,
    ...(tried ? [`Tried: ${tried}`] : []),
    ...(waiting.length > 0 ? [waitingText(waiting)] : []),
    todo ? `What to do: ${todo}` : 'It goes on by itself when this is over.',
    ...(cause.includes(':') ? [`No more reminders: nightshift ack ${cause}`] : []),
  ];
  return { title: `${kind === 'reminder' ? 'Still: ' : ''}${title}`, text: toldInstants(lines.join('\n'), clock) };
}

/** How many wait, and who: the first of them by name. */
export function waitingText(waiting: readonly string[]): string {
  const named = waiting.slice(0, namedMax).join(', ');
  const rest = waiting.length > namedMax ? ` and ${waiting.length - namedMax} more` : '';
  return `${waiting.length} ${waiting.length === 1 ? 'engine waits' : 'engines wait'} for it: ${named}${rest}.`;
}
