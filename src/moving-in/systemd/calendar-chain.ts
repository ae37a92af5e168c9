/**
 * One field of a calendar expression of systemd: `*`, or parts such as `3`, `1..5`, `0/15` and `8..18/2`, with commas between them.
 */
import { NightshiftError } from '../../errors.ts';

/** What is no calendar expression, or none that can be said here: `CALENDAR_INVALID`. */
export class CalendarError extends NightshiftError {
  constructor(message: string) {
    super('CALENDAR_INVALID', message);
  }
}

export interface ChainPart {
  from: number;
  /** Absent: only `from`; with a step, up to the end of the field. */
  to?: number;
  step?: number;
}

/** null: all that there are. */
export type Chain = readonly ChainPart[] | null;

const part = /^(\d{1,4})(?:\.\.(\d{1,4}))?(?:\/(\d{1,4}))?$/;

export function chainIn(text: string, what: string, low: number, high: number): Chain {
  if (text === '*') return null;
  return text.split(',').map((each) => {
    const [, from, to, step] = part.exec(each) ?? refuse(each, what);
    const bounds = [from, to].flatMap((bound) => (bound === undefined ? [] : [Number(bound)]));
    if (bounds.some((bound) => bound < low || bound > high)) refuse(each, what);
    if (to !== undefined && Number(to) < Number(from)) throw new CalendarError(`'${each}' goes down: ${what} may not.`);
    if (step !== undefined && Number(step) === 0) throw new CalendarError(`'${each}' has a step of nothing.`);
    return {
      from: Number(from),
      ...(to !== undefined && { to: Number(to) }),
      ...(step !== undefined && { step: Number(step) }),
    };
  });
}

/** The numbers of a chain up to a highest one, ascending. */
export function numbersOf(chain: readonly ChainPart[], high: number): number[] {
  return ascending(
    chain.flatMap(({ from, to, step }) => counted(from, to ?? (step === undefined ? from : high), step ?? 1)),
  );
}

/** The days of a month with so many days that a chain names which counts from its end, where the last day is 1. */
export function daysFromEnd(chain: readonly ChainPart[], length: number): number[] {
  const day = (fromEnd: number) => length + 1 - fromEnd;
  const days = chain.flatMap(({ from, to, step }) => {
    if (to !== undefined) return counted(day(to), day(from), step ?? 1);
    return step === undefined ? [day(from)] : counted(day(from), length, step);
  });
  return ascending(days.filter((each) => each >= 1));
}

function counted(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.max(Math.floor((to - from) / step) + 1, 0) }, (_, n) => from + n * step);
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((one, other) => one - other);
}

function refuse(text: string, what: string): never {
  throw new CalendarError(`'${text}' is no ${what}.`);
}
