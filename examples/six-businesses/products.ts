/**
 * Products: takes over the supplier's prices, with a line about each product that changed.
 *
 * Shows answers that make no sense, `expect` for a run that would end well with nothing when the list comes empty, and one step
 * for each item of a loop.
 */
import { engine } from 'nightshift';
import { z } from 'zod';
import { scaled } from '../hostile-world/scale.ts';
import { ask } from './ask.ts';
import { json, read } from './reading.ts';
import { timing } from './timing.ts';

const priceList = z.array(z.object({ sku: z.string(), price: z.number().positive() }));
const changesMax = 3;

export const products = engine('products', {
  ...timing,
  every: scaled('20m'),
  output: z.object({ prices: z.record(z.string(), z.number()), updated: z.array(z.string()) }),
  expect: ({ updated }) => updated.length > 0 || 'not one price has changed, and that cannot be',

  async run({ step, service, lastGood, runId }) {
    const list = await step('prices', async () => read(await service('supplier').fetch('/prices'), priceList));
    const changed = list.filter(({ sku, price }) => lastGood?.prices[sku] !== price).slice(0, changesMax);
    if (changed.length === 0) return { prices: lastGood?.prices ?? {}, updated: [] };
    const line = await step('describe', () => ask(service('llm'), `A line about ${changed.map(({ sku }) => sku)}`));
    for (const { sku, price } of changed) {
      await step(`update ${sku}`, async () => {
        await service('shop').fetch(`/products/${sku}`, json('PUT', { ref: `${runId} ${sku}`, price, line }));
      });
    }
    await step(
      'tell',
      async () => {
        const text = `${changed.length} new prices`;
        await service('chat').fetch('/messages', json('POST', { ref: runId, text }));
      },
      { whenDown: 'skip' },
    );
    return {
      prices: Object.fromEntries(list.map(({ sku, price }) => [sku, price])),
      updated: changed.map(({ sku }) => sku),
    };
  },
});
