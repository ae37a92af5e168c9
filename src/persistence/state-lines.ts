/**
 * All state as text: a line of JSON for each row of a store, after a header that says how many there are.
 *
 *   {"nightshift":"state","version":1,"at":"2026-11-23T02:30:00.000Z","program":"0.1.0","rows":2,"counts":{"actor":1,"vault":1}}
 *   {"key":"actor:engine/orders","value":{ … }}
 *   {"key":"vault:shop","value":{"v":1,"keyId":"5f2c…","nonce":"…","ciphertext":"…","tag":"…"}}
 *
 * Secrets are in it as they are in the store: sealed, and without the key. What is no JSON in the store, or JSON that would not come
 * back to the letter, is a `text` in place of a `value`, so that a store that is written out, read in and written out again is the same
 * to the last byte.
 */
import { NightshiftError } from '../errors.ts';
import { totalOf } from '../policies/total.ts';
import { type RowSource, rowPages } from './row-pages.ts';
import { lastCharacter, type Row } from './store-rows.ts';

/** A line that is not as it should be: `STATE_INVALID`; or of a newer nightshift: `STATE_NEWER`. The message begins with file and line. */
export class StateError extends NightshiftError {}

/** How many rows of each kind, by the first part of their keys. */
export type StateCounts = ReadonlyMap<string, number>;

interface Header {
  nightshift: 'state';
  version: number;
  /** When it was written. */
  at: string;
  /** By which nightshift. */
  program: string;
  rows: number;
  counts: Record<string, number>;
}

const version = 1;

/**
 * Every line, with the line break at its end, many at a time.
 *
 * @param counts of the source, which has to stand still meanwhile
 * @param at epoch ms
 * @param program the version of this nightshift
 */
export async function* stateLines(
  source: RowSource,
  counts: StateCounts,
  { at, program }: { at: number; program: string },
): AsyncGenerator<string> {
  const header: Header = {
    nightshift: 'state',
    version,
    at: new Date(at).toISOString(),
    program,
    rows: totalOf(counts),
    counts: Object.fromEntries(counts),
  };
  yield `${JSON.stringify(header)}\n`;
  for await (const rows of all(source)) yield rows.map((row) => `${lineOf(row)}\n`).join('');
}

export async function countsOf(source: RowSource): Promise<StateCounts> {
  const counts = new Map<string, number>();
  for await (const rows of all(source)) for (const { key } of rows) count(counts, key);
  return counts;
}

/**
 * The rows that the lines stand for, some at a time.
 *
 * @param name what the text is called in errors: a file
 * @throws {StateError} at the first line that is wrong, or at the end when rows are missing
 */
