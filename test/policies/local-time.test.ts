import { expect, it } from 'vitest';
import { clockChanges, utcOffsetMs } from '../../src/policies/local-time.ts';

const hour = 3_600_000;

it.each([
  ['UTC', '2025-06-01T00:00:00Z', 0],
  ['Europe/Berlin', '2025-03-30T00:59:59.999Z', 1],
  ['Europe/Berlin', '2025-03-30T01:00:00Z', 2],
  ['America/New_York', '2025-01-01T00:00:00Z', -5],
  ['Asia/Kolkata', '2025-01-01T00:00:00Z', 5.5],
  ['Pacific/Kiritimati', '2025-01-01T00:00:00Z', 14],
  ['Europe/Berlin', '1969-06-01T00:00:00.500Z', 1],
])('%s at %s is %d hours ahead', (zone, at, hours) => {
  expect(utcOffsetMs(zone, Date.parse(at))).toBe(hours * hour);
});

it.each([
  ['Europe/Berlin', ['2025-03-30T01:00:00.000Z', '2025-10-26T01:00:00.000Z']],
  ['America/New_York', ['2025-03-09T07:00:00.000Z', '2025-11-02T06:00:00.000Z']],
  ['Australia/Lord_Howe', ['2025-04-05T15:00:00.000Z', '2025-10-04T15:30:00.000Z']],
  ['UTC', []],
])('knows when the clocks of %s were set in 2025', (zone, expected) => {
  const changes = clockChanges(zone, Date.parse('2025-01-01T00:00:00Z'), Date.parse('2026-01-01T00:00:00Z'));
  expect(changes.map((at) => new Date(at).toISOString())).toEqual(expected);
});

it('refuses a zone that nobody knows', () => {
  expect(() => utcOffsetMs('Mars/Crater', 0)).toThrow(RangeError);
});

it('knows the offset of the last instant that there is', () => {
  expect(utcOffsetMs('UTC', 8.64e15)).toBe(0);
});
