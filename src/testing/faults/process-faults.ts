/**
 * What ends the process at a write, as `kill -9` and a power cut do.
 */
import { alternatives, found } from '../../config/found.ts';
import { SimulationError } from '../world/simulation-error.ts';
import { runsEnd } from './aftermath.ts';
import type { KillFault } from './fault.ts';

const afterwards: Record<KillFault['when'], string> = {
  before:
    'The batch is not on disk, and nothing that depends on it has happened: what it held is done again under the same key.',
  during: 'SQLite takes back what it had begun to write: as if it had not been written.',
  after: 'The batch is on disk, though nobody heard of it: what it held is not done again.',
};

/**
 * The process is killed at a write.
 *
 * @param when before anything is written, amidst it, or once it is durable
 * @param downMs how long nobody is there. Default 2,000
 * @throws {SimulationError} `WORLD_MISUSED` for any other `when`
 */
export function kill(when: KillFault['when'], downMs = 2_000): KillFault {
  if (!Object.hasOwn(afterwards, when)) {
    const expected = alternatives(Object.keys(afterwards));
    throw new SimulationError('WORLD_MISUSED', `kill: found ${found(when)}, expected ${expected}.`);
  }
  return {
    kind: 'kill',
    name: `killed ${when} the commit`,
    when,
    downMs,
    afterwards: afterwards[when],
    holds: runsEnd,
  };
}
