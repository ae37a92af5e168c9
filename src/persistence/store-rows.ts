/**
 * How the rows of a store stand in its table, which is Keyv's: for the service and for whoever reads beside it.
 *
 * SQLite has checksums in its log, and none in its file: a bit that flips in the midst of a text comes back as another text. So each
 * value is kept with a sum of it and its key, as in {"value":{ … },"crc32":"0a1b2c3d"}. Rows of earlier versions have none.
 */
import { crc32 } from 'node:zlib';

/** One row of a scan. */
export interface Row {
  key: string;
  json: string;
}

/** As the table has it. SQLite keeps what it is given: a value need not be text. */
export interface TableRow {
  key: string;
  value: unknown;
}

export const namespace = 'nightshift';
export const scanSql = 'SELECT key, value FROM keyv WHERE namespace = ? AND key >= ? AND key < ? ORDER BY key';
export const rangeSql = `${scanSql} LIMIT ?`;
/** Sorts after every other. */
export const lastCharacter = '\u{10ffff}';

const begin = '{"value":';
const end = /,"crc32":"([0-9a-f]{8})"\}$/;
const endLength = ',"crc32":"01234567"}'.length;

/** A value is text already: it is wrapped as Keyv's own serializer would wrap it, without parsing it again. */
export const jsonTexts = {
  stringify: ({ value }: { value: unknown }) => `${begin}${value as string}}`,
  parse: JSON.parse,
};

/** What a row is given to Keyv as: its text, and the sum. */
export function summed({ key, json }: Row): string {
  return `${json},"crc32":"${sumOf(key, json)}"`;
}

/** What stands in place of JSON in a row that is not as it was written: no JSON, and found out as that by whoever reads it. */
const changedMark = 'what was not written so: ';

export function isChanged({ json }: Row): boolean {
  return json.startsWith(changedMark);
}

export function rowOf({ key, value }: TableRow): Row {
  // What is no text is no JSON either.
  const text = String(value ?? '');
  const sum = end.exec(text.slice(-endLength))?.[1];
  if (sum === undefined) return { key, json: text.slice(begin.length, -1) };
  const json = text.slice(begin.length, -endLength);
  return { key, json: sum === sumOf(key, json) ? json : changedMark + json };
}

function sumOf(key: string, json: string): string {
  return crc32(json, crc32(`${key}\n`))
    .toString(16)
    .padStart(8, '0');
}
