/**
 * A limit on how long work may take. Its signal is aborted when the time is up; work that ignores the signal
 * is left behind.
 */
import type { Clock } from '../../clock.ts';
import { formatDuration } from '../../policies/duration.ts';
import { ClassifiedError } from '../../policies/failure.ts';

/**
 * @param outer ends the work as well, with its own reason
 * @param timeoutMs undefined for no limit but the outer one
 * @param what begins the message, as in `youtube: the step 'render'`
 * @throws {ClassifiedError} of class recoverable, `TIMEOUT`; the outer signal's reason; whatever the work throws
 */
export async function withTimeout<T>(
  clock: Clock,
  outer: AbortSignal,
  timeoutMs: number | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  const aborted = Promise.withResolvers<never>();
  const cancel =
    timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () => {
          const message = `${what} took longer than ${formatDuration(timeoutMs)} and was stopped.`;
          over.abort(new ClassifiedError({ class: 'recoverable', code: 'TIMEOUT', message }));
        });
  const give = () => {
    cancel?.();
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', give, { once: true });
  // Work that is ended from outside, as an endless loop is, leaves nobody to catch this, and no `finally` is run.
  aborted.promise.catch(() => {});
  try {
    return await Promise.race([aborted.promise, work(signal)]);
  } finally {
    cancel?.();
    // A signal that lives for the whole run would keep what hangs on it just as long.
    signal.removeEventListener('abort', give);
  }
}
