/**
 * What somebody meant who wrote a name that is none.
 */
import { allOf } from '../../config/found.ts';
import { nearest } from '../../config/nearest.ts';

/** Names the nearest of those that there are, or else all of them: a sentence. */
export function didYouMean(written: string, known: readonly string[]): string {
  const meant = nearest(written, known);
  if (meant !== undefined) return `Did you mean '${meant}'?`;
  if (known.length === 0) return 'There is none.';
  return `There ${known.length === 1 ? 'is' : 'are'} ${allOf(known)}.`;
}
