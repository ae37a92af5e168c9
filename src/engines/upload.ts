/**
 * Takes a backup elsewhere, by a program that somebody has named.
 */
import { basename } from 'node:path';
import { commandEnvironment, runProgram, type StartedProgram } from '../actors/effects/program.ts';
import type { Clock } from '../clock.ts';
import type { UploadConfig } from '../config/config.ts';
import { classify } from '../policies/classify.ts';
import { formatDuration } from '../policies/duration.ts';
import { ClassifiedError } from '../policies/failure.ts';
import { familyOf, markName, newMark } from '../processes/children.ts';
import { endTree } from '../processes/end-tree.ts';
import type { Listener } from '../processes/output-lines.ts';
import { headOf } from '../processes/process-table.ts';

export interface UploadPorts {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Takes down what was started. @param mark see {@link newMark} */
  started: (pid: number, mark: string) => StartedProgram;
  /** Hear what it prints. */
  out: Listener;
  err: Listener;
}

/**
 * Resolves once the program has ended with a success.
 *
 * @throws {ClassifiedError} always of the class `bug`: a failed upload must neither halt the backups nor have each of them made again
 *   every 30 s. Or the signal's reason
 */
export async function upload(config: UploadConfig, file: string, ports: UploadPorts): Promise<void> {
  const { clock, signal, out, err } = ports;
  const mark = newMark('upload');
  const late = new AbortController();
  const cancel = clock.after(config.timeoutMs, () => late.abort(tooLong(config.timeoutMs)));
  try {
    await runProgram({
      name: 'upload',
      command: { ...config, args: config.args.map((arg) => filled(arg, file)) },
      env: { ...commandEnvironment(config, ports.env), NIGHTSHIFT_BACKUP: file, [markName]: mark },
      started: (pid) => ports.started(pid, mark),
      out,
      err,
      clock,
      signal: AbortSignal.any([signal, late.signal]),
    });
  } catch (cause) {
    signal.throwIfAborted();
    const { code, message } = classify(cause, clock.now());
    const found = `${file}: found its upload failed, expected a copy elsewhere; the backup itself is whole, and stays.`;
    // What the program said comes last: nobody knows how that ends.
    const words = `${found} Mend what is wrong, then make another one: nightshift backup. ${message}`;
    throw new ClassifiedError({ class: 'bug', code, message: words }, { cause });
  } finally {
    cancel();
  }
}

/** For a process that nobody comes after: what it leaves behind when it is killed is noted nowhere. */
export function startedAlone(clock: Clock): UploadPorts['started'] {
  return (pid, mark) => {
    const child = { pid, startedAt: 'unseen', leads: false, ...headOf(pid), engine: 'backup', run: '', mark };
    return { child, end: () => endTree(familyOf(child), clock) };
  };
}

function filled(argument: string, file: string): string {
  return argument.replaceAll('{file}', () => file).replaceAll('{name}', () => basename(file));
}

function tooLong(ms: number) {
  const message = `upload: its program was at work for ${formatDuration(ms)}, which is what it may take; it was ended. To give it longer: timeout in builtIn.backup.upload, or --upload-timeout.`;
  return new ClassifiedError({ class: 'recoverable', code: 'TIMEOUT', message });
}
