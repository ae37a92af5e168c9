/**
 * Oddities: a run that ended well, and yet unlike those before it. A script that is done in a tenth of its time has
 * perhaps done nothing.
 *
 * What is usual is learnt from the engine's own latest successes, kept as a text: `1200/34 1150/31`, milliseconds and size of
 * each, the oldest first. Nothing is odd before there are enough of them; and the middle of them decides, so that one odd run
 * does not make the next one look usual.
 */
import { formatDuration } from './duration.ts';

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
  const before = successesOf(usual);
  if (before.length < enough) return [];
  const [smallest] = extremes(before.map((success) => success.size));
  return [
    ...(durationMs === null ? [] : oddLength(durationMs, extremes(before.map((success) => success.durationMs)))),
    ...(size * far < smallest ? [`far smaller: ${size}, usually at least ${smallest}`] : []),
  ];
}

function oddLength(durationMs: number, [fastest, slowest]: [number, number]): string[] {
  const isFaster = durationMs * far < fastest && fastest - durationMs >= noticeableMs;
  const isSlower = durationMs > slowest * far && durationMs - slowest >= noticeableMs;
  if (!isFaster && !isSlower) return [];
  return [`far ${isFaster ? 'faster' : 'slower'}: ${formatDuration(durationMs)}, usually ${lengths(fastest, slowest)}`];
}

function lengths(fastest: number, slowest: number): string {
  const [from, to] = [formatDuration(fastest), formatDuration(slowest)];
  return from === to ? from : `${from} to ${to}`;
}

/** The least and the most, without the tenth part at either end. */
function extremes(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = Math.floor(sorted.length / 10);
  return [sorted[cut] as number, sorted.at(-1 - cut) as number];
}

function successesOf(usual: string | undefined): { durationMs: number; size: number }[] {
  if (!usual) return [];
  return usual.split(' ').map((success) => {
    const [durationMs = 0, size = 0] = success.split('/').map(Number);
    return { durationMs, size };
  });
}
