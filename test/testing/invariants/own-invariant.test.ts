/**
 * An invariant of one's own: what a job must not do, whatever happens to it.
 */
import { defineConfig, engine } from 'nightshift';
import { expect, it } from 'vitest';
import { defaultInvariants } from '../../../src/testing/invariants/default-invariants.ts';
import { invariant } from '../../../src/testing/invariants/invariant.ts';
import { answer } from '../../../src/testing/world/network.ts';
import { World } from '../../../src/testing/world/world.ts';

/** No order is placed twice, even when the shop's answer to the first try got lost. */
const noOrderTwice = invariant('no order twice', (_, broken) => {
  const placed = new Set<string>();
  return (event) => {
    if (event.type !== 'call.ended' || event.exchange.processedAt === undefined) return;
    const { body } = event.exchange.request;
    if (placed.has(body)) broken(`order ${body} is placed twice`);
    placed.add(body);
  };
});

/** The shop answers the first time with a 503, after it has taken the order. */
function shop() {
  let asked = 0;
  return () => {
    asked += 1;
    return answer(asked === 1 ? 503 : 200, {});
  };
}

async function ordered(bodyOf: (attempt: number) => string) {
  const config = defineConfig({
    services: { shop: { url: 'https://shop.world' } },
    engines: [
      engine('order', {
        every: '1h',
        run: ({ step, service }) =>
          step('place', async ({ attempt }) => {
            const response = await service('shop').fetch('/orders', { method: 'POST', body: bodyOf(attempt) });
            return response.status;
          }),
      }),
    ],
  });
  await using world = new World({
    config,
    services: { shop: shop() },
    invariants: [...defaultInvariants, noOrderTwice],
  });
  await world.run({ minutes: 5 });
  return world.judged();
}

it('speaks when a job does what it must not', async () => {
  expect(await ordered(() => 'four apples')).toMatchObject([
    { invariant: 'no order twice', what: 'order four apples is placed twice' },
  ]);
});

it('is silent about a job that keeps to it', async () => {
  expect(await ordered((attempt) => `four apples, attempt ${attempt}`)).toEqual([]);
});

it('fails the world when it throws, and nothing else', async () => {
  const broken = invariant('broken', () => (event) => {
    if (event.type === 'ledger') throw new Error('the invariant is broken');
  });
  const config = defineConfig({ engines: [engine('job', { every: '1h', run: () => 1 })] });
  await using world = new World({ config, invariants: [broken] });
  await expect(world.run({ minutes: 5 })).rejects.toThrow('the invariant is broken');
  expect(world.rows('ledger:engine/job')).toHaveLength(1);
});
