import { DatabaseSync } from 'node:sqlite';

/** Takes a row away from the store in a file, before this returns: for what is done between two reads of somebody else. */
export function removeRow(file: string, key: string): void {
  const database = new DatabaseSync(file);
  database.prepare('DELETE FROM keyv WHERE key = ?').run(key);
  database.close();
}
