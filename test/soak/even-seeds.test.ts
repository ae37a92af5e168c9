/**
 * Half of fifty seeds of the town, in a file of their own so that both halves run at once. `npm run soak` runs a thousand, a week each.
 */
import { expect, it } from 'vitest';
import { lived } from '../../soak/lived.ts';

const seeds = Array.from({ length: 25 }, (_, n) => 2 * n + 2);
/** A change of the clocks comes when all is well again. The last two begin on the eve of it. */
const changes = [44, 82, 292];

it.each([...new Set([...seeds, ...changes])])('the town lives through seed %i, and everything holds', async (seed) => {
  const { violations, runs, faults } = await lived(seed, 0.5, { untilWell: !changes.includes(seed) });
  expect(violations).toEqual([]);
  // A town in which nothing happens proves nothing.
  expect(runs).toBeGreaterThan(200);
  expect(faults).toBeGreaterThan(5);
});
