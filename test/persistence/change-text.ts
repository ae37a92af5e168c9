import { DatabaseSync } from 'node:sqlite';

/** Puts one text in the place of another in a row of a store, without its checksum: SQLite sees nothing of what a disk has changed. */
export function changeText(file: string, key: string, text: string, other: string): void {
  const database = new DatabaseSync(file);
  const changed = database
    .prepare('UPDATE keyv SET key = replace(key, ?, ?), value = replace(value, ?, ?) WHERE key = ?')
    .run(text, other, text, other, key);
  database.close();
  if (changed.changes !== 1) throw new Error(`no row '${key}' in ${file}`);
}
