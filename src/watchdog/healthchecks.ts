/**
 * An address outside of this machine that expects to hear of the service, and calls somebody when it does not.
 *
 * @see Healthchecks, "Pinging API": the address itself for success, `/start`, `/fail`
 */
import type { Clock } from '../clock.ts';
import type { Watchdog } from './watchdog.ts';

const patienceMs = 10_000;

export function healthchecks(url: string, everyMs: number, clock: Clock, send: typeof fetch = fetch): Watchdog {
  const ping = async (path: string, body = '') => {
    const over = new AbortController();
    const cancel = clock.after(patienceMs, () => over.abort(new Error('the watchdog did not answer in time')));
    try {
      const response = await send(`${url.replace(/\/+$/, '')}${path}`, { method: 'POST', body, signal: over.signal });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the watchdog answered ${response.status}`);
    } finally {
      cancel();
    }
  };
  return {
    everyMs,
    started: () => ping('/start'),
    feed: () => ping(''),
    failed: (reason) => ping('/fail', reason),
    // Somebody who stops the service knows that; the watchdog will notice by itself when it is not started again.
    stopping: (reason) => (reason === null ? Promise.resolve() : ping('/fail', reason)),
  };
}
