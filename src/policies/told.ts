/**
 * What a service's answers have told of its quota: so many calls, until its window ends.
 *
 * When that end has come and the answers named the limit of a whole window, the next one begins with so many calls, and counts
 * from the first of them on. It ends nobody knows when, until an answer says so; until then it is taken to be as
 * long as the longest that was seen. What no answer has borne out until then is forgotten: the service may have changed its ways.
 */

/** Plain JSON. */
export type Told = {
  left: number;
  /** End of the window, epoch ms. */
  until: number;
  /** Calls in a whole window. Absent when no answer named it, and in records of an older chart. */
  limit?: number;
  /** Length of a whole window, in milliseconds: as it was named, or the longest that was seen. */
  lengthMs?: number;
  /** The window is one that no answer has spoken of yet. */
  assumed?: true;
};

/** More calls than need be counted on disk: what leaves more of them is not kept. */
export const plenty = 100;

/** Two answers of one window may differ by this, because they name its end in whole seconds from now. */
const sameWindowMs = 2_000;

/** What counts at an instant (epoch ms): what was told, or what may be taken for granted of the window after it. */
export function toldAt(told: Told | null, at: number): Told | null {
  if (!told || told.until > at) return told;
  const { limit, lengthMs, assumed } = told;
  if (limit === undefined || limit <= 0 || lengthMs === undefined || assumed) return null;
  return { left: limit, until: at + lengthMs, limit, lengthMs, assumed: true };
}

/**
 * What is known with an answer. Calls that are still out are not in it, so within one window the least that was said, or
 * counted since, goes on counting. Of two windows, as a minute's and a day's, the tighter one does.
 *
 * @param at the instant of the answer, epoch ms
 */
export function toldWith(before: Told | null, answer: Told, at: number): Told {
  const told = toldAt(before, at);
  const next = { ...answer, lengthMs: lengthOf(told ?? before, answer, at) };
  if (!told) return next;
  const { limit = told.limit } = answer;
  const known = { ...next, ...(limit !== undefined && { limit }), left: Math.min(told.left, answer.left) };
  const laterMs = answer.until - told.until;
  if (Math.abs(laterMs) <= sameWindowMs) return { ...known, until: told.until };
  const isOther = limit !== told.limit;
  // It is the end of the window that had to be guessed.
  if (told.assumed && !(isOther && laterMs > 0)) return known;
  if (laterMs > 0 && !isOther) return next;
  return answer.left < told.left ? next : told;
}

/** What of it has to be on disk: nothing, while there is plenty. */
export function toldKept(told: Told | null): Told | null {
  return told && told.left < plenty ? told : null;
}

/** With one call more. */
export function toldAfterCall(told: Told | null, at: number): Told | null {
  const now = toldAt(told, at);
  return now && { ...now, left: now.left - 1 };
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** The lengths that windows have in practice: where none is named, the one seen last is at least as long as it still lasted. */
const lengthsMs = [second, minute, 15 * minute, hour, day, 31 * day];

function lengthOf(before: Told | null, answer: Told, at: number): number {
  if (answer.lengthMs !== undefined) return answer.lengthMs;
  const stillMs = answer.until - at;
  const seenMs = before && before.limit === answer.limit ? (before.lengthMs ?? 0) : 0;
  return Math.max(seenMs, lengthsMs.find((length) => length >= stillMs) ?? stillMs);
}
