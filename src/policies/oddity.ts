/**
 * Oddities: a run that ended well, and yet unlike those before it. A script that is done in a tenth of its time has
 * perhaps done nothing.
 *
 * What is usual is learnt from the engine's own latest successes, kept as a text: `1200/34 1150/31`, milliseconds and size of
 * each, the oldest first. Nothing is odd before there are enough of them; and the middle of them decides, so that one odd run
 * does not make the next one look usual.
 */
import { formatDuration } from './duration.ts';
import { memoized } from './memo.ts';

export interface Success {
  /** null for a run that was held or tried again: its length says nothing. */
  durationMs: number | null;
  /** As `outputSize` has it. */
  size: number;
}

const keptMax = 50;
const enough = 10;
/** How many times as much, or as little, as all but the extremes is far from usual. */
const far = 3;
/** Lengths that differ by less than this differ by chance. */
const noticeableMs = 1_000;

/** The latest successes with one more. */
export function withSuccess(usual: string | undefined, { durationMs, size }: Success): string {
  if (durationMs === null) return usual ?? '';
  const kept = usual ? usual.split(' ').slice(1 - keptMax) : [];
  return [...kept, `${Math.round(durationMs)}/${size}`].join(' ');
}

/** In what a success is far from usual, in words; empty when it is not. */
export function odditiesOf(usual: string | undefined, { durationMs, size }: Success): string[] {
  const range = usual ? rangeOf(usual) : null;
  if (!range) return [];
  const { fastest, slowest, smallest } = range;
  return [
    ...(durationMs === null ? [] : oddLength(durationMs, fastest, slowest)),
    ...(size * far < smallest ? [`far smaller: ${size}, usually at least ${smallest}`] : []),
  ];
}

function oddLength(durationMs: number, fastest: number, slowest: number): string[] {
  const isFaster = durationMs * far < fastest && fastest - durationMs >= noticeableMs;
  const isSlower = durationMs > slowest * far && durationMs - slowest >= noticeableMs;
  if (!isFaster && !isSlower) return [];
  return [`far ${isFaster ? 'faster' : 'slower'}: ${formatDuration(durationMs)}, usually ${lengths(fastest, slowest)}`];
}

function lengths(fastest: number, slowest: number): string {
  const [from, to] = [formatDuration(fastest), formatDuration(slowest)];
  return from === to ? from : `${from} to ${to}`;
}

interface Range {
  fastest: number;
  slowest: number;
  smallest: number;
}

/** What is usual, without the tenth part at either end; null where that is not known yet. Asked for twice with each success. */
const rangeOf = memoized(4, (usual): Range | null => {
  const successes = usual.split(' ');
  if (successes.length < enough) return null;
  const durations = sorted(successes.map((success) => Number(success.slice(0, success.indexOf('/')))));
  const sizes = sorted(successes.map((success) => Number(success.slice(success.indexOf('/') + 1))));
  const cut = Math.floor(successes.length / 10);
  return {
    fastest: durations[cut] as number,
    slowest: durations.at(-1 - cut) as number,
    smallest: sizes[cut] as number,
  };
});

function sorted(values: number[]): Float64Array {
  return Float64Array.from(values).sort();
}
