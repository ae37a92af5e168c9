/**
 * The facts of a log line for people: each as `name=value`, as logfmt has it, the most telling first, for a terminal may cut the line's end.
 *
 * A length (`…Ms`) and an instant (`…At`, or one in UTC anywhere in a text) are said as people say them, an error is its message, and a text
 * has quotes where it would not be told from the next fact without them. A list or an object is one text.
 *
 * @see https://brandur.org/logfmt
 */
import { formatDuration } from '../policies/duration.ts';
import { toldInstants } from '../policies/told-instants.ts';

export type Facts = Record<string, unknown>;

/** Says an instant, epoch ms. */
type Clock = (at: number) => string;

/** What only programs need. */
const unsaid = new Set(['pid', 'hostname']);
/** Besides, in what is said of a change of an actor's state. */
const unsaidOfChange = new Set(['at', 'event', 'via']);
/** Whom it is about, what went wrong, and what there is to do. */
const first = ['actor', 'engine', 'failure', 'err', 'reason', 'todo'];

/**
 * @returns as in `actor=engine/orders`; nothing of what is absent
 */
export function readableFacts(line: Facts, clock: Clock): { name: string; value: string }[] {
  const named = Object.keys(line).filter((name) => isSaid(line, name));
  const order = [...first.filter((name) => named.includes(name)), ...named.filter((name) => !first.includes(name))];
  return order.map((name) => fact(name, line[name], clock));
}

/**
 * What else there is of an error: its codes, its stack, and its causes with theirs.
 *
 * @returns lines, which those of a cause follow with an indent
 */
export function errorLines(error: Facts, clock: Clock): string[] {
  const { message: _, stack, cause, causes, ...rest } = error;
  const facts = Object.entries(rest).map(([name, value]) => fact(name, value, clock));
  const below = [...(Array.isArray(causes) ? causes : []), cause].filter(isError);
  return [
    ...(facts.length > 0 ? [facts.map(({ name, value }) => `${name}=${value}`).join(' ')] : []),
    ...(typeof stack === 'string' ? stack.split('\n') : []),
    ...below.flatMap((each) => [`because of ${each.message}`, ...errorLines(each, clock).map((line) => `  ${line}`)]),
  ];
}

/** The errors among a line's facts. */
export function errorsIn({ failure, err }: Facts): Facts[] {
  return [failure, err].filter(isError);
}

function isSaid(line: Facts, name: string): boolean {
  const isAbsent = line[name] === null || line[name] === undefined;
  return !isAbsent && !unsaid.has(name) && !(unsaidOfChange.has(name) && 'actor' in line);
}

function fact(name: string, value: unknown, clock: Clock): { name: string; value: string } {
  return { name: quoted(shownName(name, value)), value: quoted(textOf(name, value, clock)) };
}

function shownName(name: string, value: unknown): string {
  return isLength(name, value) ? name.slice(0, -'Ms'.length) : name;
}

function isLength(name: string, value: unknown): value is number {
  return name.endsWith('Ms') && typeof value === 'number';
}

/** The range keeps out what counts seconds, or something else. */
function isInstant(name: string, value: unknown): value is number {
  return /(?:^a|A)t$/.test(name) && typeof value === 'number' && value > 1e12 && value < 1e13;
}

function textOf(name: string, value: unknown, clock: Clock): string {
  if (isLength(name, value)) return formatDuration(value);
  if (isInstant(name, value)) return clock(value);
  if (typeof value === 'string') return toldInstants(value, clock);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isError(value)) return toldInstants(messageOf(value), clock);
  if (Array.isArray(value)) return value.map((each) => innerText(name, each, clock)).join(', ');
  // How long each step took stands under its name.
  const inner = (each: string) => (name === 'steps' ? 'stepMs' : each);
  return Object.entries(value)
    .map(([each, of]) => `${shownName(each, of)} ${innerText(inner(each), of, clock)}`)
    .join(', ');
}

function innerText(name: string, value: unknown, clock: Clock): string {
  const text = textOf(name, value, clock);
  return typeof value === 'object' && value !== null && !isError(value) ? `(${text})` : text;
}

/** With those of its causes, which often say what it is about: `fetch failed: connect ECONNREFUSED`. */
function messageOf({ message, cause }: ErrorFacts): string {
  if (!isError(cause)) return message;
  const below = messageOf(cause);
  return message.includes(below) ? message : `${message}: ${below}`;
}

type ErrorFacts = Facts & { message: string };

/** A failure as it is kept, or an error as pino writes it. */
function isError(value: unknown): value is ErrorFacts {
  if (typeof value !== 'object' || value === null) return false;
  const { message, stack, code, type } = value as Facts;
  return typeof message === 'string' && [stack, code, type].some((each) => typeof each === 'string');
}

function quoted(text: string): string {
  return text === '' || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
