/**
 * A limit on how long work may take. Its signal is aborted when the time is up; work that ignores the signal
 * is left behind.
 */
import type { Clock } from '../../clock.ts';
import { formatDuration } from '../../policies/duration.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import { follow } from './follow.ts';

/** The time was up. The work may have been left behind, and may still get there. */
export class TimedOut extends ClassifiedError {}

/**
 * @param outer ends the work as well, with its own reason
 * @param timeoutMs undefined for no limit but the outer one
 * @param what begins the message, as in `youtube: the step 'render'`
 * @throws {TimedOut} of class recoverable, `TIMEOUT`; the outer signal's reason; whatever the work throws
 */
export async function withTimeout<T>(
  clock: Clock,
  outer: AbortSignal,
  timeoutMs: number | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  if (timeoutMs === undefined) return unlessAborted(outer, work);
  const { over, letGo } = follow(outer);
  const cancel = clock.after(timeoutMs, () => {
    const message = `${what} took longer than ${formatDuration(timeoutMs)} and was stopped.`;
    over.abort(new TimedOut({ class: 'recoverable', code: 'TIMEOUT', message }));
  });
  try {
    return await unlessAborted(over.signal, work);
  } finally {
    cancel();
    letGo();
  }
}

function unlessAborted<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Work that is ended from outside, as an endless loop is, leaves nobody to catch this, and nothing after it is run.
  promise.catch(() => {});
  const give = () => reject(signal.reason);
  signal.addEventListener('abort', give, { once: true });
  // A signal that lives for the whole run would keep what hangs on it just as long.
  const letGo = () => signal.removeEventListener('abort', give);
  const working = async () => work(signal);
  void working().then(resolve, reject).then(letGo);
  return promise;
}
