/**
 * Lines of the log in a reader's words: what happened, and its facts in short.
 */
import type { LogLine } from '../dashboard/log-answer.ts';
import { lengthOf, told } from './format.ts';

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

const levels: readonly [least: number, level: Level][] = [
  [60, 'fatal'],
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
  [20, 'debug'],
];

/** As in `warn` for 40. */
export function levelOf({ level }: LogLine): Level {
  return levels.find(([least]) => level >= least)?.[1] ?? 'trace';
}

/** Those that say where a line comes from, which is known, and those that are said in another way. */
const unsaid = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'msg',
  'actor',
  'engine',
  'at',
  'event',
  'via',
  'from',
  'to',
]);

/**
 * By name; one without a name is a text of its own. The order is the line's.
 *
 * @param now epoch ms: instants of today are told by their time alone
 */
export function factsOf(line: LogLine, now: number): [name: string, text: string][] {
  const { from, to, msg } = line;
  const isMove = String(msg).startsWith('state.') && typeof to === 'string';
  const move: [string, string][] = isMove
    ? [['', typeof from === 'string' && from !== to ? `${from} → ${to}` : to]]
    : [];
  const facts = Object.entries(line).filter(
    ([name, value]) => !unsaid.has(name) && value !== null && value !== undefined,
  );
  return [...move, ...facts.map(([name, value]) => factOf(name, value, now))];
}

function factOf(name: string, value: unknown, now: number): [name: string, text: string] {
  if (name === 'failure' || name === 'err') return [name, told(failureText(value as Thrown), now)];
  if (name === 'durationMs') return ['took', textOf(value, now, lengthOf)];
  return name.endsWith('Ms')
    ? [name.slice(0, -2), textOf(value, now, lengthOf)]
    : [name, textOf(value, now, name === 'steps' ? lengthOf : String)];
}

/** Lists and the like without what only programs need. */
function textOf(value: unknown, now: number, numberText: (value: number) => string): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return told(value, now);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map((each) => textOf(each, now, numberText)).join(', ');
  return Object.entries(value)
    .map(([name, each]) => `${name} ${textOf(each, now, numberText)}`)
    .join(', ');
}

interface Thrown {
  class?: string;
  type?: string;
  code?: string;
  message?: string;
  place?: string;
}

/** As in `the service answered 503 (recoverable, HTTP_503)`. */
function failureText({ class: name, type, code, message, place }: Thrown): string {
  const what = [name ?? type, code, place].filter(Boolean).join(', ');
  return what === '' ? (message ?? '') : `${message} (${what})`;
}
