/**
 * What can still be read of a damaged store. SQLite refuses a whole file for one wrong byte; its other rows are as they were written.
 *
 * The file is read page by page, and a row counts when its checksum is right. The index has every key a second time, on pages of its own:
 * it says what was in the table, and so what is missing. That is looked for where nothing leads any more, and then in what is older.
 */
import { type Column, contentOf, uncountedRecords } from './page-content.ts';
import { freePages, rootsIn, type Tree, treeFrom } from './page-tree.ts';
import { StorePages } from './store-pages.ts';
import { isChanged, namespace, type Row, rowOf } from './store-rows.ts';

export interface Salvage {
  /** How many rows could be read. */
  rows: number;
  /** Keys of those that may be older than the latest, which cannot be read, in order. */
  older: string[];
  /** Keys of rows that were there and cannot be read, in order. */
  missing: string[];
  /** Whether others may be missing, or older, that nothing names. */
  isMoreMissing: boolean;
}

/**
 * @param file of a store that nobody has open
 * @param take is given the rows, some at a time, each key once
 */
export async function salvage(file: string, take: (rows: Row[]) => Promise<void>): Promise<Salvage> {
  const pages = new StorePages(file);
  try {
    return await salvaged(pages, take);
  } finally {
    pages.close();
  }
}

async function salvaged(pages: StorePages, take: (rows: Row[]) => Promise<void>): Promise<Salvage> {
  const roots = rootsIn(pages);
  const table = treeFrom(pages, roots.table, 'table');
  const index = treeFrom(pages, roots.index, 'index');
  const keys = keysIn(pages, index);
  const found = new Set<string>();
  const keep = async (rows: Row[]) => {
    const wanted = rows.filter(({ key }) => !found.has(key) && found.add(key));
    if (wanted.length > 0) await take(wanted);
    return wanted;
  };

  const changed = new Set<string>();
  const untidy: RowsRead[] = [];
  let isAllRead = table.isWhole;
  const read = (page: number): RowsRead => {
    const content = rowsOn(pages, pages.latest(page));
    for (const { key } of content.changed) changed.add(key);
    isAllRead &&= content.isTidy && content.isReadable && content.changed.length === 0;
    return content;
  };
  for (const page of table.pages) {
    const content = read(page);
    if (content.isTidy) await keep(content.rows);
    else untidy.push(content);
  }

  isAllRead &&= keys.size <= found.size;
  const isIndexWhole = index.isWhole && [...found].every((key) => keys.has(key));
  // What was deleted may still stand on a page that counts wrong, or is used no more.
  const isThere = ({ key }: Row) => !isIndexWhole || keys.has(key);
  for (const { rows } of untidy) await keep(rows.filter(isThere));
  if (!isAllRead) for (const page of leavesBeside(pages, table)) await keep(read(page).rows.filter(isThere));
  const older: Row[] = [];
  // Most of what is older was deleted: without the index nobody could tell.
  if (isIndexWhole && found.size < keys.size)
    for (const rows of olderRows(pages)) older.push(...(await keep(rows.filter(isThere))));

  const named = isIndexWhole ? keys : new Set([...keys, ...changed]);
  return {
    rows: found.size,
    older: older.map(({ key }) => key).sort(),
    missing: isAllRead ? [] : [...named].filter((key) => !found.has(key)).sort(),
    isMoreMissing: pages.isPageUnknown || (!isAllRead && !isIndexWhole),
  };
}

interface RowsRead {
  /** Those that are as they were written. */
  rows: Row[];
  changed: Row[];
  /** Whether each could be made out. */
  isReadable: boolean;
  /** Whether these are all. */
  isTidy: boolean;
}

function rowsOn(pages: StorePages, bytes: Buffer | undefined): RowsRead {
  const content = bytes && contentOf(pages, bytes);
  if (content?.kind !== 'table leaf') return { rows: [], changed: [], isReadable: true, isTidy: true };
  const read: RowsRead = { rows: [], changed: [], isReadable: true, isTidy: content.isTidy };
  for (const columns of content.records) {
    const row = columns && rowIn(columns);
    if (row) (isWhole(row) ? read.rows : read.changed).push(row);
    else read.isReadable = false;
  }
  return read;
}

function rowIn([key, value, space]: Column[]): Row | undefined {
  return typeof key === 'string' && typeof value === 'string' && space === namespace
    ? rowOf({ key, value })
    : undefined;
}

/** Rows that an earlier nightshift wrote have no checksum: that they are JSON is all that is known of them then. */
function isWhole(row: Row): boolean {
  if (isChanged(row)) return false;
  try {
    JSON.parse(row.json);
    return true;
  } catch {
    return false;
  }
}

function keysIn(pages: StorePages, index: Tree): Set<string> {
  const keys = new Set<string>();
  for (const page of index.pages) {
    const bytes = pages.latest(page);
    for (const columns of (bytes && contentOf(pages, bytes)?.records) ?? []) {
      const [key, space] = columns ?? [];
      if (typeof key === 'string' && space === namespace) keys.add(key);
    }
  }
  return keys;
}

/** Pages that the tree does not lead to, and that are not known to be free. */
function* leavesBeside(pages: StorePages, tree: Tree): Generator<number> {
  const others = new Set([...tree.pages, ...freePages(pages)]);
  for (let page = 2; page <= pages.count; page++) if (!others.has(page)) yield page;
}

/**
 * Rows of earlier versions of pages; then those that stand behind what a page counts to its own, which were deleted or moved unless its
 * count is what is damaged.
 */
function* olderRows(pages: StorePages): Generator<Row[]> {
  for (const bytes of pages.earlier()) yield rowsOn(pages, bytes).rows;
  for (let page = 2; page <= pages.count; page++) {
    const bytes = pages.latest(page);
    if (!bytes || contentOf(pages, bytes)?.kind !== 'table leaf') continue;
    const rows = uncountedRecords(pages, bytes).flatMap((columns) => rowIn(columns) ?? []);
    yield rows.filter(isWhole);
  }
}
