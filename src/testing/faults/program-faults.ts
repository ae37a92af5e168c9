/**
 * What the program of a command engine does instead of its work.
 */
import type { ProgramFault } from './fault.ts';

const dayMs = 86_400_000;

/** It exits 0, having done and said nothing. */
export const exitsEmpty: ProgramFault = {
  kind: 'program',
  name: 'exits 0 without output',
  afterwards: 'With minOutput, an output schema or expect, nothing is a failure and not a success.',
  behaviour: { exitCode: 0, lines: 0, runsMs: 50 },
};

/** It fails as programs do, and has said nothing of use. */
export const exitsOne: ProgramFault = {
  kind: 'program',
  name: 'exits 1',
  afterwards: 'The run has not succeeded, its failure has the exit code, and the next one is due as ever.',
  behaviour: { exitCode: 1 },
};

/** It ends by a signal. Default SIGSEGV. */
export function exitsBySignal(signal: NodeJS.Signals = 'SIGSEGV'): ProgramFault {
  return {
    kind: 'program',
    name: `ends by ${signal}`,
    afterwards: 'The run tries again after a wait; what the program wrote to its checkpoint is there.',
    behaviour: { signal, lines: 0 },
  };
}

/** It does nothing for a day, and ends when it is asked to. */
export const hangs: ProgramFault = {
  kind: 'program',
  name: 'hangs',
  afterwards: 'It is asked to end when its timeout is over, and does; the run tries again.',
  behaviour: { runsMs: dayMs },
};

/** It hangs, and goes on when it is asked to end. */
export const ignoresSigterm: ProgramFault = {
  kind: 'program',
  name: 'ignores SIGTERM',
  afterwards:
    'It is killed when its grace is over; the run tries again, and no two of its programs are at work at once.',
  behaviour: { runsMs: dayMs, ignoresSigterm: true },
};

/** It holds more memory every second, and does not end. */
export const leaks: ProgramFault = {
  kind: 'program',
  name: 'leaks memory',
  afterwards: 'Past its limit it is ended, and the run tries again; without a limit its timeout ends it.',
  behaviour: { runsMs: dayMs, leaksPerSecond: 50_000_000 },
};
