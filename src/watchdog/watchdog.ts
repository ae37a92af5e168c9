/**
 * Watchdogs: who notices when this service, or its whole machine, is gone. They are fed only while it really gets on.
 */
import type { Clock } from '../clock.ts';
import type { Ailment } from './vital-signs.ts';

export interface Watchdog {
  /** The service is up. */
  started(): Promise<void>;
  /** All is well. */
  feed(): Promise<void>;
  /** Something is wrong: what. */
  failed(reason: string): Promise<void>;
  /**
   * Something is wrong that a restart would not mend, and the process gets on as well as it can. Called each time that it wants to be
   * fed, for one that would end the process.
   */
  endures?(): Promise<void>;
  /** The service stops, in good order or not. */
  stopping(reason: string | null): Promise<void>;
  /** The service looks at a new config, to go on with it; `started` says that it does, or that it stays with the old one. */
  reloading?(): Promise<void>;
  /** How often it wants to be fed. */
  everyMs: number;
}

const silent = async () => {};

/** Where nobody is told, the log still says what is wrong. */
export const nobody: Watchdog = { everyMs: 60_000, started: silent, feed: silent, failed: silent, stopping: silent };

export interface FeedPorts {
  clock: Clock;
  /** What is wrong at present; null when all is well. */
  trouble: () => Promise<Ailment | null>;
  /** Hears of what could not be told, and of what is wrong. */
  log: { warn(facts: object, event: string): void; error(facts: object, event: string): void };
}

/** A watchdog that is fed. */
export interface Feeding {
  /** Ends it, and tells the watchdog why. */
  stop(reason: string | null): Promise<void>;
  /** Tells that a reload begins. */
  reloading(): Promise<void>;
  /** Tells that nothing came of a reload. */
  stays(): Promise<void>;
  /** Ends it without a word: another will come in this one's place. */
  rest(): void;
}

/**
 * Feeds a watchdog from now on. A watchdog that cannot be reached disturbs nobody: it is logged once, and tried again when it
 * is due, be it with food or with word of what is wrong.
 */
export function feedWatchdog(dog: Watchdog, { clock, trouble, log }: FeedPorts): Feeding {
  let cancel = () => {};
  let stopped = false;
  let reachable = true;
  /** What the log has, and what the dog knows. */
  let noted: string | null = null;
  let told: string | null = null;
  const tell = async (message: () => Promise<void>): Promise<boolean> => {
    try {
      await message();
      reachable = true;
      return true;
    } catch (error) {
      if (reachable && !stopped) log.warn({ err: error }, 'watchdog.unreachable');
      reachable = false;
      return false;
    }
  };
  const complain = async ({ what, restartHelps }: Ailment) => {
    if (what !== noted) log.error({ reason: what }, 'service.stands');
    noted = what;
    if (what !== told && (await tell(() => dog.failed(what)))) told = what;
    const { endures } = dog;
    if (endures && !restartHelps) await tell(endures);
  };
  const look = async () => {
    const wrong = await trouble();
    if (stopped) return;
    if (wrong) {
      await complain(wrong);
    } else {
      noted = null;
      told = null;
      await tell(() => dog.feed());
    }
    if (!stopped) cancel = clock.after(dog.everyMs, () => void look());
  };
  void tell(() => dog.started()).then(look);
  const rest = () => {
    stopped = true;
    cancel();
  };
  return {
    rest,
    async stop(reason) {
      if (stopped) return;
      rest();
      await tell(() => dog.stopping(reason));
    },
    async reloading() {
      if (dog.reloading) await tell(() => dog.reloading?.() ?? silent());
    },
    async stays() {
      if (dog.reloading && !stopped) await tell(() => dog.started());
    },
  };
}
