/**
 * Reads the log's files again: whole lines, the oldest first, and on from there as more are written.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { LogLevel } from '../config/definition.ts';
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

/** Goes through the files of a folder, each line once. */
export class LogTail {
  readonly #folder: string;
  readonly #since: number;
  /** The file that was read last, how far, and what of its last line has been there. */
  #file: string | undefined;
  #inode = 0;
  #offset = 0;
  #begun = '';
  #decoder = new StringDecoder('utf8');

  /** @param since files that were last written before this instant (epoch ms) are left out */
  constructor(folder: string, since = 0) {
    this.#folder = folder;
    this.#since = since;
  }

  /** What has been written since the last call; at the first, what there is. */
  *lines(): Generator<string> {
    for (const file of this.#unread()) {
      if (file !== this.#file) {
        // Its last line was never ended.
        if (this.#begun !== '') yield this.#begun;
        this.#file = file;
        this.#beginAnew();
      }
      yield* this.#more(file);
    }
  }

  /** The present file and those after it. */
  #unread(): string[] {
    const files = logFilesIn(this.#folder);
    if (this.#file === undefined) return files.filter((file) => (statOf(file)?.mtimeMs ?? 0) >= this.#since);
    const at = files.indexOf(this.#file);
    // When it has been removed, all that are left are later ones.
    return files.slice(Math.max(at, 0));
  }

  #beginAnew() {
    this.#offset = 0;
    this.#begun = '';
    this.#decoder = new StringDecoder('utf8');
  }

  *#more(file: string): Generator<string> {
    if (!statOf(file)) return;
    const descriptor = openSync(file, 'r');
    const chunk = Buffer.alloc(chunkBytes);
    try {
      const { ino, size } = fstatSync(descriptor);
      // Somebody has put another in its place, or emptied it.
      if (this.#offset > 0 && (ino !== this.#inode || size < this.#offset)) this.#beginAnew();
      this.#inode = ino;
      for (;;) {
        const count = readSync(descriptor, chunk, 0, chunkBytes, this.#offset);
        if (count === 0) return;
        this.#offset += count;
        const parts = (this.#begun + this.#decoder.write(chunk.subarray(0, count))).split('\n');
        this.#begun = parts.pop() ?? '';
        for (const line of parts) if (line !== '') yield line;
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

function statOf(file: string) {
  return statSync(file, { throwIfNoEntry: false });
}
