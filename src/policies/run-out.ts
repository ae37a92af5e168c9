/**
 * When something will be used up if it goes on as before.
 */

export interface Level {
  /** Epoch ms. */
  at: number;
  value: number;
}

/** What a level must not pass. */
export type Bound = { atLeast: number } | { atMost: number };

/**
 * The instant at which a level passes its bound, by the middle of all slopes between two points: a clean-up, or a day that
 * was not like the others, does not turn it round.
 *
 * @param levels in any order
 * @param now epoch ms
 * @returns epoch ms, `now` for a bound that is passed already; null when the level does not move towards it, or when there
 *   are fewer than two points
 * @see Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", Journal of the American Statistical Association, 1968
 */
export function runsOutAt(levels: readonly Level[], bound: Bound, now: number): number | null {
  const slopes = levels.flatMap((one, n) =>
    levels.slice(n + 1).flatMap((other) => {
      const ms = other.at - one.at;
      return ms === 0 ? [] : [(other.value - one.value) / ms];
    }),
  );
  const slope = median(slopes);
  if (slope === null) return null;
  const level = median(levels.map(({ at, value }) => value + slope * (now - at))) ?? 0;
  const [room, pace] = 'atMost' in bound ? [bound.atMost - level, slope] : [level - bound.atLeast, -slope];
  if (pace <= 0) return null;
  return now + Math.max(room, 0) / pace;
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
