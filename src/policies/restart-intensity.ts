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

/** Whether one more death of the process while it runs would give the effect up, so that it is begun alone. */
export function isLastTry(starts: number, { maxRestarts }: RestartIntensity): boolean {
  return starts > 0 && starts === maxRestarts;
}

/**
 * How often an effect counts as cut off, after the process has died once more.
 *
 * @param starts how often it did before
 * @param hadTurn its turn to begin alone had come; until then, one with a last try left was not running
 */
export function countCutOff(starts: number, hadTurn: boolean, intensity: RestartIntensity): number {
  return isLastTry(starts, intensity) && !hadTurn ? starts : starts + 1;
}
