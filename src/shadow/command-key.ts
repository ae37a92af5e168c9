/**
 * By what a run is known to be of an engine, when the wrapper was not told: a hash of the program and its arguments.
 */
import { createHash } from 'node:crypto';

export function commandKey(command: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(command)).digest('hex').slice(0, 16);
}
