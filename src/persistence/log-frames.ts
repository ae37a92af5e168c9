/**
 * SQLite's write-ahead log, frame by frame, whole or not.
 *
 * Each frame carries a checksum over all that stands before it. Here it is worked out from the one that the frame before carries, so that
 * a byte that has changed makes one frame wrong, and not all those behind it.
 *
 * @see https://www.sqlite.org/fileformat2.html#walformat
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { openedIfThere } from './opened-if-there.ts';

export interface Log {
  /** False when its header is not as it was written: it is synced before the first frame, so nothing but damage makes it another. */
  isWhole: boolean;
  frames: Iterable<Frame>;
}

export interface Frame {
  /** Where it begins, in bytes from the beginning of the file. */
  at: number;
  /** Whether it is what its checksum says. What is left of an earlier log behind this one's own frames never is. */
  isWhole: boolean;
  /** Whether it is the last one of a transaction of this log. */
  isCommit: boolean;
  /** The number of the page in it, from 1. */
  page: number;
  /** False when the checksum would be right with another number. */
  isPageSure: boolean;
  /** Where that page begins, in bytes from the beginning of the file. */
  pageAt: number;
}

const logHeaderBytes = 32;
const frameHeaderBytes = 24;
const magic = 0x377f0682;

/**
 * @param file of the log
 * @param pageBytes of the store, for a log that does not say it any more
 * @returns what is read a frame at a time, for a log that was long kept from being folded is as large as the disk allows; undefined when
 * there is none, or nothing in it
 * @throws what the system says of one that cannot be read
 */
export function readLog(file: string, pageBytes = 4_096): Log | undefined {
  const header = headerOf(file);
  if (header === undefined) return undefined;
  const said = header.readUInt32BE(8) === 1 ? 65_536 : header.readUInt32BE(8);
  const isMagic = (header.readUInt32BE(0) & ~1) >>> 0 === magic;
  const isPage = said >= 512 && said <= 65_536;
  const isWhole = isMagic && isPage && isAt(header, 24, sum([0, 0], header.subarray(0, 24), orderOf(header)));
  return { isWhole, frames: framesIn(file, header, isWhole ? said : pageBytes, isWhole) };
}

function headerOf(file: string): Buffer | undefined {
  const log = openedIfThere(file);
  if (log === undefined) return undefined;
  try {
    const header = Buffer.alloc(logHeaderBytes);
    return isRead(log, header, 0) && isRead(log, Buffer.alloc(1), logHeaderBytes) ? header : undefined;
  } finally {
    closeSync(log);
  }
}

function* framesIn(file: string, header: Buffer, pageBytes: number, isHeader: boolean): Generator<Frame> {
  const log = openSync(file, 'r');
  try {
    const order = orderOf(header);
    const frame = Buffer.alloc(frameHeaderBytes + pageBytes);
    const bytes = frame.subarray(frameHeaderBytes);
    let salts = isHeader ? header.subarray(16, 24) : undefined;
    const number = frame.subarray(0, 4);
    const sizeAfter = frame.subarray(4, 8);
    const sumFrom = (sums: Sums, page: Buffer) => sum(sum(sums, Buffer.concat([page, sizeAfter]), order), bytes, order);
    // What the frame before carries, and what it should: either may be what is wrong.
    let before: Sums[] = [[header.readUInt32BE(24), header.readUInt32BE(28)]];
    for (let at = logHeaderBytes; isRead(log, frame, at); at += frame.length) {
      salts ??= Buffer.from(frame.subarray(8, 16));
      const isSalted = salts.compare(frame, 8, 16) === 0;
      const sums = before.map((each) => sumFrom(each, number));
      const isSummed = sums.some((each) => isAt(frame, 16, each));
      const isRight = (page: Buffer) => before.some((each) => isAt(frame, 16, sumFrom(each, page)));
      const isOfThisLog = isSalted || isSummed;
      yield {
        at,
        isWhole: isSalted && isSummed,
        isCommit: isOfThisLog && sizeAfter.readUInt32BE() !== 0,
        page: number.readUInt32BE(),
        isPageSure: isSummed || !(isSalted && oneBitAway(number).some(isRight)),
        pageAt: at + frameHeaderBytes,
      };
      // Behind the last frame stand those of an earlier log, which are not looked into.
      before = isOfThisLog ? [[frame.readUInt32BE(16), frame.readUInt32BE(20)], ...(isSummed ? [] : sums)] : [];
    }
  } finally {
    closeSync(log);
  }
}

function oneBitAway(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return other;
  });
}

/** Fills the buffer from a place in the file; false when that ends before. */
function isRead(log: number, into: Buffer, at: number): boolean {
  return readSync(log, into, 0, into.length, at) === into.length;
}

type Sums = readonly [number, number];
type Order = 'big' | 'little';

/** The lowest bit of the magic number says in which order the bytes of a word are summed, not how they are stored. */
function orderOf(header: Buffer): Order {
  return (header.readUInt32BE(0) & 1) === 1 ? 'big' : 'little';
}

function sum([first, second]: Sums, bytes: Buffer, order: Order): Sums {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittle = order === 'little';
  let [a, b] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + view.getUint32(at, isLittle) + b) >>> 0;
    b = (b + view.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}

function isAt(bytes: Buffer, at: number, [first, second]: Sums): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}
