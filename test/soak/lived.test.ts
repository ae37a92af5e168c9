import { type Injection, invariant } from 'nightshift/testing';
import { expect, it } from 'vitest';
import { lived } from '../../soak/lived.ts';
import { injectionNamed } from '../../src/testing/simulate/injection-text.ts';

const fewFailures = invariant('no service fails', (_, broken) => (event) => {
  if (event.type !== 'call.ended') return;
  if ((event.exchange.status ?? 0) >= 500) broken('it did');
});

it('a seed that breaks a rule is told with the fewest faults, which break it again by their names', async () => {
  const options = { invariants: [fewFailures] };
  const { violations, shortest, faults } = await lived(1, 1, { ...options, shorten: true });
  expect(violations[0]).toMatchObject({ invariant: 'no service fails' });
  expect(shortest).toEqual([expect.stringMatching(/^call \d+ to .*: 5\d\d/)]);
  expect(faults).toBeGreaterThan(10);
  const again = await lived(1, 1, { ...options, faults: shortest.map((name) => injectionNamed(name) as Injection) });
  expect(again).toMatchObject({ faults: 1, violations: [{ invariant: 'no service fails' }] });
});
