/**
 * Lengths of time as systemd writes them: `5min 20s`, `1h30m`, `infinity`; a number alone is seconds.
 *
 * @see systemd.time(7), "Parsing time spans"
 */
const secondMs = 1_000;
const dayMs = 86_400_000;
const units: readonly (readonly [RegExp, number])[] = [
  [/^(?:usec|us|μs|µs)$/, 0.001],
  [/^(?:msec|ms)$/, 1],
  [/^(?:seconds|second|sec|s|)$/, secondMs],
  [/^(?:minutes|minute|min|m)$/, 60 * secondMs],
  [/^(?:hours|hour|hr|h)$/, 3_600 * secondMs],
  [/^(?:days|day|d)$/, dayMs],
  [/^(?:weeks|week|w)$/, 7 * dayMs],
  [/^(?:months|month|M)$/, 30.4375 * dayMs],
  [/^(?:years|year|y)$/, 365.25 * dayMs],
];

/** @returns milliseconds, infinity among them; undefined for what is no length of time */
export function timeSpanMs(text: string): number | undefined {
  const written = text.trim();
  if (written === 'infinity') return Number.POSITIVE_INFINITY;
  const parts = [...written.matchAll(/(\d+(?:\.\d*)?)\s*([a-zA-Zμµ]*)\s*/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== written) return undefined;
  const lengths = parts.map(([, number, unit = '']) => Number(number) * (unitMs(unit) ?? Number.NaN));
  const sum = lengths.reduce((all, each) => all + each, 0);
  return Number.isNaN(sum) ? undefined : sum;
}

function unitMs(unit: string): number | undefined {
  return units.find(([name]) => name.test(unit))?.[1];
}
