/**
 * A promise where a part of the config belongs, as an async function leaves one.
 *
 * It is an object without a key of its own: where every key may be left out, the schemas take it for a part that says nothing, and all
 * that stands in it would be gone without a word. The whole config may be one: whoever loads the file waits for it.
 */
import { isPromise } from 'node:util/types';
import type { ConfigProblem } from './config-error.ts';
import { written } from './problems.ts';

/** @param config as it was written */
export function promiseProblems(config: unknown): ConfigProblem[] {
  return [...promisesIn(config, [], new Set())].map((path) => ({
    path: written(path),
    found: 'a promise',
    expected: 'what it resolves with',
    fix: 'Write await in front of it.',
  }));
}

/** Looks into what the schemas look into: a part of another kind is a value of somebody's own. */
function* promisesIn(
  part: unknown,
  path: readonly string[],
  above: ReadonlySet<unknown>,
): Generator<readonly string[]> {
  if (isPromise(part)) yield path;
  if (!isPlain(part) || above.has(part)) return;
  for (const [key, value] of Object.entries(part)) yield* promisesIn(value, [...path, key], new Set(above).add(part));
}

function isPlain(part: unknown): part is object {
  if (typeof part !== 'object' || part === null) return false;
  return Array.isArray(part) || Object.getPrototypeOf(part) === Object.prototype;
}
