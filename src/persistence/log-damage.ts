/**
 * Damage in SQLite's write-ahead log, which SQLite itself does not tell from the end of the log.
 *
 * Each frame of the log carries a checksum over all that stands before it. Reading ends at the first that is wrong, without a word:
 * after a power cut that is right, for the last transaction may be there in part. When whole transactions stand behind it, some
 * byte has changed on the disk, and all of them would be gone. Each transaction was synced before the next was begun, so that at most
 * one may be there in part.
 *
 * @see https://www.sqlite.org/fileformat2.html#walformat
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Where the log can be read to, and what stands behind that. */
export interface LogDamage {
  /** Length of what is whole, in bytes from the beginning of the file. */
  wholeBytes: number;
  /** Transactions from the damage on. */
  transactions: number;
}

const headerBytes = 32;
const frameHeaderBytes = 24;
const magic = 0x377f0682;

/**
 * Reads the log a frame at a time, for one that was long kept from being folded is as large as the disk allows.
 *
 * @param file of the log
 * @returns null when nothing but its end may be missing, or there is no such file
 * @throws what the system says of one that cannot be read
 */
export function logDamage(file: string): LogDamage | null {
  const log = opened(file);
  if (log === null) return null;
  try {
    return damageOf(log);
  } finally {
    closeSync(log);
  }
}

function damageOf(log: number): LogDamage | null {
  const header = Buffer.alloc(headerBytes);
  if (!isRead(log, header, 0) || !isRead(log, Buffer.alloc(1), headerBytes)) return null;
  // The lowest bit of the magic number says in which order the bytes of a word are summed, not how they are stored.
  const order = (header.readUInt32BE(0) & 1) === 1 ? 'big' : 'little';
  const pageBytes = header.readUInt32BE(8) === 1 ? 65_536 : header.readUInt32BE(8);
  const isPage = pageBytes >= 512 && pageBytes <= 65_536;
  let sums = sum([0, 0], header.subarray(0, 24), order);
  if ((header.readUInt32BE(0) & ~1) >>> 0 !== magic || !isAt(header, 24, sums) || !isPage) {
    // Written and synced before the first frame: nothing but damage makes it another.
    return { wholeBytes: 0, transactions: 1 };
  }
  const frame = Buffer.alloc(frameHeaderBytes + pageBytes);
  // Where the log was begun anew, frames of the one before stand behind its own, with other salts.
  const isOfThisLog = () => header.compare(frame, 8, 16, 16, 24) === 0;
  let at = headerBytes;
  for (; isRead(log, frame, at) && isOfThisLog(); at += frame.length) {
    const next = sum(sum(sums, frame.subarray(0, 8), order), frame.subarray(frameHeaderBytes), order);
    if (!isAt(frame, 16, next)) break;
    sums = next;
  }
  let transactions = 0;
  for (let from = at; isRead(log, frame, from); from += frame.length) {
    const isCommit = frame.readUInt32BE(4) !== 0;
    if (isCommit && isOfThisLog()) transactions += 1;
  }
  return transactions > 1 ? { wholeBytes: at, transactions } : null;
}

function opened(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Fills the buffer from a place in the file; false when that ends before. */
function isRead(log: number, into: Buffer, at: number): boolean {
  return readSync(log, into, 0, into.length, at) === into.length;
}

type Sums = readonly [number, number];

function sum([first, second]: Sums, bytes: Buffer, order: 'big' | 'little'): Sums {
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
