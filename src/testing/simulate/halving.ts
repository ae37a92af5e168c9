/**
 * Makes a list of faults shorter that breaks something: pieces are left out, halves first, as long as it still breaks.
 */

/** Answers whether it still breaks with some of the list, in the list's order. */
export type StillFails<Item> = (some: readonly Item[]) => Promise<boolean>;

/** As `shrunk` has it: the shortest list found that still fails. */
export type Shrink = <Item>(
  items: readonly Item[],
  fails: StillFails<Item>,
  options?: { triesMax?: number },
) => Promise<Item[]>;

const triesMaxDefault = 200;

export const halved: Shrink = async (items, fails, { triesMax = triesMaxDefault } = {}) => {
  let rest = [...items];
  let tries = 0;
  for (let size = Math.ceil(rest.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let place = 0; place < rest.length && tries < triesMax; tries++) {
      const without = [...rest.slice(0, place), ...rest.slice(place + size)];
      if (await fails(without)) rest = without;
      else place += size;
    }
  }
  return rest;
};
