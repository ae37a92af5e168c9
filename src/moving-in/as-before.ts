/**
 * How a job ends and what becomes of that, as other schedulers have it: an exit code that is not zero is a failure like any other, and nothing is
 * run a second time. Here, some codes have a meaning of their own (sysexits.h), and what may be mended by another try gets one.
 */
import type { CommandOptions } from '../config/definition.ts';

export const endsAsBefore = {
  exitCodes: { 69: 'bug', 75: 'bug', 77: 'bug' },
  retry: { tries: 1 },
} as const satisfies Partial<CommandOptions>;

/** What is said of each beside it. */
export const remarksOnEnds: Readonly<Record<keyof typeof endsAsBefore, string>> = {
  exitCodes:
    'failures like all others; the usual: 69 waits for what is not there, 75 is tried again, 77 is missing rights',
  retry: 'nothing is tried again; the usual: after a signal, or too long a time, up to 5 times',
};
