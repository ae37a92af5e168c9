import { expect, it } from 'vitest';
import { corners } from '../../soak/corners.ts';

it.each(Object.entries(corners))('every rule holds in the corner %s', async (_, corner) => {
  expect(await corner()).toEqual([]);
});
