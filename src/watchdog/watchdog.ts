/**
 * Watchdogs: who notices when this service, or its whole machine, is gone. They are fed only while it really gets on.
 */
import type { Clock } from '../clock.ts';

export interface Watchdog {
  /** The service is up. */
  started(): Promise<void>;
  /** All is well. */
  feed(): Promise<void>;
  /** Something is wrong: what. */
  failed(reason: string): Promise<void>;
  /** The service stops, in good order or not. */
  stopping(reason: string | null): Promise<void>;
  /** How often it wants to be fed. */
  everyMs: number;
}

const silent = async () => {};

/** Where nobody is told, the log still says what is wrong. */
export const nobody: Watchdog = { everyMs: 60_000, started: silent, feed: silent, failed: silent, stopping: silent };

export interface FeedPorts {
  clock: Clock;
  /** What is wrong at present; null when all is well. */
  trouble: () => Promise<string | null>;
  /** Hears of what could not be told, and of what is wrong. */
  log: { warn(facts: object, event: string): void; error(facts: object, event: string): void };
}

/**
 * Feeds a watchdog from now on. A watchdog that cannot be reached disturbs nobody: it is logged once, and tried again when it
 * is due.
 *
 * @returns a function that ends it, and tells the watchdog why
 */
export function feedWatchdog(
  dog: Watchdog,
  { clock, trouble, log }: FeedPorts,
): (reason: string | null) => Promise<void> {
  let cancel = () => {};
  let stopped = false;
  let reachable = true;
  let told: string | null = null;
  const tell = async (message: () => Promise<void>) => {
    try {
      await message();
      reachable = true;
    } catch (error) {
      if (reachable && !stopped) log.warn({ err: error }, 'watchdog.unreachable');
      reachable = false;
    }
  };
  const look = async () => {
    const wrong = await trouble();
    if (stopped) return;
    if (wrong !== told && wrong !== null) {
      log.error({ reason: wrong }, 'service.stands');
      await tell(() => dog.failed(wrong));
    }
    told = wrong;
    if (wrong === null) await tell(() => dog.feed());
    if (!stopped) cancel = clock.after(dog.everyMs, () => void look());
  };
  void tell(() => dog.started()).then(look);
  return async (reason) => {
    if (stopped) return;
    stopped = true;
    cancel();
    await tell(() => dog.stopping(reason));
  };
}
