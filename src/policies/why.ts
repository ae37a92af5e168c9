/**
 * Why: what became of a due time, in one sentence, from the run ledger.
 */
import { dayAt } from './calendar-day.ts';
import { type Upset, upsetAt, upsetText } from './clock-upset.ts';
import type { EngineContext } from './engine.ts';
import { utcOffsetMs } from './local-time.ts';
import type { Span } from './named-time.ts';
import type { Settled } from './run.ts';
import { nextDue } from './schedule.ts';
import { unended } from './unended.ts';
import { isOpen } from './window.ts';

/** A ledger entry, with when it was decided, epoch ms. */
type Entry = Settled & { at: number };

export interface WhyFacts {
  engine: string;
  /** All that is known of it, the oldest first. */
  entries: readonly Entry[];
  /** What happened to the clocks in that time. */
  upsets: readonly Upset[];
  /** Where the engine stands now; null when its record cannot be read. */
  context: Pick<EngineContext, 'settings' | 'due' | 'run' | 'hold' | 'anchorAt'> | null;
  /** The start since which the config has no such engine, epoch ms; null when it has. */
  removedAt: number | null;
  timeZone: string;
  /** Epoch ms. */
  now: number;
}

/** What became of what was due then, and why. */
export function whyThen(asked: Span, facts: WhyFacts): string {
  const { engine, entries, context, now } = facts;
  const clock = clockOf(facts);
  const time = clock(asked.from);
  if (asked.from > now) return `${time} is still to come${next(facts, asked.from - 1)}.`;
  const entry = entries.find(({ due }) => due && due.from < asked.to && due.to >= asked.from);
  if (entry) return `${time} ${became(entry, facts)}.`;
  const { run, due, hold } = context ?? {};
  if (run && run.trigger !== 'manual' && run.dueAt >= asked.from && run.dueAt < asked.to) {
    const waits = hold ? `, and waits: ${unended(hold.reason)}` : ', and its run is under way';
    return `${time} is not settled yet: ${engine} was due${waits}.`;
  }
  if (due && due.at < asked.to) {
    const before = run ? `, and the run due at ${clock(run.dueAt)} is still under way` : '';
    return `${time} is not settled yet: ${hold ? unended(hold.reason) : `${engine} has been due since ${clock(due.at)}${before}`}.`;
  }
  const before = entries.findLast((each) => each.due && each.due.to < asked.from);
  const last = before?.due ? ` The due time before, ${clock(before.due.to)}, ${became(before, facts)}.` : '';
  return `Nothing of ${engine} was due at ${time}${next(facts, asked.from)}.${last}`;
}

/** As people are shown an engine. */
interface Shown {
  id: string;
  state: string;
  wakesAt: number | null;
  waitsFor: readonly string[];
  reason: string | null;
  todo: string | null;
}

/** Whom it waits for, as people are shown it. */
type Awaited = Pick<Shown, 'id' | 'state' | 'wakesAt' | 'todo'> & { kind: string };

/**
 * What it does now, and why.
 *
 * @param awaited those of its `waitsFor` of whom something is on record
 */
export function whyNow(
  { id, state, wakesAt, waitsFor, reason: given, todo }: Shown,
  facts: WhyFacts,
  awaited: readonly Awaited[] = [],
): string {
  const reason = given === null ? null : unended(given);
  const clock = clockOf(facts);
  const last = facts.entries.findLast(({ result }) => result !== undefined);
  const before = last ? `; its last run ${course(last, facts).replace(/^it /, '')}` : '; it has not run yet';
  if (facts.removedAt !== null) {
    const since = `since the start of ${clock(facts.removedAt)}`;
    return `${id} is not in the config any more, ${since}, and does not run; back in it, it goes on where it stood${before}.`;
  }
  if (todo !== null) return `${id} stands still (${state})${reason ? `: ${reason}` : ''}. What to do: ${todo}.`;
  if (state === 'idle') {
    // After a sleep everybody has a turn, and a network may be waited for.
    if (wakesAt !== null && wakesAt < facts.now)
      return `${id} is due since ${clock(wakesAt)}, and has not begun yet${before}.`;
    if (wakesAt !== null) return `${id} is not due before ${clock(wakesAt)}${before}.`;
    return `${id} runs ${waitsFor.length > 0 ? `after ${waitsFor.join(', ')}` : 'when somebody triggers it'}${before}.`;
  }
  const until = wakesAt === null ? '' : `, until ${clock(wakesAt)} at the latest`;
  const { run, due } = facts.context ?? {};
  if (state === 'running' && run) {
    const since = run.startedAt === null ? '' : ` since ${clock(run.startedAt)}`;
    const done = Object.keys(run.steps).length;
    const steps = done > 0 ? `, with ${done === 1 ? '1 step' : `${done} steps`} finished` : '';
    const inTheWay = due && due.at <= facts.now ? `; it was due again at ${clock(due.at)}. ${whatOfLongRun(id)}` : '';
    return `${id} has been running${since}, at attempt ${run.attempt}${steps}${until}${inTheWay}.`;
  }
  const others = waitsFor.filter((address) => address.includes('/'));
  const whom = others.length > 0 ? ` for ${others.join(' or ')}` : '';
  const stands = awaited.map((other) => `; ${standing(other, clock)}`).join('');
  return `${id} waits${whom} (${state})${reason ? `: ${reason}` : ''}${until}${stands}.`;
}

