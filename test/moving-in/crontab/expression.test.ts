import { describe, expect, it } from 'vitest';
import { crons } from '../../../src/moving-in/crontab/crons.ts';
import { expressionOf } from '../../../src/moving-in/crontab/expression.ts';
import { fieldsIn } from '../../../src/moving-in/crontab/fields.ts';
import { checkCron, nextMatch } from '../../../src/policies/cron.ts';
import { fc, runs } from '../../property.ts';
import { type CronLine, type FieldParts, runsOf, wallClock, written } from './cron-daemon.ts';

const translated = (text: string) => expressionOf(fieldsIn(text.split(' '), crons.cronie, ''));

describe('the five fields of a crontab', () => {
  it.each([
    ['*/15 * * * *', '*/15 * * * *'],
    ['0 3 * jan-mar Mon,WED', '0 3 * 1-3 1,3'],
    ['5 4 * * 7', '5 4 * * 0'],
    ['5 4 * * fri-sun', '5 4 * * 0,5,6'],
    ['0-30/10 2 * * *', '0,10,20,30 2 * * *'],
    ['0 0 1,15 * 5', '0 0 1,15 * 5'],
    ['0 0 */10 * 1', '0 0 1,11,21,31 * +1'],
    ['0 0 1-7 * */2', '0 0 1-7 * +0,2,4,6'],
    ['0 0 1-31 * 1', '0 0 * * *'],
    ['0 */24 * * *', '0 0-0/1 * * *'],
    ['08 007 * * *', '8 7 * * *'],
    ['*,5 1 * * *', '* 1 * * *'],
  ])('%s are %s', (crontab, expression) => {
    expect(translated(crontab)).toBe(expression);
  });

  it.each([
    ['60 * * * *', "'60' is no minute"],
    ['* * 0 * *', "'0' is no day of the month"],
    ['* * * 13 *', "'13' is no month"],
    ['* * * * 8', "'8' is no day of the week"],
    ['mon * * * *', "'mon' is no minute"],
    ['5/15 * * * *', 'a step behind a star or a range only'],
    ['22-2 * * * *', 'a range that goes down'],
    ['*/0 * * * *', 'a step of nothing'],
    ['1,,2 * * * *', "'' is no minute"],
    ['*5 * * * *', "'*5' is no minute"],
    ['-1 * * * *', "'-1' is no minute"],
    ['9~3 * * * *', 'no range that goes down'],
  ])('%s are refused: %s', (crontab, why) => {
    expect(() => translated(crontab)).toThrow(why);
  });

  it('that leave a number to chance get the same each time', () => {
    const [minute, hour] = translated('0~29 ~ * * *').split(' ').map(Number);
    expect(minute).toBeLessThan(30);
    expect(hour).toBeLessThan(24);
    expect(translated('0~29 ~ * * *')).toBe(`${minute} ${hour} * * *`);
  });
});

const parts = (low: number, high: number): fc.Arbitrary<FieldParts> => {
  const step = fc.option(fc.integer({ min: 1, max: high + 3 }), { nil: undefined });
  const star = step.map((each) => ({ star: true as const, ...(each !== undefined && { step: each }) }));
  const number = fc.integer({ min: low, max: high }).map((from) => ({ from }));
  const range = fc
    .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }), step)
    .map(([one, other, each]) => ({
      from: Math.min(one, other),
      to: Math.max(one, other),
      ...(each !== undefined && one !== other && { step: each }),
    }));
  const list = fc.array(fc.oneof(number, range), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 3, arbitrary: star.map((each) => [each]) },
    { weight: 4, arbitrary: list },
    fc.tuple(star, number),
  );
};
const line: fc.Arbitrary<CronLine> = fc.record({
  minute: parts(0, 59),
  hour: parts(0, 23),
  day: fc.oneof(fc.constant<FieldParts>([{ star: true }]), parts(1, 31)),
  month: fc.oneof(fc.constant<FieldParts>([{ star: true }]), parts(1, 12)),
  weekday: fc.oneof(fc.constant<FieldParts>([{ star: true }]), parts(0, 7)),
});

const at = (text: string) => Date.parse(text);
const clocks = [
  { zone: 'UTC', from: at('2026-02-20T00:00:00Z'), to: at('2026-03-20T00:00:00Z') },
  { zone: 'Europe/Berlin', from: at('2026-03-27T12:00:00Z'), to: at('2026-03-31T00:00:00Z') },
  { zone: 'Europe/Berlin', from: at('2026-10-23T12:00:00Z'), to: at('2026-10-27T00:00:00Z') },
  { zone: 'America/New_York', from: at('2026-03-06T00:00:00Z'), to: at('2026-03-10T00:00:00Z') },
  { zone: 'Asia/Kolkata', from: at('2027-12-30T00:00:00Z'), to: at('2028-01-04T00:00:00Z') },
].map((clock) => ({
  ...clock,
  day: new Date(clock.from).toISOString().slice(0, 10),
  walls: wallClock(clock.zone, clock.from, clock.to),
}));

describe('a line of a crontab', () => {
  it.each(clocks)('is due exactly when cron runs it, in $zone from $day on', ({ zone, from, to, walls }) => {
    fc.assert(
      fc.property(line, (each) => {
        const expression = expressionOf(fieldsIn(written(each), crons.cronie, ''));
        const begun = runsOf(each, walls).slice(0, runsMax);
        const dues: number[] = [];
        // What never comes in all of time is refused before it gets here.
        if (checkCron(expression, zone) !== null) return expect(begun).toEqual([]);
        for (let due = nextMatch(expression, zone, from - 1); due !== null && due < to && dues.length < runsMax; ) {
          dues.push(due);
          due = nextMatch(expression, zone, due);
        }
        expect(dues).toEqual(begun);
      }),
      runs(30),
    );
  });
});

const runsMax = 60;
