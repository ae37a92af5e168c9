import { expect, it } from 'vitest';
import { digestOf, listedMax } from '../../../src/telemetry/errors/error-digest.ts';
import { addError, type ErrorGroup, newGroup } from '../../../src/telemetry/errors/error-group.ts';
import { error } from './some-errors.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 23, 7);

/** One error of a signature at each of these instants. */
function groupOf(message: string, ...ats: number[]): ErrorGroup {
  const group = newGroup(error(ats[0] ?? 0, { message }));
  for (const at of ats) addError(group, error(at, { message }));
  return group;
}

const every = (from: number, to: number, step: number) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step);
const trends = (groups: ErrorGroup[], from = now - day) =>
  Object.fromEntries(digestOf(groups, from, now).errors.map(({ example, trend }) => [example.message, trend]));

it('tells new, growing and known errors, and those that are gone', () => {
  const groups = [
    groupOf('gone', now - 30 * hour),
    groupOf('known', ...every(now - 6 * day, now, 2 * hour)),
    groupOf('growing', ...every(now - 6 * day, now - day, 6 * hour), ...every(now - day, now, hour)),
    groupOf('new', now - hour),
    groupOf('long ago', now - 3 * day),
  ];
  expect(trends(groups)).toEqual({ new: 'new', growing: 'growing', known: 'known', gone: 'gone' });
  const { errors, counts, times, signatures } = digestOf(groups, now - day, now);
  expect(errors.map(({ trend }) => trend)).toEqual(['new', 'growing', 'known', 'gone']);
  expect([counts, times, signatures]).toEqual([{ new: 1, growing: 1, known: 1, gone: 1 }, 1 + 24 + 12, 3]);
  expect(errors[1]).toMatchObject({ times: 24, before: 4, firstAt: now - 6 * day });
});

it('takes no error for a growing one because it is young, or rare', () => {
  expect(trends([groupOf('young', ...every(now - 2 * day, now, 2 * hour))])).toEqual({ young: 'known' });
  expect(trends([groupOf('rare', now - 7 * day, now - 3 * hour, now - 2 * hour)])).toEqual({ rare: 'known' });
});

it('compares a week with the week before', () => {
  const groups = [
    groupOf('gone', now - 10 * day),
    groupOf('new', now - 6 * day),
    groupOf('known', now - 10 * day, now - 1),
  ];
  expect(trends(groups, now - 7 * day)).toEqual({ new: 'new', known: 'known', gone: 'gone' });
});

it('loses no error to hours that do not begin with the period', () => {
  const from = now - day + hour / 2;
  const group = groupOf('x', from + 1, now - 1);
  expect(digestOf([group], from, now)).toMatchObject({ times: 2, counts: { new: 1 } });
  expect(digestOf([group], from - day, from)).toMatchObject({ times: 1 });
});

it('names whom an error has hit within the period, the latest first', () => {
  const group = groupOf('x', now - 3 * day);
  addError(group, error(now - 5 * hour, { actor: 'engine/b' }));
  addError(group, error(now - hour, { actor: 'token/c' }));
  expect(digestOf([group], now - day, now).errors[0]?.actors).toEqual(['token/c', 'engine/b']);
  expect(digestOf([group], now - 3 * day - hour, now - 2 * day).errors[0]?.actors).toEqual(['engine/a']);
});

it('lists the first of very many', () => {
  const groups = Array.from({ length: 80 }, (_, n) => ({ ...groupOf('x', now - hour), signature: `x${n}` }));
  const digest = digestOf(groups, now - day, now);
  expect([digest.errors.length, digest.signatures, digest.counts.new]).toEqual([listedMax, 80, 80]);
});
