/**
 * What became of each change of a state: whether the page showed it, went straight on to the next, or never showed it.
 *
 * The page draws the latest that it was told. So what it drew is, of those changes that lead to that state, the latest that there was by then;
 * and it may have drawn a change when there was another already, which it was not told of yet.
 */
export interface Change {
  /** Epoch ms. */
  at: number;
  state: string;
}

export interface Fates {
  /** From the commit until the document had changed, ms; of those that were seen. */
  ms: number[];
  /** Followed by another before the page had to have drawn it, and never drawn. */
  merged: number;
  /** It stood for long enough to be drawn, and never was. */
  lost: number;
}

/**
 * @param committed in their order
 * @param seen what the page showed, each time that it was another state
 * @param withinMs by when a change should be seen
 */
export function fatesOf(committed: readonly Change[], seen: readonly Change[], withinMs: number): Fates {
  const shown = new Map<number, number>();
  let next = 0;
  for (const { at, state } of seen) {
    const drawn = committed.findLastIndex((each, n) => n >= next && each.state === state && each.at <= at);
    if (drawn < 0) continue;
    shown.set(drawn, at);
    next = drawn + 1;
  }
  const fates: Fates = { ms: [], merged: 0, lost: 0 };
  for (const [n, { at }] of committed.entries()) {
    const seenAt = shown.get(n);
    const stoodMs = (committed[n + 1]?.at ?? Number.POSITIVE_INFINITY) - at;
    if (seenAt !== undefined) fates.ms.push(seenAt - at);
    else if (stoodMs < withinMs) fates.merged += 1;
    else fates.lost += 1;
  }
  return fates;
}
