/**
 * Work that was told to stop and does not: nobody waits for it, and somebody should know.
 */
import type { Clock } from '../../clock.ts';
import type { RunLog } from '../../config/run-scope.ts';

/** How long work may take to stop before it counts as abandoned. */
const patienceMs = 5_000;

export interface AbandonmentPorts {
  clock: Clock;
  log: RunLog;
  /** While it is aborted nothing is said: the whole service stops. */
  quiet: AbortSignal;
  /** Puts it into the run's record. */
  note: (what: string) => void;
}

/**
 * Says in the log when the work goes on although its signal was aborted, and again when it has ended after all.
 *
 * @param what as in `the step 'render'`
 */
export function reportAbandoned(
  work: Promise<unknown>,
  signal: AbortSignal,
  what: string,
  { clock, log, quiet, note }: AbandonmentPorts,
): void {
  let isOver = false;
  let cancel = () => {};
  const wait = () => {
    const since = clock.monotonic();
    cancel = clock.after(patienceMs, () => {
      if (quiet.aborted) return;
      log.warn({ what, todo: 'make it heed its signal: it may still be at work' }, 'work.abandoned');
      note(what);
      cancel = () => log.info({ what, durationMs: Math.round(clock.monotonic() - since) }, 'work.ended.late');
    });
  };
  const end = () => {
    isOver = true;
    signal.removeEventListener('abort', wait);
    cancel();
  };
  work.then(end, end);
  signal.addEventListener('abort', wait, { once: true });
  if (signal.aborted && !isOver) wait();
}
