/**
 * Where the errors of the last weeks are kept: a row for each signature.
 */
import { type RowSource, rowPages } from './row-pages.ts';
import type { Write } from './store.ts';
import { lastCharacter, type Row } from './store-rows.ts';

const prefix = 'errors:';

/** @param json null to delete it */
export function errorRow(signature: string, json: string | null): Write {
  return [`${prefix}${signature}`, json];
}

/** All of them, a page at a time. */
export function errorPages(source: RowSource): AsyncGenerator<Row[]> {
  return rowPages(source, prefix, `${prefix}${lastCharacter}`);
}
