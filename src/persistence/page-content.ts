/**
 * What stands on one page of a store's file, cell by cell: a cell that cannot be read costs no other.
 *
 * @see https://www.sqlite.org/fileformat2.html#b_tree_pages
 */
import type { StorePages } from './store-pages.ts';

/** What a page is, by its first byte; every other one holds no rows: free, the rest of a long row, or damaged. */
export type PageKind = 'index interior' | 'table interior' | 'index leaf' | 'table leaf';

/** The columns of a row or of an index's entry. */
export type Column = string | number | null;

export interface PageContent {
  kind: PageKind;
  /** Numbers of the pages below this one, in order; undefined for one that cannot be read. */
  below: (number | undefined)[];
  /** The columns of its rows or entries; undefined for one that cannot be read. */
  records: (Column[] | undefined)[];
  /** Whether these are all that it has, by its own account of its bytes: else some may be missing, or not its own any more. */
  isTidy: boolean;
}

const kinds: Readonly<Record<number, PageKind>> = {
  2: 'index interior',
  5: 'table interior',
  10: 'index leaf',
  13: 'table leaf',
};
const leafHeaderBytes = 8;
const cellBytesMin = 4;

/**
 * @param bytes of the page
 * @param from where its content begins: behind the file's header, on the first page
 * @returns undefined for a page that holds neither rows nor entries
 */
export function contentOf(pages: StorePages, bytes: Buffer, from = 0): PageContent | undefined {
  const kind = kinds[bytes.readUInt8(from)];
  if (kind === undefined) return undefined;
  const isInterior = kind.endsWith('interior');
  const cells = cellsOf(pages, bytes, from);
  const below = isInterior ? [...cells, from + 8].map((at) => attempted(() => bytes.readUInt32BE(at))) : [];
  if (kind === 'table interior') return { kind, below, records: [], isTidy: true };
  const records = cells.map((at) => attempted(() => recordAt(pages, kind, bytes, isInterior ? at + 4 : at)));
  const takenBytes = records.reduce((sum, record) => sum + Math.max(record?.bytes ?? 0, cellBytesMin), 0);
  const isTidy = attempted(() => accountOf(bytes, from) + takenBytes) === pages.usableBytes;
  return { kind, below, records: records.map((record) => record?.columns), isTidy };
}

/** All that is not taken by cells: what stands before them, the list of free blocks, and pieces too small for that. */
function accountOf(bytes: Buffer, from: number): number {
  let free = bytes.readUInt8(from + 7);
  for (let at = bytes.readUInt16BE(from + 1), last = 0; at > last; last = at, at = bytes.readUInt16BE(at))
    free += bytes.readUInt16BE(at + 2);
  return (bytes.readUInt16BE(from + 5) || 65_536) + free;
}

/** The columns of rows that the page of a table does not count to its own: they are gone, unless the count is what is wrong. */
export function uncountedRecords(pages: StorePages, bytes: Buffer): Column[][] {
  const cells = cellsOf(pages, bytes, 0, 'beyond').filter((at) => at > leafHeaderBytes && at < pages.usableBytes);
  return cells.flatMap((at) => {
    const record = attempted(() => recordAt(pages, 'table leaf', bytes, at));
    return record ? [record.columns] : [];
  });
}

/** Where the cells of a page begin, as far as its own count goes; or what stands behind that in the same way. */
function cellsOf(
  { usableBytes }: StorePages,
  bytes: Buffer,
  from: number,
  which: 'counted' | 'beyond' = 'counted',
): number[] {
  const first = from + (kinds[bytes.readUInt8(from)]?.endsWith('interior') ? 12 : leafHeaderBytes);
  const most = Math.floor((usableBytes - first) / 2);
  const count = Math.min(bytes.readUInt16BE(from + 3), most);
  const [begin, end] = which === 'counted' ? [0, count] : [count, most];
  return Array.from({ length: end - begin }, (_, n) => bytes.readUInt16BE(first + 2 * (begin + n)));
}

/** What is damaged leads anywhere: out of the page, into another one, to a length that no text has. */
function attempted<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** @returns with the bytes that it takes on this page */
function recordAt(pages: StorePages, kind: PageKind, bytes: Buffer, at: number): { columns: Column[]; bytes: number } {
  const cell = new Reader(bytes, at);
  const length = cell.varint();
  if (kind === 'table leaf') cell.varint();
  const columns = columnsIn(payload(pages, kind, cell, length));
  return { columns, bytes: cell.at - at };
}

/** A long row goes on on pages of its own, each with the number of the next one at its beginning. */
function payload(pages: StorePages, kind: PageKind, cell: Reader, length: number): Buffer {
  const { usableBytes } = pages;
  const most = kind === 'table leaf' ? usableBytes - 35 : Math.floor(((usableBytes - 12) * 64) / 255) - 23;
  if (length <= most) return cell.take(length);
  if (length > pages.count * pages.pageBytes) throw new RangeError('longer than the file');
  const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (usableBytes - 4));
  const parts = [cell.take(fitting <= most ? fitting : least)];
  let left = length - (parts[0] as Buffer).length;
  for (let next = cell.take(4).readUInt32BE(); left > 0; ) {
    const page = pages.latest(next);
    if (page === undefined) throw new RangeError('no such page');
    parts.push(page.subarray(4, Math.min(usableBytes, 4 + left)));
    left -= usableBytes - 4;
    next = page.readUInt32BE();
  }
  return Buffer.concat(parts);
}

function columnsIn(payload: Buffer): Column[] {
  const types = new Reader(payload, 0);
  const headerBytes = types.varint();
  const values = new Reader(payload, headerBytes);
  const columns: Column[] = [];
  while (types.at < headerBytes) columns.push(column(values, types.varint()));
  return columns;
}

/** Lengths of numbers, by their type. */
const numberBytes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function column(values: Reader, type: number): Column {
  if (type >= 12) {
    const bytes = values.take(Math.floor((type - 12) / 2));
    return type % 2 === 1 ? utf8.decode(bytes) : null;
  }
  const length = numberBytes[type];
  if (length === undefined) throw new RangeError('no such type');
  const bytes = values.take(length);
  if (type === 8 || type === 9) return type - 8;
  return length >= 1 && length <= 6 ? bytes.readIntBE(0, length) : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads on from a place, and never beyond the end. */
class Reader {
  at: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** A number of up to nine bytes, seven bits in each but the last. What is beyond 53 bits is no length of anything here. */
  varint(): number {
    let value = 0;
    for (let n = 0; n < 9; n++) {
      const byte = this.take(1).readUInt8();
      if (n === 8) return value * 256 + byte;
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
    return value;
  }

  take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.#bytes.length) throw new RangeError('beyond the end');
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
