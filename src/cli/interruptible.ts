/**
 * Work that a person may stop: it is told to, and clears up behind itself.
 */
import { NightshiftError } from '../errors.ts';

/**
 * @param what is being done, as a terminal shows it: `making a backup`
 * @throws {NightshiftError} `INTERRUPTED` on Ctrl-C or SIGTERM, once the work has stopped; who asks twice does not want to wait for that
 */
export async function interruptible<Result>(
  what: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (process.stderr.isTTY) console.error(`${what} …`);
  const abort = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (abort.signal.aborted) process.exit(1);
    abort.abort(new NightshiftError('INTERRUPTED', `Stopped by ${signal}: nothing is left half done.`));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(abort.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
