/**
 * The pages of a store's file, with those in its log over them, as they lie on the disk: SQLite is not asked, and refuses nothing.
 *
 * What the log has put something later in the place of is there to be read, too.
 *
 * @see https://www.sqlite.org/fileformat2.html
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Frame, readLog } from './log-frames.ts';

/** Where a version of a page stands. */
interface Place {
  handle: number;
  at: number;
}

export class StorePages {
  readonly pageBytes: number;
  /** Of a page, what its content may take. */
  readonly usableBytes: number;
  /** The highest number of a page. */
  readonly count: number;
  /** Whether there is a page in the log of which nobody can tell for sure which one it is. */
  readonly isPageUnknown: boolean;
  readonly #file: number;
  readonly #log: number | undefined;
  readonly #latest = new Map<number, Place>();
  readonly #earlier: Place[] = [];

  /** @param file of a store that nobody writes to meanwhile */
  constructor(file: string) {
    this.#file = openSync(file, 'r');
    const header = Buffer.alloc(100);
    readSync(this.#file, header, 0, header.length, 0);
    this.pageBytes = pageBytesIn(header);
    this.usableBytes = this.pageBytes - (header.readUInt8(20) < 32 ? header.readUInt8(20) : 0);
    const inFile = Math.floor(fstatSync(this.#file).size / this.pageBytes);
    const log = `${file}-wal`;
    const frames = committedFrames(log, this.pageBytes);
    this.#log = frames.length > 0 ? openSync(log, 'r') : undefined;
    const isKnown = ({ page }: Frame) => page > 0 && page <= inFile + frames.length;
    let count = inFile;
    for (const { page, pageAt } of frames.filter(isKnown)) {
      this.#earlier.push(this.#placeOf(page));
      this.#latest.set(page, { handle: this.#log as number, at: pageAt });
      count = Math.max(count, page);
    }
    this.isPageUnknown = !frames.every((frame) => isKnown(frame) && frame.isPageSure);
    this.count = count;
  }

  /** undefined where the file ends before */
  latest(page: number): Buffer | undefined {
    return this.#read(this.#placeOf(page));
  }

  /** What the log has put something later in the place of, the latest first. */
  *earlier(): Generator<Buffer> {
    for (const place of this.#earlier.toReversed()) {
      const bytes = this.#read(place);
      if (bytes) yield bytes;
    }
  }

  close(): void {
    closeSync(this.#file);
    if (this.#log !== undefined) closeSync(this.#log);
  }

  #placeOf(page: number): Place {
    return this.#latest.get(page) ?? { handle: this.#file, at: (page - 1) * this.pageBytes };
  }

  #read({ handle, at }: Place): Buffer | undefined {
    const bytes = Buffer.alloc(this.pageBytes);
    return at >= 0 && readSync(handle, bytes, 0, bytes.length, at) === bytes.length ? bytes : undefined;
  }
}

function pageBytesIn(header: Buffer): number {
  const said = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const isPower = said >= 512 && (said & (said - 1)) === 0;
  return isPower ? said : 4_096;
}

/** Of transactions that have ended, in order. The last one may be there in part, after a power cut: it counts when it is whole. */
function committedFrames(log: string, pageBytes: number): Frame[] {
  const frames: Frame[] = [];
  /** How many there are up to the end of the last transaction, and of the one before it. */
  let [last, before] = [0, 0];
  for (const frame of readLog(log, pageBytes)?.frames ?? []) {
    frames.push(frame);
    if (frame.isCommit) [last, before] = [frames.length, last];
  }
  const isLastWhole = frames.slice(before, last).every(({ isWhole }) => isWhole);
  return frames.slice(0, isLastWhole ? last : before);
}
