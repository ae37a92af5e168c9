/**
 * What happened to the clocks between two looks at them: the machine slept, the service stood still, or somebody set the clock.
 *
 * Three clocks tell it. What the machine counts since its start goes on while it sleeps and knows nothing of the clock on the wall;
 * on Linux the monotonic clock stands still in a sleep, elsewhere it goes on; the clock on the wall shows what it is set to.
 */

/** The three clocks at one moment, in milliseconds: see `Clock`. */
export interface ClockReading {
  wall: number;
  monotonic: number;
  sinceBoot: number;
}

/** Instants by the clock on the wall, epoch ms. */
export interface Upset {
  /**
   * `slept`: the machine. `stood`: the service, while the machine was awake: it was stopped, or something held it up. `set`: the
   * clock, by a person or a time server.
   */
  kind: 'slept' | 'stood' | 'set';
  /** When nobody was there any more; of a clock that was set, what it would have shown. */
  from: number;
  /** When somebody was there again; of a clock that was set, what it shows. */
  to: number;
}

/** What is shorter needs no explanation: a busy machine, a slow disk, a time server at work. */
export const upsetMsMin = 10_000;

/**
 * @param expectedMs how long after the one the other look was to come, at the latest; Infinity when nobody knows
 * @param gap what a look that comes late shows when the monotonic clock went on: where that does so in a sleep, `slept`
 */
export function upsetsBetween(
  before: ClockReading,
  after: ClockReading,
  expectedMs: number,
  gap: 'slept' | 'stood',
): Upset[] {
  const to = after.wall;
  const passedMs = after.sinceBoot - before.sinceBoot;
  const awakeMs = after.monotonic - before.monotonic;
  const sleptMs = Math.max(passedMs - awakeMs, 0);
  const stoodMs = Math.max(awakeMs - expectedMs, 0);
  const goneMs = sleptMs + stoodMs;
  const setMs = after.wall - before.wall - passedMs;
  return [
    ...(goneMs >= upsetMsMin
      ? [{ kind: sleptMs > stoodMs ? 'slept' : gap, from: Math.round(to - goneMs), to } as const]
      : []),
    ...(Math.abs(setMs) >= upsetMsMin ? [{ kind: 'set', from: Math.round(to - setMs), to } as const] : []),
  ];
}

/** As part of a sentence. @param time shows an instant */
export function upsetText({ kind, from, to }: Upset, time: (at: number) => string): string {
  const span = `from ${time(from)} to ${time(to)}`;
  switch (kind) {
    case 'slept':
      return `the machine slept ${span}`;
    case 'stood':
      return `the service stood still ${span}`;
    case 'set':
      return `the clock was set ${to > from ? 'forward' : 'back'} ${span}`;
    default:
      return kind satisfies never;
  }
}

/**
 * The latest one in which an instant (epoch ms) passed without anybody there; undefined when it did not.
 *
 * @param by what came of it was decided then, epoch ms: a clock that is set back passes by the same instants once more
 */
export function upsetAt<Each extends Upset>(upsets: readonly Each[], instant: number, by: number): Each | undefined {
  const around = upsets.filter(({ from, to }) => from <= instant && instant <= to);
  return around.findLast(({ to }) => to <= by) ?? around.at(-1);
}
