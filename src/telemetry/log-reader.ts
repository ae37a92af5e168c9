/**
 * Reads the log's files again: whole lines, the oldest first, and on from there as more are written.
 */
import { closeSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { LogLevel } from '../config/definition.ts';
import { openedIfThere } from '../persistence/opened-if-there.ts';
import { engineOf, numberOf } from './log-levels.ts';
import { logFilesIn } from './rolling-file.ts';

/** Which lines are wanted; all that is named has to fit. */
export interface LogFilter {
  engine?: string | undefined;
  /** Its id. */
  run?: string | undefined;
  /** The first instant, epoch ms. */
  since?: number | undefined;
  /** The lowest. */
  level?: LogLevel | undefined;
}

const chunkBytes = 64 * 1024;

/** A line that is no JSON fits when nothing is asked for. */
export function fits(line: string, { engine, run, since, level }: LogFilter): boolean {
  if (engine === undefined && run === undefined && since === undefined && level === undefined) return true;
  const facts = factsOf(line);
  return (
    facts !== undefined &&
    (since === undefined || facts.time >= since) &&
    (level === undefined || facts.level >= numberOf(level)) &&
    (run === undefined || facts.run === run) &&
    (engine === undefined || facts.engine === engine || engineOf(String(facts.actor)) === engine)
  );
}

interface Facts {
  level: number;
  time: number;
  actor?: unknown;
  engine?: unknown;
  run?: unknown;
}

function factsOf(line: string): Facts | undefined {
  try {
    const facts = JSON.parse(line) as Facts | null;
    return facts ?? undefined;
  } catch {
    return undefined;
  }
}

/** How far a file has been read. */
interface Place {
  inode: number;
  offset: number;
}

/**
 * Goes through the files of a folder, each line once. Whatever somebody does to the files meanwhile (they are removed, renamed, emptied,
 * put back), each is gone on with where it was left, and one that is new is read from its beginning.
 */
export class LogTail {
  readonly #folder: string;
  readonly #since: number;
  readonly #lineMax: number;
  /** By path, of the files that are there. */
  readonly #places = new Map<string, Place>();
  /** Where it read last, and what of its last line has been there. */
  #reading: Place | undefined;
  #begun = '';
  #decoder = new StringDecoder('utf8');

  /**
   * @param since what was in files that were last written before this instant (epoch ms) is left out
   * @param lineMax characters, about: a line that is longer comes in pieces, so that a file of something else fills no memory
   */
  constructor(folder: string, since = 0, lineMax = 64_000_000) {
    this.#folder = folder;
    this.#since = since;
    this.#lineMax = lineMax;
  }

  /** What there is of the last line, which has not ended yet. */
  get begun(): string {
    return this.#begun;
  }

  /** What has been written since the last call; at the first, what there is. */
  *lines(): Generator<string> {
    const files = logFilesIn(this.#folder);
    // The next of its name is another.
    for (const known of this.#places.keys()) if (!files.includes(known)) this.#places.delete(known);
    for (const file of files) {
      const place = this.#newIn(file);
      if (!place) continue;
      if (place !== this.#reading) yield* this.#begin(place);
      yield* this.#more(file, place);
    }
  }

  /** Where to go on; undefined in a file that has nothing new. */
  #newIn(file: string): Place | undefined {
    const there = statSync(file, { throwIfNoEntry: false });
    if (!there?.isFile()) return undefined;
    const { ino: inode, size, mtimeMs } = there;
    let place = this.#places.get(file) ?? { inode, offset: mtimeMs < this.#since ? size : 0 };
    // Somebody has put another in its place, or emptied it.
    if (place.inode !== inode || place.offset > size) place = { inode, offset: 0 };
    this.#places.set(file, place);
    return place.offset < size ? place : undefined;
  }

  *#begin(place: Place): Generator<string> {
    // The last line of where it was before was never ended.
    if (this.#begun !== '') yield this.#begun;
    this.#reading = place;
    this.#begun = '';
    this.#decoder = new StringDecoder('utf8');
  }

  *#more(file: string, place: Place): Generator<string> {
    const descriptor = openedIfThere(file);
    if (descriptor === undefined) return;
    const chunk = Buffer.alloc(chunkBytes);
    try {
      for (;;) {
        const count = readSync(descriptor, chunk, 0, chunkBytes, place.offset);
        if (count === 0) return;
        place.offset += count;
        const [first = '', ...rest] = this.#decoder.write(chunk.subarray(0, count)).split('\n');
        const parts = [this.#begun + first, ...rest];
        this.#begun = parts.pop() ?? '';
        for (const line of parts) if (line !== '') yield line;
        if (this.#begun.length < this.#lineMax) continue;
        yield this.#begun;
        this.#begun = '';
      }
    } finally {
      closeSync(descriptor);
    }
  }
}
