/**
 * From the five fields of a crontab's line to a cron expression that is due at the same times.
 *
 * The two dialects differ in two places:
 * - Where both days are said, cron runs a job on either of them; but on both together when one of the fields begins with a star,
 *   as a step of all days does. Here, a plus says the latter.
 * - What cron does when the clock is set depends on whether the minute or the hour begins with a star; here, on whether there is a
 *   star or a step in them. Steps of a range are written out, therefore.
 */
import { numbersText } from '../numbers-text.ts';
import type { Field, Fields } from './fields.ts';

/** What nicknames stand for. */
export const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
  '@every_minute': '* * * * *',
};

export function expressionOf({ minute, hour, day, month, weekday }: Fields): string {
  const isRhythm = minute.isStar || hour.isStar;
  const [days, weekdays] = daysText(day, weekday);
  return [
    timeText(minute, 60, isRhythm),
    timeText(hour, 24, isRhythm && !minute.isStar),
    days,
    month.numbers.length === 12 ? '*' : numbersText(month.numbers),
    weekdays,
  ].join(' ');
}

/** @param isRhythm it has to say that the expression names a rhythm, and no times of day */
function timeText({ numbers, isStar, text }: Field, count: number, isRhythm: boolean): string {
  if (isStar && numbers.length === count) return '*';
  if (!isStar) return numbersText(numbers);
  const step = Number(/^\*\/(\d+)$/.exec(text)?.[1]);
  if (step < count) return `*/${step}`;
  if (!isRhythm) return numbersText(numbers);
  // A step of one changes nothing, and is one.
  return numbers.map((number) => `${number}-${number}/1`).join(',');
}

function daysText(day: Field, weekday: Field): [string, string] {
  const [isEveryDay, isEveryWeekday] = [day.numbers.length === 31, weekday.numbers.length === 7];
  const isBoth = day.isStar || weekday.isStar;
  if ((isEveryDay || isEveryWeekday) && !isBoth) return ['*', '*'];
  const days = isEveryDay ? '*' : numbersText(day.numbers);
  if (isEveryWeekday) return [days, '*'];
  const weekdays = numbersText(weekday.numbers);
  return [days, isBoth && !isEveryDay ? `+${weekdays}` : weekdays];
}
