import { describe, expect, it } from 'vitest';
import { isAtLeast, longestNodeLine, nodeLife, nodeLines } from '../../src/policies/node-release.ts';

const at = (text: string) => Date.parse(text);

it.each([
  ['24.21.0', '2026-11-23', { life: 'fresh', end: '2028-04-30' }],
  ['22.18.0', '2026-11-23', { life: 'fresh', end: '2027-04-30' }],
  ['22.18.0', '2027-01-29', { life: 'fresh', end: '2027-04-30' }],
  ['22.18.0', '2027-02-01', { life: 'ending', end: '2027-04-30' }],
  ['22.18.0', '2027-04-30T20:00', { life: 'ending', end: '2027-04-30' }],
  ['22.18.0', '2027-05-01', { life: 'over', end: '2027-04-30' }],
  ['23.11.1', '2026-11-23', { life: 'over', end: '2025-06-01' }],
  ['99.0.0', '2026-11-23', null],
  ['', '2026-11-23', null],
])('Node %s on %s: %o', (version, day, life) => {
  expect(nodeLife(version, at(`${day.includes('T') ? day : `${day}T00:00`}Z`))).toEqual(life);
});

it('names the line that is kept longest', () => {
  const { major, end } = longestNodeLine();
  expect(major % 2).toBe(0);
  expect(nodeLines.every((line) => line.end <= end)).toBe(true);
});

describe('a version is in a range', () => {
  it.each([
    ['22.18.0', '>=22.18', true],
    ['22.17.9', '>=22.18', false],
    ['22.9.0', '>=22.18', false],
    ['23.0.0', '>=22.18', true],
    ['21.99.99', '>=22.18', false],
    ['24.21.0', '>= 22.18.1', true],
    ['22.18.0', '>=22.18.1', false],
    ['22.0.0', '>=22', true],
    ['22.18.0-nightly', '>=22.18', true],
    ['22.18.0', '^22.18', null],
    ['22.18.0', '>=22 <25', null],
  ])('%s in %s: %s', (version, range, is) => {
    expect(isAtLeast(version, range)).toBe(is);
  });
});
