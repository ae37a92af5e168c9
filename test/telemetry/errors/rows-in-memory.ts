/**
 * Rows as a store has them, without a disk.
 */
import type { RowSource } from '../../../src/persistence/row-pages.ts';
import type { Write } from '../../../src/persistence/store.ts';
import type { Row } from '../../../src/persistence/store-rows.ts';

export interface RowsInMemory extends RowSource {
  write: (rows: readonly Write[]) => Promise<void>;
  /** What writes fail with. */
  refuse: Error | undefined;
}

export function rowsInMemory(): RowsInMemory {
  const kept = new Map<string, string>();
  const source: RowsInMemory = {
    refuse: undefined,
    range(from, to, limit) {
      const rows: Row[] = [...kept].map(([key, json]) => ({ key, json }));
      const within = rows.filter(({ key }) => key >= from && key < to);
      return within.sort((one, other) => (one.key < other.key ? -1 : 1)).slice(0, limit);
    },
    async write(rows) {
      if (source.refuse) throw source.refuse;
      for (const [key, json] of rows) {
        if (json === null) kept.delete(key);
        else kept.set(key, json);
      }
    },
  };
  return source;
}
