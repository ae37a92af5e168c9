/**
 * "Did you mean …?"
 */
import { closest, distance } from 'fastest-levenshtein';

/** The name of those that `written` most likely stands for; undefined when none is near. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const lower = written.toLowerCase();
  const near = closest(lower, [...byLowerCase.keys()]);
  return distance(lower, near) <= Math.max(1, Math.floor(near.length / 3)) ? byLowerCase.get(near) : undefined;
}
