/**
 * Many rows, read a few at a time. Between two pages the event loop turns: SQLite answers at once, and whoever reads on and on
 * would leave no turn to the jobs.
 */
import type { Row } from './store-rows.ts';

/** Whoever can be asked for rows in order of keys: a store, or the file of one. */
export interface RowSource {
  range(from: string, to: string, limit: number): Row[] | Promise<Row[]>;
}

const rowsToAPage = 200;

/** The rows from one key up to, but without, another. A row may be removed once its page has come. */
export async function* rowPages(source: RowSource, from: string, to: string): AsyncGenerator<Row[]> {
  for (let next = from; ; ) {
    const rows = await source.range(next, to, rowsToAPage);
    if (rows.length > 0) yield rows;
    await loopTurn();
    if (rows.length < rowsToAPage) return;
    next = `${rows.at(-1)?.key}\0`;
  }
}

export function loopTurn(): Promise<void> {
  return new Promise((turned) => {
    setImmediate(turned);
  });
}
