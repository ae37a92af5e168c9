/**
 * The wrapper: runs a command as if it were not there, and notes in the journal that it began and how it ended.
 *
 * Whatever goes wrong with the noting is nobody's trouble: the command gets the same standard streams, the same environment and the
 * signals that the wrapper gets, and the wrapper ends as the command did, by the same signal or with the same exit code. It never
 * touches its own streams, for they are the command's; and it asks for nothing that an older Node has not, for cron may find one.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { isatty } from 'node:tty';
import type { Clock } from '../clock.ts';
import { commandKey } from './command-key.ts';
import { type JournalEntry, note } from './journal.ts';

export interface Wrapped {
  /** The program and its arguments. */
  command: readonly string[];
  /** Of the journal; undefined when there is none. */
  folder: string | undefined;
  /** As which engine it is known. Absent: by its command. */
  engine?: string;
}

/** How the command ended. */
export interface End {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** What is handed on. Nobody can catch the others, or they are of the wrapper's own making. */
const forwarded: readonly NodeJS.Signals[] = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGALRM', 'SIGCONT', 'SIGWINCH', 'SIGIO'] as const),
];
/** As long as this, a disk that does not answer holds up the end of a job. */
const syncMsMax = 1_000;

/** Resolves with how the command ended, once that is noted. Ending itself is left to {@link endAs}. */
export async function runWrapped({ command, folder, engine }: Wrapped, clock: Clock): Promise<End> {
  const [program = '', ...args] = command;
  const run = randomUUID();
  const seen = (entry: JournalEntry, synced?: () => void) => {
    try {
      if (folder !== undefined) return note(folder, entry, synced);
    } catch {
      // The job is what matters.
    }
    synced?.();
  };
  const key = commandKey(command);
  seen({ kind: 'begun', at: clock.now(), run, ...(engine !== undefined && { engine }), key, name: basename(program) });
  // In a terminal, both get what is typed there.
  const typed: readonly string[] = isatty(0) ? ['SIGINT', 'SIGQUIT'] : [];
  // Before it begins: none may end the wrapper and leave the command behind.
  for (const signal of forwarded) process.on(signal, () => typed.includes(signal) || child.kill(signal));
  const child = spawn(program, args, { stdio: 'inherit' });
  const end = await new Promise<End>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', (error) => {
      // It never ran. As a shell says it: 127 when there is none, 126 when it may not be run.
      if (child.pid === undefined) resolve({ exitCode: notStarted(program, error), signal: null });
    });
  });
  await new Promise<void>((done) => {
    clock.after(syncMsMax, done);
    seen({ kind: 'ended', at: clock.now(), run, ...end }, done);
  });
  return end;
}

function notStarted(program: string, { code }: NodeJS.ErrnoException): number {
  const [exitCode, what] = code === 'ENOENT' ? [127, 'not found'] : [126, `cannot be run (${code})`];
  try {
    writeSync(2, `nightshift shadow: ${program}: ${what}\n`);
  } catch {
    // Nobody listens.
  }
  return exitCode;
}

/** Ends this process as the command ended. */
export function endAs({ exitCode, signal }: End): void {
  if (signal === null) process.exit(exitCode ?? 1);
  for (const each of forwarded) process.removeAllListeners(each);
  process.kill(process.pid, signal);
  // One that this process does not die of, as it ignores broken pipes.
  setImmediate(() => process.exit(128 + constants.signals[signal]));
}
