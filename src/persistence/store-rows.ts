/**
 * How the rows of a store stand in its table, which is Keyv's: for the service and for whoever reads beside it.
 */

/** One row of a scan. */
export interface Row {
  key: string;
  json: string;
}

export const namespace = 'nightshift';
export const scanSql = 'SELECT key, value FROM keyv WHERE namespace = ? AND key >= ? AND key < ? ORDER BY key';
export const rangeSql = `${scanSql} LIMIT ?`;
/** Sorts after every other. */
export const lastCharacter = '\u{10ffff}';

/** A value is JSON text already: it is wrapped as Keyv's own serializer would wrap it, without parsing it again. */
export const jsonTexts = {
  stringify: ({ value }: { value: unknown }) => `{"value":${value as string}}`,
  // SQLite keeps what it is given; what is no text is no JSON either, and is found out as that.
  parse: <T>(text: unknown) => ({ value: String(text ?? '').slice('{"value":'.length, -1) }) as T & { value: string },
};
