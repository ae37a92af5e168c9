/**
 * How long a world is run on after its faults have ended: as long as the slowest part of the config may take to be well again.
 */
import type { Config } from '../../config/config.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** In milliseconds: at least two hours, and long enough for the longest interval, run and cooldown there is; at most eight days. */
export function runOnMs({ engines, services }: Pick<Config, 'engines' | 'services'>): number {
  const lengths = [...engines.values()].map(({ settings: { schedule, timeoutMs, cooldownMs, retry } }) => {
    const interval = schedule?.kind === 'every' ? schedule.everyMs : dayMs;
    return 2 * interval + (timeoutMs ?? hourMs) + cooldownMs + retry.capMs * retry.tries;
  });
  const cooldowns = [...services.values()].map(({ breaker }) => 2 * breaker.cooldownMsMax);
  return Math.min(8 * dayMs, Math.max(2 * hourMs, ...lengths) + Math.max(0, ...cooldowns));
}
