/**
 * What happens to the machine itself: its clock, its sleep, and who starts what on it.
 */
import { formatDuration, parseDuration } from '../../policies/duration.ts';
import { clockChanges } from '../../policies/local-time.ts';
import { SimulationError } from '../world/simulation-error.ts';
import type { MachineFault } from './fault.ts';

const hourMs = 3_600_000;
const yearMs = 366 * 24 * hourMs;

/** The wall clock is set forward. Default: by an hour. @throws {SimulationError} `WORLD_MISUSED` for no length of time */
export function clockForward(by: string | number = '1h'): MachineFault {
  const ms = lengthMs(by);
  return {
    kind: 'machine',
    name: `clock set forward by ${lengthText(by)}`,
    afterwards:
      'Lengths of time are as long as they were; instants that were jumped over count as passed, and each due time settles once.',
    happen: (machine) => machine.setWall(ms),
  };
}

/** The wall clock is set back. Default: by an hour. @throws {SimulationError} `WORLD_MISUSED` for no length of time */
export function clockBack(by: string | number = '1h'): MachineFault {
  const ms = lengthMs(by);
  return {
    kind: 'machine',
    name: `clock set back by ${lengthText(by)}`,
    afterwards:
      'What was done at the instants that come again is not done again: each due time settles once. Set back by more than three hours, it counts as set right, and all goes on from the present time.',
    happen: (machine) => machine.setWall(-ms),
  };
}

/** The machine sleeps. Default: for eight hours. @throws {SimulationError} `WORLD_MISUSED` for no length of time */
export function asleep(lasts: string | number = '8h'): MachineFault {
  const ms = lengthMs(lasts);
  return {
    kind: 'machine',
    name: `asleep for ${lengthText(lasts)}`,
    afterwards:
      'It goes on where it was; every due time of those hours settles in the ledger, and no token is used that expired meanwhile.',
    happen: (machine) => machine.sleep(ms),
  };
}

/**
 * The machine wakes up half an hour before the clocks are set.
 *
 * @param timeZone whose clocks. Default `'Europe/Berlin'`
 */
export function dstChange(timeZone = 'Europe/Berlin'): MachineFault {
  return {
    kind: 'machine',
    name: `clocks change in ${timeZone}`,
    afterwards: 'An hour that there is not loses no due time, and one that comes twice serves none twice.',
    happen: (machine) => {
      const from = machine.now() + hourMs;
      const [change] = clockChanges(timeZone, from, from + yearMs);
      if (change === undefined)
        throw misused(`${timeZone}: found no change of the clocks within a year. Name another zone.`);
      machine.sleep(change - hourMs / 2 - machine.now());
    },
  };
}

/** The next timer rings twice. */
export const duplicateTimer: MachineFault = {
  kind: 'machine',
  name: 'duplicate timer',
  afterwards: 'The second ring finds that its timer is not wanted any more, and changes nothing.',
  happen: (machine) => machine.ringTwice(),
};

/** Somebody starts a second service on the same data folder. While there is no first one, it is the service. */
export const doubleStart: MachineFault = {
  kind: 'machine',
  name: 'started twice',
  afterwards: 'The second one is refused and says who is there; the first one notices nothing.',
  happen: (machine) => {
    const refusal = machine.startSecond();
    if (refusal && !/in use by process \d+ since /.test(refusal.message))
      throw misused(`A second service was refused without saying who is there: ${refusal.message}`);
  },
  holds: ({ events }) => {
    let living = 0;
    for (const { type } of events) {
      if (type === 'process.began') living += 1;
      if (type === 'process.ended') living -= 1;
      if (living > 1) return 'two services were at work on one data folder';
    }
    return undefined;
  },
};

function lengthText(length: string | number): string {
  return typeof length === 'number' ? formatDuration(length) : length;
}

function lengthMs(length: string | number): number {
  const ms = typeof length === 'number' ? length : parseDuration(length);
  if (ms !== null && Number.isFinite(ms) && ms > 0) return ms;
  throw misused(`Found the length '${length}', expected one such as '30m'.`);
}

function misused(message: string): SimulationError {
  return new SimulationError('WORLD_MISUSED', message);
}
