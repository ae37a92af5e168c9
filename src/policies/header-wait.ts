/**
 * The wait that a header names, in any of the forms that services write one.
 *
 * Seconds from now (`30`, `1.5`), an epoch in seconds or milliseconds, the three forms of an HTTP date, ISO 8601, or a length
 * as Go prints it (`2m59.56s`, `12ms`), which is how OpenAI and Groq do.
 */

/** Milliseconds from `at` (epoch ms), below zero for a date in the past; undefined for anything else. */
export function headerWaitMs(text = '', at: number): number | undefined {
  const amount = headerNumber(text);
  if (amount === undefined) {
    const date = dateMs(text);
    return date === undefined ? lengthMs(text) : date - at;
  }
  // No wait is longer than thirty years, and no clock stands before 2001.
  if (amount >= 1e12) return amount - at;
  if (amount >= 1e9) return amount * 1000 - at;
  return amount * 1000;
}

/** A number that is not below zero; undefined for anything else. */
export function headerNumber(text = ''): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** One without a zone is in UTC, whatever the zone of this machine. */
function dateMs(text: string): number | undefined {
  const isIso = /^\d{4}-\d{2}-\d{2}T/.test(text);
  if (!isIso && !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const isZoned = /(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/.test(text);
  const ms = Date.parse(isZoned ? text : `${text}${isIso ? 'Z' : ' GMT'}`);
  return Number.isNaN(ms) ? undefined : ms;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const part = /(\d+(?:\.\d+)?)(ms|[smhd])/g;

/** @see Go, package time, "Duration.String" */
function lengthMs(text: string): number | undefined {
  const parts = [...text.matchAll(part)];
  if (parts.length === 0 || text.replaceAll(part, '') !== '') return undefined;
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (unitMs[unit] ?? 0), 0);
}
