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

/** @param log all bytes of the log; empty when there is none. @returns null when nothing but its end may be missing */
export function logDamage(log: Buffer): LogDamage | null {
  if (log.length <= headerBytes) return null;
  const readWord = wordReader(log);
  // The lowest bit of the magic number says in which order the bytes of a word are summed, not how they are stored.
  const isBigEndian = (log.readUInt32BE(0) & 1) === 1;
  const sum = summer(isBigEndian ? readWord.big : readWord.little);
  const pageBytes = log.readUInt32BE(8) === 1 ? 65_536 : log.readUInt32BE(8);
  let sums = sum([0, 0], 0, 24);
  if ((log.readUInt32BE(0) & ~1) >>> 0 !== magic || !isAt(log, 24, sums) || pageBytes < 512) {
    // Written and synced before the first frame: nothing but damage makes it another.
    return { wholeBytes: 0, transactions: 1 };
  }
  const frameBytes = frameHeaderBytes + pageBytes;
  const isOfThisLog = (at: number) => log.compare(log, 16, 24, at + 8, at + 16) === 0;
  let at = headerBytes;
  for (; at + frameBytes <= log.length && isOfThisLog(at); at += frameBytes) {
    const next = sum(sum(sums, at, at + 8), at + frameHeaderBytes, at + frameBytes);
    if (!isAt(log, at + 16, next)) break;
    sums = next;
  }
  let transactions = 0;
  for (let frame = at; frame + frameBytes <= log.length; frame += frameBytes) {
    const isCommit = log.readUInt32BE(frame + 4) !== 0;
    if (isCommit && isOfThisLog(frame)) transactions += 1;
  }
  return transactions > 1 ? { wholeBytes: at, transactions } : null;
}

type Sums = readonly [number, number];

function summer(word: (at: number) => number) {
  return ([first, second]: Sums, from: number, to: number): Sums => {
    let [a, b] = [first, second];
    for (let at = from; at < to; at += 8) {
      a = (a + word(at) + b) >>> 0;
      b = (b + word(at + 4) + a) >>> 0;
    }
    return [a, b];
  };
}

function wordReader(log: Buffer) {
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  return { big: (at: number) => view.getUint32(at), little: (at: number) => view.getUint32(at, true) };
}

function isAt(log: Buffer, at: number, [first, second]: Sums): boolean {
  return log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;
}
