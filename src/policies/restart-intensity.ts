/**
 * Restart intensity: how often something may break before it is given up.
 *
 * @see Erlang/OTP Design Principles, "Supervisor Behaviour", maximum restart intensity
 */
export interface RestartIntensity {
  /** Crashes that are borne within the period; one more is too many. Default 3. */
  maxRestarts: number;
  /** Milliseconds. Default 60,000. */
  withinMs: number;
}

export const defaultIntensity: RestartIntensity = { maxRestarts: 3, withinMs: 60_000 };

/**
 * Counts one more crash.
 *
 * @param crashes instants of earlier ones, epoch ms
 * @param at the instant of this one, epoch ms
 * @returns the crashes still within the period, and whether they are more than the budget
 */
export function countCrash(
  crashes: readonly number[],
  at: number,
  { maxRestarts, withinMs }: RestartIntensity,
): { crashes: number[]; tooMany: boolean } {
  const recent = [...crashes.filter((crash) => crash > at - withinMs), at].slice(-(maxRestarts + 1));
  return { crashes: recent, tooMany: recent.length > maxRestarts };
}
