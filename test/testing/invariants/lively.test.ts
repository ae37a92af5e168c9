/**
 * All invariants in a world in which much goes wrong: a sound runtime breaks none of them.
 */
import { describe, expect, it } from 'vitest';
import { defaultInvariants } from '../../../src/testing/invariants/default-invariants.ts';
import { healingBoundMs } from '../../../src/testing/invariants/heals.ts';
import { invariant } from '../../../src/testing/invariants/invariant.ts';
import { helpfulPerson } from '../../../src/testing/world/alert-inbox.ts';
import { World } from '../../../src/testing/world/world.ts';
import { livelyChaos, livelyConfig } from '../lively-world.ts';

const startAt = Date.UTC(2026, 0, 5);
const hourMs = 3_600_000;

/** Lives through half a day of faults and what comes after it. */
async function lived(seed: number) {
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  const counting = invariant('counts', () => (event) => {
    count(event.type);
    if (event.type === 'ledger' && 'outcome' in event.entry) count(event.entry.outcome);
    if (event.type !== 'transition') return;
    const { address, snapshot } = event.transition;
    count(`${address.slice(0, address.indexOf('/'))} ${JSON.stringify(snapshot.value)}`);
  });
  const calmAt = startAt + 12 * hourMs;
  await using world = new World({
    config: livelyConfig,
    seed,
    startAt,
    faults: livelyChaos(seed, calmAt, 2),
    person: helpfulPerson,
    invariants: [...defaultInvariants, counting],
    writeMs: (random) => Math.floor(random() * 4),
  });
  await world.run({ hours: 12 });
  world.calm();
  await world.run({ ms: healingBoundMs(world.config) + 4 * hourMs });
  return { violations: [...world.judged()], seen };
}

describe('a lively world', () => {
  it.each([1, 2])('breaks no invariant (seed %i)', async (seed) => {
    const { violations, seen } = await lived(seed);
    expect(violations).toEqual([]);
    // Silence says something only where there was something to say.
    for (const what of [
      'process.ended',
      'fault',
      'step.began',
      'alert',
      'ran',
      'late',
      'coalesced',
      'skipped',
      'breaker "open"',
      'breaker {"halfOpen":"probing"}',
      'token "refreshing"',
      'engine "backoff"',
      'engine {"held":"forTime"}',
      'engine {"held":"forActor"}',
      'incident "resolved"',
    ]) {
      expect(seen.get(what) ?? 0, what).toBeGreaterThan(0);
    }
  });
});
