/**
 * How long a stop may take, by everybody who waits for one: systemd, launchd and the warden end a service that takes longer.
 */

/** How long running steps have to end, unless the config says otherwise (`supervision.drain`), in milliseconds. */
export const drainMsDefault = 30_000;

/** What comes after the drain: programs get five seconds to end and five to be gone, and all is written. */
const afterDrainMs = 15_000;

/** In milliseconds, as the drain is. */
export function stopMsMax(drainMs: number): number {
  return drainMs + afterDrainMs;
}
