import { expect, it } from 'vitest';
import { shortLine } from '../../src/telemetry/short-line.ts';

const before = { level: 30, time: 1_764_115_200_000, engine: 'video', run: 'r1' };
const shown = (facts: object) => JSON.parse(shortLine(JSON.stringify({ ...before, ...facts, msg: 'word' })));

it('leaves a line as it is that is not long', () => {
  const line = JSON.stringify({ ...before, text: 'x'.repeat(5_000), msg: 'word' });
  expect(shortLine(line)).toBe(line);
});

it('says how much of a long text there is more, and has all other facts, those after it too', () => {
  const { text, ...others } = shown({ text: 'x'.repeat(5_000_000), count: 3, why: 'it was asked' });
  expect(others).toEqual({ ...before, count: 3, why: 'it was asked', msg: 'word' });
  expect(text).toMatch(/^x{1500,}… 4,99\d,\d{3} characters more: nightshift logs --json$/);
});

it('says how many entries of a list and of an object there are more', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => n);
  const { list, object, msg } = shown({ list: many, object: Object.fromEntries(many.map((n) => [`n${n}`, n])) });
  expect(list.slice(0, 3)).toEqual([0, 1, 2]);
  expect(list.at(-1)).toMatch(/^… 19,9\d\d items more: nightshift logs --json$/);
  expect(object).toMatchObject({ n0: 0, '…': expect.stringMatching(/^… 19,9\d\d entries more: /) });
  expect(msg).toBe('word');
});

it('cuts what is no JSON', () => {
  expect(shortLine('x'.repeat(20_000))).toBe(`${'x'.repeat(8_000)}… 12,000 characters more: nightshift logs --json`);
});

const odd = {
  'control characters': ['\u0001'.repeat(500_000)],
  'long names': Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`${n}${'x'.repeat(500)}`, n])),
  'lists in lists': Array.from({ length: 99 }, () => Array.from({ length: 99 }, () => ['x'.repeat(99), { a: [1] }])),
  'a name that means something': JSON.parse(`{"__proto__":"${'x'.repeat(9_000)}"}`),
};

it.each(Object.entries(odd))('is bounded, and JSON as before, for %s', (_, value) => {
  const short = shortLine(JSON.stringify(value));
  expect(Array.isArray(JSON.parse(short))).toBe(Array.isArray(value));
  expect(short.length).toBeLessThan(60_000);
});

it.each([
  ['lists', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['objects', `${'{"":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
])('comes to an end with %s that are very deep', (_, line) => {
  expect(shortLine(line).length).toBeLessThan(20_000);
});
