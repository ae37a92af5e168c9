import { describe, expect, it } from 'vitest';
import { namedTime } from '../../src/policies/named-time.ts';

const now = Date.UTC(2026, 10, 26, 8, 30);
const zone = 'Europe/Berlin';
const utc = (text: string) => Date.parse(`${text}Z`);

describe('a time without a day', () => {
  it.each([
    ['03:00', '2026-11-26T02:00:00', 60_000],
    ['3:00', '2026-11-26T02:00:00', 60_000],
    ['03:00:15', '2026-11-26T02:00:15', 1_000],
    ['09:30', '2026-11-26T08:30:00', 60_000],
    ['09:31', '2026-11-25T08:31:00', 60_000],
    ['00:00', '2026-11-25T23:00:00', 60_000],
  ])('%s is the latest one up to now', (text, from, ms) => {
    expect(namedTime(text, zone, now)).toEqual({ from: utc(from), to: utc(from) + ms });
  });
});

it.each([
  ['2026-07-01 03:00', '2026-07-01T01:00:00'],
  ['2026-07-01T03:00', '2026-07-01T01:00:00'],
  ['2027-01-01 00:00', '2026-12-31T23:00:00'],
])('%s is that of its day, in the summer time of its day', (text, from) => {
  expect(namedTime(text, zone, now)?.from).toBe(utc(from));
});

it.each(['2026-11-23T02:00:15Z', '2026-11-23T02:00:15.120Z', '2026-11-23T03:00:15+01:00'])(
  '%s is the second that it falls into, wherever one is',
  (text) => {
    expect(namedTime(text, zone, now)).toEqual({ from: utc('2026-11-23T02:00:15'), to: utc('2026-11-23T02:00:16') });
  },
);

it.each(['2026-13-23T02:00:15Z', '', 'three', '24:00', '12:60', '2026-13-01 03:00', '03', 'yesterday 03:00'])(
  '%j names none',
  (text) => {
    expect(namedTime(text, zone, now)).toBeUndefined();
  },
);
