import { type Injection, invariant } from 'nightshift/testing';
import { expect, it } from 'vitest';
import { lived } from '../../soak/lived.ts';
import { injectionNamed } from '../../src/testing/simulate/injection-text.ts';

const noFailure = invariant('no service fails', (_, broken) => (event) => {
  if (event.type === 'call.ended' && event.exchange.status === 503) broken('one did');
});
const named = (names: readonly string[]) => names.map((name) => injectionNamed(name) as Injection);

it('a seed that breaks a rule is told with the fewest of its faults, which break it again by their names', async () => {
  const many = named(['call 2 to groq: silence', 'call 2 to shop: 503', 'call 4 to feed: 429 Retry-After 60']);
  const { violations, shortest, faults } = await lived(1, 0.1, {
    invariants: [noFailure],
    faults: many,
    shorten: true,
  });
  expect([faults, violations[0]?.invariant]).toEqual([3, 'no service fails']);
  expect(shortest).toEqual(['call 2 to shop: 503']);
  const again = await lived(1, 0.1, { invariants: [noFailure], faults: named(shortest) });
  expect(again).toMatchObject({ faults: 1, violations: [{ invariant: 'no service fails' }] });
});