export async function* rowsIn(text: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Row[]> {
  let header: Header | undefined;
  const keys = new Set<string>();
  const counts = new Map<string, number>();
  let rows: Row[] = [];
  let last = 1;
  for await (const { number, line } of linesIn(text, name)) {
    last = number;
    const place = `${name}:${number}`;
    if (!header) {
      header = headerIn(line, place);
      continue;
    }
    const row = rowIn(line, place);
    if (keys.has(row.key))
      throw invalid(place, `a second row '${excerpt(row.key)}'`, 'each key once', 'Remove one of the two.');
    keys.add(row.key);
    count(counts, row.key);
    rows.push(row);
    if (rows.length < rowsAtOnce) continue;
    yield rows;
    rows = [];
  }
  if (!header) throw invalid(`${name}:1`, 'nothing', 'the first line of an export', exportFix);
  refuseMissing(header, counts, `${name}:${last}`);
  if (rows.length > 0) yield rows;
}

const rowsAtOnce = 500;
const lineBytesMax = 64_000_000;
const exportFix = 'Write one with: nightshift export FILE';

function all(source: RowSource) {
  return rowPages(source, '', lastCharacter);
}

function count(counts: Map<string, number>, key: string) {
  const kind = key.slice(0, Math.max(key.indexOf(':'), 0));
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

function lineOf({ key, json }: Row): string {
  return isCanonical(json) ? `{"key":${JSON.stringify(key)},"value":${json}}` : JSON.stringify({ key, text: json });
}

function isCanonical(json: string): boolean {
  try {
    return JSON.stringify(JSON.parse(json)) === json;
  } catch {
    return false;
  }
}

function headerIn(line: string, place: string): Header {
  const expected = 'the first line of an export, as in {"nightshift":"state","version":1, … }';
  const { nightshift, version: found, rows, counts } = objectIn(line, place, expected);
  if (nightshift !== 'state' || !Number.isInteger(found)) throw invalid(place, excerpt(line), expected, exportFix);
  if ((found as number) > version) {
    const message = `${place}: found version ${found} of an export, expected at most ${version}. Read it with the newer nightshift that wrote it.`;
    throw new StateError('STATE_NEWER', message);
  }
  if (!Number.isInteger(rows) || typeof counts !== 'object' || counts === null)
    throw invalid(place, excerpt(line), 'a header with rows and counts', exportFix);
  return objectIn(line, place, expected) as unknown as Header;
}

function rowIn(line: string, place: string): Row {
  const expected = 'a row, as in {"key":"actor:engine/orders","value":{ … }}';
  const found = objectIn(line, place, expected);
  const { key, value, text } = found;
  const names = Object.keys(found).sort().join(' ');
  if (
    typeof key !== 'string' ||
    key === '' ||
    (names !== 'key value' && names !== 'key text') ||
    (value === undefined && typeof text !== 'string')
  )
    throw invalid(place, excerpt(line), expected, lineFix);
  return { key, json: value === undefined ? (text as string) : JSON.stringify(value) };
}

const lineFix = 'Correct the line, or take a file that nobody has changed.';

function objectIn(line: string, place: string, expected: string): Record<string, unknown> {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    throw invalid(place, `${excerpt(line)}, which is no JSON`, expected, lineFix);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw invalid(place, excerpt(line), expected, lineFix);
  return found as Record<string, unknown>;
}

function refuseMissing({ rows, counts: promised }: Header, counts: StateCounts, place: string) {
  const expected = new Map(Object.entries(promised));
  const kinds = [...new Set([...expected.keys(), ...counts.keys()])];
  const wrong = kinds.find((kind) => expected.get(kind) !== counts.get(kind));
  if (wrong === undefined && rows === totalOf(counts)) return;
  const what = wrong === undefined ? 'rows' : `rows of '${wrong}'`;
  const [found, said] = wrong === undefined ? [totalOf(counts), rows] : [counts.get(wrong), expected.get(wrong)];
  throw invalid(
    place,
    `the end after ${found ?? 0} ${what}`,
    `${said ?? 0}, as the first line says`,
    'Take the whole file.',
  );
}

async function* linesIn(
  text: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ number: number; line: string }> {
  let number = 0;
  let begun: Uint8Array[] = [];
  let length = 0;
  const line = () => {
    number += 1;
    const whole = decoded(Buffer.concat(begun), `${name}:${number}`);
    begun = [];
    length = 0;
    return whole;
  };
  for await (const chunk of text) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      begun.push(chunk.subarray(from, end));
      from = end + 1;
      const whole = line();
      if (whole.trim() !== '') yield { number, line: whole };
    }
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > lineBytesMax)
      throw invalid(`${name}:${number + 1}`, `a line of more than ${lineBytesMax / 1e6}MB`, 'a row a line', lineFix);
  }
  const rest = line();
  if (rest.trim() !== '') yield { number, line: rest };
}

function decoded(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(place, 'bytes that are no UTF-8', 'text', lineFix);
  }
}

function invalid(place: string, found: string, expected: string, fix: string) {
  return new StateError('STATE_INVALID', `${place}: found ${found}, expected ${expected}. ${fix}`);
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
