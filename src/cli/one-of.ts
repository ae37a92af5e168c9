/**
 * A word that has to be one of a few.
 */
import { nearest } from '../config/nearest.ts';
import { UsageError } from './usage-error.ts';

/**
 * @param what the word is, as it stands in the message: an option, or a command
 * @throws {UsageError} for what is none of those known
 */
export function oneOf<T extends string>(what: string, found: string, known: readonly T[]): T {
  const one = known.find((each) => each === found);
  if (one !== undefined) return one;
  const near = nearest(found, known);
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  throw new UsageError(`${what}: found '${found}', expected one of ${known.join(', ')}.${hint}`);
}
