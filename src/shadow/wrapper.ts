/**
 * The wrapper: runs a command as if it were not there, and has somebody note that it began and how it ended.
 *
 * The command gets the same standard streams, the same environment and the signals that the wrapper gets, and the wrapper ends as the command did,
 * by the same signal or with the same exit code. It never touches its own streams, for they are the command's.
 *
 * Whatever goes wrong with the noting is nobody's trouble. So the command begins first; what notes it is loaded after that, and may be missing,
 * broken, or of a newer Node than cron has found. Nothing else of nightshift is needed here, and nothing that an older Node has not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';

/** How the command ended. */
export interface End {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** Notes that the command has begun. Resolves with what notes its end. */
export type Noting = () => Promise<(end: End) => void>;

/** What is handed on. Nobody can catch the others, or they are of the wrapper's own making. */
const forwarded: readonly NodeJS.Signals[] = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const),
  ...(['SIGALRM', 'SIGCONT', 'SIGWINCH', 'SIGIO'] as const),
];

/**
 * Resolves with how the command ended, once that is noted. Ending itself is left to {@link endAs}.
 *
 * @param command the program and its arguments
 */
export async function runWrapped([program = '', ...args]: readonly string[], noting: Noting): Promise<End> {
  // In a terminal, both get what is typed there.
  const typed: readonly string[] = isatty(0) ? ['SIGINT', 'SIGQUIT'] : [];
  let child: ChildProcess | undefined;
  // Before it begins: none may end the wrapper and leave the command behind.
  for (const signal of forwarded) process.on(signal, () => typed.includes(signal) || child?.kill(signal));
  const ended = new Promise<End>((resolve) => {
    const failed = (error: unknown) => resolve({ exitCode: notStarted(program, error), signal: null });
    try {
      child = spawn(program, args, { stdio: 'inherit' });
    } catch (error) {
      return failed(error);
    }
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    // It never ran; or it is another user's by now, and takes no signal from this one.
    child.on('error', (error) => child?.pid === undefined && failed(error));
  });
  const begun = noting().catch(() => undefined);
  const end = await ended;
  try {
    (await begun)?.(end);
  } catch {
    // The job is what matters.
  }
  return end;
}

/** As a shell says it: 127 when there is none, 126 when it may not be run. */
function notStarted(program: string, error: unknown): number {
  const { code } = error as NodeJS.ErrnoException;
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
