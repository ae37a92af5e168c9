/**
 * "Did you mean …?"
 */
import { closest, distance } from 'fastest-levenshtein';

/** The name of those that `written` most likely stands for; undefined when none is near. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const lower = written.toLowerCase();
  const swapped = [...byLowerCase.keys()].find((name) => isSwapped(lower, name));
  if (swapped !== undefined) return byLowerCase.get(swapped);
  const near = closest(lower, [...byLowerCase.keys()]);
  return distance(lower, near) <= Math.max(1, Math.floor(near.length / 3)) ? byLowerCase.get(near) : undefined;
}

/** Two letters changed places: the commonest slip of all, and twice as far as one wrong letter by distance. */
function isSwapped(written: string, name: string): boolean {
  if (written.length !== name.length) return false;
  const at = [...written].findIndex((letter, n) => letter !== name[n]);
  const swapped = `${written.slice(0, at)}${written[at + 1]}${written[at]}${written.slice(at + 2)}`;
  return at >= 0 && swapped === name;
}