/** What a person may do about a run that has not ended when the next was due. */
function whatOfLongRun(id: string): string {
  return `What it says: nightshift logs --engine ${id}. Does it hang, nightshift pause ${id} ends it, and resume begins it again`;
}

/** Until when somebody stands there, or what a person has to do about it. */
function standing({ kind, id, state, wakesAt, todo }: Awaited, clock: (at: number) => string): string {
  const until = wakesAt === null ? '' : `, until ${clock(wakesAt)}`;
  return `${kind}/${id} is ${state}${todo === null ? until : `: ${todo}`}`;
}

function next({ context, removedAt, timeZone, now }: WhyFacts, after: number): string {
  if (removedAt !== null) return '; it is not in the config any more';
  const { schedule = null } = context?.settings ?? {};
  const at = schedule && nextDue(schedule, context?.anchorAt ?? 0, after);
  if (at === null) return '';
  const time = clockOf({ timeZone, now })(at);
  return at > now ? `; the next due time is ${time}` : `; the next due time after it was ${time}`;
}

function became(entry: Entry, facts: WhyFacts): string {
  const clock = clockOf(facts);
  const { outcome, due, run, reason } = entry;
  switch (outcome) {
    case 'ran':
      return `ran: ${course(entry, facts)}`;
    case 'late':
      return `ran late${whyLate(entry, facts)}: ${course(entry, facts)}`;
    case 'coalesced': {
      const served = facts.entries.find((each) => each.run === run && each.result !== undefined);
      const which = served?.due ? `the run that was due at ${clock(served.due.from)}` : `the run ${run}`;
      return `had no run of its own${forUpset(entry, facts)}: ${which} served it as well${served ? `; ${course(served, facts)}` : ', and is under way'}`;
    }
    case 'skipped':
    case 'missed': {
      const many = due && due.to > due.from ? `, like all that was due up to ${clock(due.to)}` : '';
      const after = facts.entries.find((each) => each.result !== undefined && due && each.at > due.to);
      const then = after ? `; the next run ${course(after, facts).replace(/^it /, '')}` : '';
      const nobody = outcome === 'missed' ? forUpset(entry, facts) : '';
      return `did not run${many}: ${reason ? unended(reason) : 'nobody knows why'}${nobody}${then}`;
    }
    default:
      return outcome satisfies never;
  }
}

function course({ startedAt, at, result, attempts = 1, reason, skipped = [] }: Entry, facts: WhyFacts): string {
  const clock = clockOf(facts);
  const began = startedAt === undefined ? 'it' : `it began at ${clock(startedAt)} and`;
  const tries = attempts > 1 ? `, at attempt ${attempts}` : '';
  const without = skipped.length > 0 ? `, without ${skipped.map((step) => `'${step}'`).join(', ')}` : '';
  return result === 'failure'
    ? `${began} failed at ${clock(at)}${tries}: ${unended(reason ?? 'nobody knows why')}`
    : `${began} ended well at ${clock(at)}${tries}${without}`;
}

function whyLate(entry: Entry, facts: WhyFacts): string {
  const { due } = entry;
  const { window = null, windowName } = facts.context?.settings ?? {};
  const isShut = due && window && !isOpen(window, due.from);
  return isShut ? `, for the window '${windowName}' was closed` : forUpset(entry, facts);
}

/** When its last due time passed without anybody there. */
function forUpset({ due, at }: Entry, facts: WhyFacts): string {
  const upset = due && upsetAt(facts.upsets, due.to, at);
  return upset ? `, for ${upsetText(upset, clockOf(facts))}` : '';
}

/** The time of day, with its seconds unless there are none, and its day unless that is today. */
export function clockOf({ timeZone, now }: Pick<WhyFacts, 'timeZone' | 'now'>): (at: number) => string {
  return (at) => {
    const local = new Date(at + utcOffsetMs(timeZone, at)).toISOString();
    const time = local.slice(11, local.slice(17, 19) === '00' ? 16 : 19);
    const day = dayAt(timeZone, at);
    return day === dayAt(timeZone, now) ? time : `${day} ${time}`;
  };
}
