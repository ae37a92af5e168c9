/**
 * Results of steps and runs: only what JSON gives back as it was. A `Date` that returns as text after a crash,
 * and as a `Date` without one, would be a bug that shows itself once a month.
 */
import type { Json } from '../../json.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import { formatSize } from '../../policies/size.ts';

const depthMax = 100;

/**
 * The value as plain JSON. Properties that are undefined are left out; undefined itself becomes null.
 *
 * @param what names the value in an error, as in `youtube: what the step 'render' returned`
 * @param bytesMax of the JSON text in UTF-8
 * @param hasSecret whether a text holds a secret: what is returned is kept on disk, in clear text
 * @throws {ClassifiedError} of class bug: `RESULT_NOT_JSON` and `RESULT_SECRET` naming the place, `RESULT_TOO_LARGE`
 *   with its size
 */
export function plainJson(value: unknown, what: string, bytesMax: number, hasSecret: (text: string) => boolean): Json {
  const json = copy(value, what, '$', 0);
  const text = JSON.stringify(json);
  if (hasSecret(text)) {
    throw bug(
      'RESULT_SECRET',
      `${what}, at ${placeOf(json, hasSecret)}: found a secret, expected none, for it is kept on disk. Leave it out.`,
    );
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) {
    throw bug(
      'RESULT_TOO_LARGE',
      `${what}: found ${formatSize(bytes)}, expected at most ${formatSize(bytesMax)}. Write it to a file and return its path.`,
    );
  }
  return json;
}

function copy(value: unknown, what: string, path: string, depth: number): Json {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON has no negative zero.
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (depth > depthMax) throw notJson(what, path, 'something nested in itself, or too deeply');
  if (Array.isArray(value)) return Array.from(value, (item, n) => copy(item, what, `${path}[${n}]`, depth + 1));
  if (isPlain(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, copy(item, what, `${path}.${key}`, depth + 1)]),
    );
  }
  throw notJson(what, path, describe(value));
}

/** The innermost place that holds a secret; the key of an object may be one too. */
function placeOf(json: Json, hasSecret: (text: string) => boolean, path = '$'): string {
  if (typeof json !== 'object' || json === null) return path;
  for (const [key, item] of Object.entries(json)) {
    if (hasSecret(key)) return `a key of ${path}`;
    if (hasSecret(JSON.stringify(item)))
      return placeOf(item, hasSecret, Array.isArray(json) ? `${path}[${key}]` : `${path}.${key}`);
  }
  return path;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'strange object'}`;
  return typeof value === 'number' ? String(value) : `a ${typeof value}`;
}

function notJson(what: string, path: string, found: string) {
  return bug(
    'RESULT_NOT_JSON',
    `${what}, at ${path}: found ${found}, expected JSON (null, booleans, finite numbers, texts, arrays, plain objects). Return what can be written down.`,
  );
}

function bug(code: string, message: string) {
  return new ClassifiedError({ class: 'bug', code, message });
}
