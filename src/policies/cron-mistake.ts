/**
 * What is wrong with a cron expression, in words for whoever wrote it. Those of croner are about what it has made of the expression by then:
 * of `mon-fry` it says `1-fry`, and of the day 32 that it is 31.
 */
import { unended } from './unended.ts';

/** In croner's order. */
const fields = [
  { croner: 'second', called: 'second', takes: '0 to 59', from: 0 },
  { croner: 'minute', called: 'minute', takes: '0 to 59', from: 0 },
  { croner: 'hour', called: 'hour', takes: '0 to 23', from: 0 },
  { croner: 'day', called: 'day of the month', takes: '1 to 31', from: 1 },
  { croner: 'month', called: 'month', takes: '1 to 12, or jan to dec', from: 1 },
  { croner: 'dayOfWeek', called: 'weekday', takes: '0 to 7, or sun to sat', from: 0 },
  { croner: 'year', called: 'year', takes: '1 to 9999', from: 0 },
] as const;

/**
 * @param expression a single one
 * @param message of the error that croner has thrown for it
 * @returns a sentence without its full stop
 */
export function cronMistakeText(expression: string, message: string): string {
  const said = unended(message.replace(/^CronPattern: /, '').replace(` ('${expression}')`, ''));
  const [, name, value] = /^Invalid value for (\w+): (-?\d+)$/.exec(said) ?? [];
  const outside = fields.find(({ croner }) => croner === name);
  // It counts days and months from 0.
  if (outside) return `${Number(value) + outside.from} is no ${outside.called}, which takes ${outside.takes}`;
  const [, place] = /^configuration entry (\d) \(.*\) contains illegal characters$/.exec(said) ?? [];
  const unknown = place === undefined ? undefined : fields[Number(place)];
  if (!unknown) return said;
  const parts = expression.trim().split(/\s+/);
  // Of five, the first is the minute.
  const part = parts[Number(place) - (parts.length === 5 ? 1 : 0)] ?? '';
  return `'${part}' is no ${unknown.called}, which takes ${unknown.takes}, lists, ranges and steps of them`;
}
