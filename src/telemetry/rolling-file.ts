/**
 * A file that is followed by the next when it is full: `nightshift.1.log` and on, the highest number being the latest, and of the
 * oldest no more are kept than one wants.
 *
 * Everything in it happens at once, so that what was written is there when a process ends with its next breath.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isOther, refuseOther } from '../persistence/file-kind.ts';

export interface RollingFileOptions {
  /** Made with mode 0700 when it is not there. */
  folder: string;
  /** A file that has as many is full. */
  sizeBytes: number;
  /** How many stay, the present one included. */
  keep: number;
}

const named = /^nightshift\.(\d+)\.log$/;

/** Paths of the files, the oldest first; none when there is no such folder. */
export function logFilesIn(folder: string): string[] {
  return numbersIn(folder).map((number) => fileOf(folder, number));
}

export class RollingFile {
  readonly #options: RollingFileOptions;
  #number: number;
  #descriptor: number;
  #sizeBytes: number;
  /** Whether it ends within a line, as one does whose service was killed while it wrote. */
  #isTorn: boolean;
  /** Whether the rest of a line is to come. */
  #isWithinLine = false;

  /** Goes on in the latest file, on a line of its own. @throws what the file system says */
  constructor(options: RollingFileOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#number = firstFile(options.folder, numbersIn(options.folder).at(-1) ?? 1);
    this.#descriptor = openSync(fileOf(options.folder, this.#number), 'a+', 0o600);
    this.#sizeBytes = fstatSync(this.#descriptor).size;
    this.#isTorn = endsTorn(this.#descriptor, this.#sizeBytes);
  }

  /**
   * @param bytes a line, or what is left of one
   * @returns how many of them are in the file, perhaps not all
   * @throws what the file system says, also when the next file cannot be begun; the present one stays open then
   */
  write(bytes: Uint8Array): number {
    if (this.#isTorn) this.#append(Buffer.from('\n'));
    this.#isTorn = false;
    if (this.#sizeBytes >= this.#options.sizeBytes && !this.#isWithinLine) this.#begin(this.#number + 1);
    const written = this.#append(bytes);
    this.#isWithinLine = written < bytes.length;
    return written;
  }

  /** Whether what is written can be found: somebody may have removed or renamed the file, or its folder. */
  get isInPlace(): boolean {
    const ours = fstatSync(this.#descriptor);
    const there = statSync(fileOf(this.#options.folder, this.#number), { throwIfNoEntry: false });
    return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #append(bytes: Uint8Array): number {
    const written = writeSync(this.#descriptor, bytes);
    this.#sizeBytes += written;
    return written;
  }

  #begin(number: number) {
    const { folder, keep } = this.#options;
    refuseOther(fileOf(folder, number));
    const descriptor = openSync(fileOf(folder, number), 'a', 0o600);
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#number = number;
    this.#sizeBytes = fstatSync(descriptor).size;
    for (const file of logFilesIn(folder).slice(0, -keep)) remove(file);
  }
}

function fileOf(folder: string, number: number): string {
  return join(folder, `nightshift.${number}.log`);
}

/** Whoever writes into a pipe waits for a reader: what is no file keeps its number. */
function firstFile(folder: string, from: number): number {
  let number = from;
  while (isOther(fileOf(folder, number))) number += 1;
  return number;
}

/** In ascending order. */
function numbersIn(folder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => named.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** What cannot be removed now is tried again when the next file is full. */
function remove(file: string): void {
  try {
    rmSync(file);
  } catch {}
}

function endsTorn(descriptor: number, sizeBytes: number): boolean {
  if (sizeBytes === 0) return false;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, sizeBytes - 1);
  return last.toString() !== '\n';
}
