/**
 * The end of a reload: the process becomes the same command anew. A module is read once in a process, so that another config takes another
 * process; but whoever watches over this one, be it systemd or a shell, goes on with the same pid.
 *
 * @see execve(2)
 */
import type { NextConfig } from '../reload.ts';
import { type Birth, sameCommand } from './next-config.ts';
import { flushed } from './output.ts';

/** Whether a process can become another here. */
export function canComeBack(): boolean {
  return isStartedByParent() || typeof process.execve === 'function';
}

export const cannotComeBack: NextConfig = {
  isGood: false,
  code: 'RELOAD_UNSUPPORTED',
  error: 'a process cannot become another on this system. Stop the service and start it.',
};

/** What ends a service. */
const endings = ['SIGTERM', 'SIGINT'] as const;

/**
 * Returns only where a parent is to start it again, or where it was told to end meanwhile: what this process has heard of, the next one
 * has not.
 *
 * @param isTold whether it was told to end
 */
export async function comeBack({ cwd, env }: Birth, isTold: () => boolean): Promise<void> {
  await flushed();
  // A signal that has come is told in one of the loop's next turns.
  for (let turn = 0; turn < 2; turn++) await new Promise((next) => setImmediate(next));
  if (isTold() || isStartedByParent() || !process.execve) return;
  // Nobody hears of those that come from here on: they end the process, this one or the next.
  for (const signal of endings) process.removeAllListeners(signal);
  process.chdir(cwd);
  const [file, args] = sameCommand(...process.argv.slice(2));
  process.execve(file, [file, ...args], env as NodeJS.Dict<string>);
}

/** A parent that talks with it would lose its voice: it sees the end, and starts it again. */
function isStartedByParent(): boolean {
  return process.connected === true;
}
