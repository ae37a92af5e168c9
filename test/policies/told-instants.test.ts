import { expect, it } from 'vitest';
import { toldInstants } from '../../src/policies/told-instants.ts';

const told = (text: string) => toldInstants(text, (at) => `<${at}>`);

it('says each instant of a text as it is asked to', () => {
  expect(told('from 1970-01-01T00:00:01.500Z to 1970-01-01T00:00:02Z.')).toBe('from <1500> to <2000>.');
});

it.each([
  ['a day', '2026-11-23'],
  ['a time without a zone', '2026-11-23T07:04:03'],
  ['an instant that there is not', '2026-02-31T25:00:00Z'],
  ['a part of a longer word', 'x2026-11-23T07:04:03Z'],
])('leaves %s as it is', (_, text) => {
  expect(told(text)).toBe(text);
});
