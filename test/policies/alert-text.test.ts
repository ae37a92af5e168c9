import { expect, it } from 'vitest';
import { alertText } from '../../src/policies/alert-text.ts';

const since = Date.parse('2026-11-23T02:12:09.120Z');
const trouble = {
  severity: 'now',
  title: 'job has gone quiet',
  what: 'Its last success was at 2026-11-22T23:30:00.000Z.',
  tried: null,
  todo: 'nightshift why job says where it stands',
} as const;
const alert = { cause: 'heartbeat:job', trouble, since, waiting: [] };

it('says instants by the clock that it is given, and which that is', () => {
  const { text } = alertText({ ...alert, kind: 'opened' }, since, 'Europe/Berlin');
  expect(text.split('\n').slice(0, 2)).toEqual([
    'Its last success was at 2026-11-23 00:30.',
    'Since 2026-11-23 03:12 (Europe/Berlin).',
  ]);
  const over = alertText({ ...alert, kind: 'resolved' }, since + 90_000, 'Europe/Berlin');
  expect(over.text).toBe('It lasted 1m30s, since 2026-11-23 03:12 (Europe/Berlin). Nothing is left to do about it.');
});

it('says what to do, or that it goes on by itself: a job that is held up may have said something else itself', () => {
  const lines = (todo: string | null) =>
    alertText({ ...alert, kind: 'opened', trouble: { ...trouble, todo } }, since, 'UTC').text.split('\n');
  expect(lines('see to it')).toContain('What to do: see to it');
  expect(lines(null)).toContain('It goes on by itself when this is over.');
});
