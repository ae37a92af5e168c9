import { expect, it } from 'vitest';
import { totalOf } from '../../src/policies/total.ts';

it('adds up what was counted by kind, and nothing to nothing', () => {
  expect(totalOf(new Map(Object.entries({ actor: 22, ledger: 55, vault: 0 })))).toBe(77);
  expect(totalOf(new Map())).toBe(0);
});
