/**
 * Node's own SQLite as a driver for `@keyv/sqlite`. The one that comes with it prepares each statement anew, which
 * a short transaction spends a good part of its time on; this one keeps the statements it used last.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqliteDriver } from './keyv.ts';

const statementsMax = 32;

/** @param pragmas what is set on the connection, as in `synchronous=FULL` */
export function sqliteDriver(pragmas: readonly string[]): SqliteDriver {
  return {
    name: 'node:sqlite',
    async connect({ filename, busyTimeout, wal }) {
      const database = new DatabaseSync(filename, { timeout: busyTimeout ?? 0 });
      try {
        if (wal) database.exec('PRAGMA journal_mode=WAL');
        for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
      } catch (error) {
        database.close();
        throw error;
      }
      const statements = new Map<string, StatementSync>();
      const prepared = (sql: string) => {
        const statement = statements.get(sql) ?? database.prepare(sql);
        // A map keeps the order of insertion: the oldest use comes first.
        statements.delete(sql);
        statements.set(sql, statement);
        if (statements.size > statementsMax) statements.delete(statements.keys().next().value as string);
        return statement;
      };
      return {
        query: async (sql, ...parameters) => prepared(sql).all(...(parameters as (string | number | null)[])),
        close: async () => database.close(),
      };
    },
  };
}
