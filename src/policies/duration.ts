/**
 * Lengths of time as people write them: `250ms`, `30s`, `5m`, `1h30m`, `2d`, `1w`.
 */

const dayMs = 86_400_000;

/** From the longest to the shortest, which is also the order they are written in. */
const units = { w: 7 * dayMs, d: dayMs, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

const number = '(\\d{1,15}(?:\\.\\d{1,9})?)';
const written = new RegExp(
  `^(?=\\d)${Object.keys(units)
    // Not the m of ms.
    .map((unit) => `(?:${number}${unit === 'm' ? 'm(?!s)' : unit})?`)
    .join(' ?')}$`,
);

/**
 * Reads a length of time.
 *
 * @param text parts from the longest to the shortest unit, each at most once: `w` `d` `h` `m` `s` `ms`; fractions
 *   are allowed (`1.5h`), a number without a unit is not
 * @returns whole milliseconds; null for anything else
 */
export function parseDuration(text: string): number | null {
  const parts = written.exec(text.trim())?.slice(1);
  if (!parts) return null;
  const ms = Object.values(units).reduce((sum, unitMs, index) => sum + Number(parts[index] ?? 0) * unitMs, 0);
  const whole = Math.round(ms);
  return Number.isSafeInteger(whole) ? whole : null;
}

/** Writes a length of time so that {@link parseDuration} reads the same milliseconds: `1d2h`, `1m30.5s`, `250ms`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  const whole = Math.round(Math.abs(ms));
  const sign = ms < 0 && whole > 0 ? '-' : '';
  if (whole < 1000) return `${sign}${whole}ms`;
  const days = Math.floor(whole / dayMs);
  const hours = Math.floor((whole % dayMs) / units.h);
  const minutes = Math.floor((whole % units.h) / units.m);
  const seconds = (whole % units.m) / units.s;
  const parts = [days && `${days}d`, hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`];
  return sign + parts.filter(Boolean).join('');
}
