/**
 * Progress: an attempt that gives no sign of life for too long is taken for hung, long before its time is up.
 */
import type { Clock } from '../../clock.ts';
import type { RunLog } from '../../config/run-scope.ts';
import { formatDuration } from '../../policies/duration.ts';
import { ClassifiedError } from '../../policies/failure.ts';

export class ProgressWatch {
  readonly #stalled = Promise.withResolvers<never>();
  readonly #arm: () => void;
  #cancel = () => {};

  /**
   * @param withinMs undefined for no limit
   * @param what begins the message, as in `youtube: the run`
   */
  constructor(clock: Clock, withinMs: number | undefined, what: string) {
    this.#stalled.promise.catch(() => {});
    this.#arm =
      withinMs === undefined
        ? () => {}
        : () => {
            this.#cancel();
            this.#cancel = clock.after(withinMs, () => this.#stalled.reject(stalled(what, withinMs)));
          };
    this.#arm();
  }

  /** There was a sign of progress. */
  readonly note = (): void => this.#arm();

  end(): void {
    this.#cancel();
  }

  /** The work, unless it stalls. @throws {ClassifiedError} of class recoverable, `RUN_STALLED` */
  orStalled<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#stalled.promise]);
  }

  /** The log, each line of which is a sign of progress. */
  logging(log: RunLog): RunLog {
    const noting =
      (level: keyof RunLog) =>
      (...line: [object | string, string?]) => {
        this.note();
        (log[level] as (...line: [object | string, string?]) => void)(...line);
      };
    return { debug: noting('debug'), info: noting('info'), warn: noting('warn'), error: noting('error') };
  }
}

function stalled(what: string, withinMs: number) {
  const message = `${what} made no progress for ${formatDuration(withinMs)} and was stopped.`;
  return new ClassifiedError({ class: 'recoverable', code: 'RUN_STALLED', message });
}
