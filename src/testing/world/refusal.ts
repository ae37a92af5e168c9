/**
 * What a world refuses: code inside of it is told at the call, and whoever runs the world by its next step, even where a job
 * swallows what it was told.
 */
import { type Life, never } from './life.ts';
import { SimulationError } from './simulation-error.ts';

/** Why something is refused, by the code of the error: it reaches outside, takes real time, or has a chance that no seed decides. */
const reasons = {
  REAL_IO: 'everything outside goes through a service',
  REAL_TIME: 'nothing waits for or measures real time',
  REAL_CHANCE: 'its seed decides every chance',
};

export type Refusal = keyof typeof reasons;

/** @returns what to throw */
export function refused(life: Life, what: string, reason: Refusal = 'REAL_IO'): unknown {
  // Code of a dead process is no news.
  if (!life.alive) return never();
  const error = new SimulationError(
    reason,
    `${what}: found a call of it in a simulated world, of which it is no part: there, ${reasons[reason]}. Call a service by service(…).fetch(…) or service(…).call(…) and have the world answer for it under services, do it when the file is loaded, or give the world a double of the step that does it, under steps.`,
  );
  life.refuse(error);
  return error;
}

/** Whether Node's own code that matches is what calls. */
export function isAskedBy(whom: RegExp): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack = '' } = new Error('where');
  Error.stackTraceLimit = stackTraceLimit;
  return whom.test(stack);
}

/** Whoever imports a module inside of a run has Node read it. */
export const loading = /node:internal\/modules\/(cjs|esm|package_json_reader|run_main)/;
