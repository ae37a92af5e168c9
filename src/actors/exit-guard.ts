/**
 * Keeps a job from ending the process that all the others share: in a job, `process.exit` throws.
 */
import { syncBuiltinESMExports } from 'node:module';
import { ClassifiedError } from '../policies/failure.ts';
import { currentEffect } from './current-effect.ts';

/** Outside of jobs `process.exit` stays what it is. Returns a function that puts it back everywhere. */
export function guardExit(): () => void {
  const { exit } = process;
  const set = (to: typeof process.exit) => {
    process.exit = to;
    // For whoever has it by `import { exit } from 'node:process'`.
    syncBuiltinESMExports();
  };
  set((code) => {
    const culprit = currentEffect.getStore();
    if (culprit) throw exited(culprit.address, code);
    return exit.call(process, code);
  });
  return () => set(exit);
}

function exited(address: string, code: number | string | null | undefined) {
  const message = `${address}: found a call of process.exit(${code ?? ''}), expected that it returns or throws. The process is not its own.`;
  return new ClassifiedError({ class: 'bug', code: 'PROCESS_EXIT', message });
}
