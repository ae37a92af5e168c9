/**
 * Shrinking: of all the things that went wrong, the few that it takes.
 *
 * @see Andreas Zeller and Ralf Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002: the
 *   algorithm ddmin
 */

export interface ShrinkOptions {
  /** How often `fails` is asked at the most. Default 200. */
  triesMax?: number;
}

/**
 * Makes a list that fails as short as can be: without any one of what is left, it fails no more.
 *
 * @param fails whether it still fails with some of the list, in the list's order; the whole list is taken to fail
 * @returns the shortest that was found, which is the whole list where nothing of it may be missing. Where the tries have
 *   run out, it fails but may not be the shortest.
 */
export async function shrunk<Item>(
  items: readonly Item[],
  fails: (some: readonly Item[]) => Promise<boolean>,
  { triesMax = 200 }: ShrinkOptions = {},
): Promise<Item[]> {
  let tries = 0;
  const stillFails = async (some: readonly Item[]) => {
    tries += 1;
    return tries <= triesMax && (await fails(some));
  };
  if (items.length > 0 && (await stillFails([]))) return [];
  let rest = [...items];
  let parts = 2;
  while (rest.length > 1 && tries < triesMax) {
    const pieces = cut(rest, parts);
    const piece = await first(pieces, stillFails);
    if (piece) {
      [rest, parts] = [piece, 2];
      continue;
    }
    // With two pieces, what is left without the one is the other.
    const without =
      pieces.length > 2 ? pieces.map((_, left) => pieces.flatMap((each, n) => (n === left ? [] : each))) : [];
    const remainder = await first(without, stillFails);
    if (remainder) {
      [rest, parts] = [remainder, Math.max(parts - 1, 2)];
      continue;
    }
    if (parts >= rest.length) break;
    parts = Math.min(2 * parts, rest.length);
  }
  return rest;
}

async function first<Item>(
  lists: readonly Item[][],
  fits: (list: readonly Item[]) => Promise<boolean>,
): Promise<Item[] | undefined> {
  for (const list of lists) if (await fits(list)) return list;
  return undefined;
}

/** Cuts a list into so many pieces, as alike in length as they can be. */
function cut<Item>(items: readonly Item[], parts: number): Item[][] {
  const at = (part: number) => Math.floor((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => items.slice(at(part), at(part + 1)));
}
