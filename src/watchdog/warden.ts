/**
 * The warden: the parent process that watches over the service where the system has no watchdog of its own.
 */
import { stopMsMax } from '../policies/stop-length.ts';
import type { Watchdog } from './watchdog.ts';

/** What the warden is told. */
export type WardenWord =
  | { warden: 'ready' }
  | { warden: 'fed' }
  /** The service stops, and will take at most so long. */
  | { warden: 'stopping'; patienceMs: number };

/** How long the service may be silent, in milliseconds; set by the warden, and by nobody else. */
export const silenceVariable = 'NIGHTSHIFT_SILENCE_MS';

/**
 * How the warden wants to be told; undefined when there is none.
 *
 * @param tell hands a message to the parent process; undefined when that does not listen
 */
export function warden(
  env: NodeJS.ProcessEnv,
  tell: ((word: WardenWord) => Promise<void>) | undefined,
  drainMs: number,
): Watchdog | undefined {
  const silenceMs = Number(env[silenceVariable]);
  if (!tell || !(silenceMs > 0)) return undefined;
  const feed = () => tell({ warden: 'fed' });
  const stopping = () => tell({ warden: 'stopping', patienceMs: stopMsMax(drainMs) });
  return {
    everyMs: silenceMs / 2,
    started: () => tell({ warden: 'ready' }),
    feed,
    failed: async () => {},
    endures: feed,
    stopping,
    // It ends, for the warden to start it with the new config.
    reloading: stopping,
  };
}
