/**
 * The config that a reload would go by, looked at in a process of its own: `check` in the version that is on the disk now, with the
 * environment that the service was started with.
 */
import { type Clock, systemClock } from '../clock.ts';
import { formatDuration } from '../policies/duration.ts';
import type { NextConfig } from '../reload.ts';
import type { CheckAnswer } from './check.ts';
import type { Place } from './place.ts';

/** How long one look may take. */
export const patienceMs = 60_000;

/** How this process was started, before any job could change it. */
export interface Birth {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** What ends this command and comes in its place: Node, with its flags and the same entry point. */
export function sameCommand(...args: string[]): [file: string, args: string[]] {
  const [, main = ''] = process.argv;
  return [process.execPath, [...process.execArgv, main, ...args]];
}

export async function checkNext(place: Place, birth: Birth, clock: Clock = systemClock): Promise<NextConfig> {
  const over = new AbortController();
  const cancel = clock.after(patienceMs, () => over.abort());
  try {
    const { stdout, stderr, exitCode } = await checked(place, birth, over.signal);
    if (over.signal.aborted) return unchecked(`it took longer than ${formatDuration(patienceMs)}`);
    return verdictOf(lastObjectIn(stdout), stderr.trim() || `it ended with ${exitCode ?? 'a signal'}`);
  } catch (error) {
    return unchecked(String(error));
  } finally {
    cancel();
  }
}

async function checked({ config, data }: Place, { cwd, env }: Birth, cancelSignal: AbortSignal) {
  const { execa } = await import('execa');
  const [file, args] = sameCommand('check', '--json', '--config', config, '--data', data);
  return execa(file, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    cancelSignal,
    forceKillAfterDelay: 1_000,
  });
}

/** @param answer what `check` has printed; undefined when it has not come to that */
export function verdictOf(
  answer: Partial<CheckAnswer & { error: string; code: string }> | undefined,
  why: string,
): NextConfig {
  if (answer?.error !== undefined) {
    return { isGood: false, code: answer.code ?? 'RELOAD_UNCHECKED', error: answer.error };
  }
  if (!answer?.changes || !answer.records) return unchecked(why);
  const { quarantined } = answer.records;
  const lost = quarantined.reduce((sum, { actors }) => sum + actors.length, 0);
  if (lost === 0) return { isGood: true, changes: answer.changes.changes };
  return {
    isGood: false,
    code: 'RECORDS_UNUSABLE',
    error: `${lost} ${lost === 1 ? 'record' : 'records'} would go to quarantine (${quarantined[0]?.reason}). See all of it with: nightshift check. To go on all the same, stop the service and start it.`,
  };
}

/** A config may print as it is loaded. */
function lastObjectIn(text: string): object | undefined {
  const line = text.split('\n').findLast((each) => each.startsWith('{'));
  try {
    return line === undefined ? undefined : (JSON.parse(line) as object);
  } catch {
    return undefined;
  }
}

function unchecked(why: string): NextConfig {
  return { isGood: false, code: 'RELOAD_UNCHECKED', error: `the new config could not be looked at: ${why}.` };
}
