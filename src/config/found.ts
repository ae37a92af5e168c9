/**
 * How a problem names values: short, and never the inside of anything.
 */
import { isEnvReference } from './env.ts';

const longest = 60;

/** As somebody would write the value: `'every 30m'`, `17`, `nothing`, `an object`. Not for what may be secret. */
export function found(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return foundKind(value);
}

/** Tells the kind alone, so that a secret in the wrong place is not printed. */
export function foundKind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (isEnvReference(value)) return `env('${value.fromEnv}')`;
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** `'high', 'normal' or 'low'` */
export function alternatives(choices: readonly string[]): string {
  return joined(choices, 'or');
}

/** `'high', 'normal' and 'low'` */
export function allOf(choices: readonly string[]): string {
  return joined(choices, 'and');
}

function joined(choices: readonly string[], word: 'and' | 'or'): string {
  const written = choices.map(found);
  return written.length < 2 ? written.join('') : `${written.slice(0, -1).join(', ')} ${word} ${written.at(-1)}`;
}

function quoted(text: string): string {
  return `'${text.length > longest ? `${text.slice(0, longest)}…` : text}'`;
}
