/**
 * The log's files: `nightshift.1.log` and on, the highest number being the latest, in a folder of their own.
 *
 * A line is in the file when `write` returns, so that the last words of a process that ends are there. Logging never hurts the
 * service: while a file cannot be written (the disk is full), up to a megabyte of lines waits in memory and the rest is dropped and
 * counted; it is tried again with each line, and every few seconds. Lines from before the files are open wait as well.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import roll, { type RollingFile } from 'pino-roll';
import type { Cancel, Clock } from '../clock.ts';

export interface LogFileOptions {
  /** Made with mode 0700 when it is not there. */
  folder: string;
  sizeBytes: number;
  keep: number;
  clock: Clock;
  /** The files cannot be written; told once, until they can be again. */
  failing: (error: Error) => void;
  /** They can be written again. @param dropped lines that are in no file */
  recovered: (dropped: number) => void;
}

const base = 'nightshift';
const named = /^nightshift\.(\d+)\.log$/;
const waitingBytesMax = 1_000_000;
const retryMs = 5_000;

/** Paths of the log's files, the oldest first; none when there is no such folder. */
export function logFilesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const numbered = names.flatMap((name) => (named.exec(name) ? [{ name, number: Number(named.exec(name)?.[1]) }] : []));
  return numbered.sort((a, b) => a.number - b.number).map(({ name }) => join(folder, name));
}

export class LogFiles {
  #options: LogFileOptions | undefined;
  #file: RollingFile | undefined;
  /** Lines that came while no file was open. */
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isFailing = false;
  #retry: Cancel = () => {};
  #isClosed = false;

  /** Takes a whole line. Never throws. */
  write(line: string): void {
    if (this.#isClosed) return;
    if (this.#file) this.#file.write(line);
    else this.#keep(line);
  }

  /** Opens the files; what has come so far is written. Never rejects: trouble is told, and the files are opened later. */
  async open(options: LogFileOptions): Promise<void> {
    this.#options = options;
    await this.#begin();
  }

  /** What comes from now on is written nowhere. */
  close(): void {
    this.#isClosed = true;
    this.#retry();
    this.#file?.end();
    this.#file = undefined;
    this.#waiting = [];
  }

  #keep(line: string) {
    if (this.#waitingBytes + line.length > waitingBytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  async #begin() {
    const { folder, sizeBytes, keep } = this.#options as LogFileOptions;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const torn = endsTorn(logFilesIn(folder).at(-1));
      const file = await roll({
        file: join(folder, base),
        extension: '.log',
        size: `${sizeBytes}b`,
        limit: { count: keep, removeOtherLogFiles: true },
        sync: true,
        maxLength: waitingBytesMax,
        mode: 0o600,
      });
      if (this.#isClosed) return file.end();
      this.#watch(file);
      this.#file = file;
      if (torn) file.write('\n');
      for (const line of this.#waiting.splice(0)) file.write(line);
      this.#waitingBytes = 0;
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #watch(file: RollingFile) {
    file.on('write', () => this.#recover());
    file.on('drop', () => {
      this.#dropped += 1;
    });
    file.on('error', (error: NodeJS.ErrnoException) => {
      if (file !== this.#file) return;
      // The next file could not be opened. After that it would close the present one twice, whatever its number is by then.
      if (error.syscall === 'open') {
        file.removeAllListeners('ready');
        this.#file = undefined;
        file.end();
      }
      this.#fail(error);
    });
  }

  #fail(error: Error) {
    if (this.#isClosed) return;
    const { clock, failing } = this.#options as LogFileOptions;
    this.#retry();
    this.#retry = clock.after(retryMs, () => this.#tryAgain());
    if (this.#isFailing) return;
    this.#isFailing = true;
    // Its own line comes here too, once the present write is over.
    process.nextTick(failing, error);
  }

  #tryAgain() {
    // Writes what waits in it; with nothing new, that is all.
    if (this.#file) this.#file.write('');
    else void this.#begin();
  }

  #recover() {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#retry();
    const dropped = this.#dropped;
    this.#dropped = 0;
    process.nextTick((this.#options as LogFileOptions).recovered, dropped);
  }
}

/** Whether the file ends within a line, as one does whose service was killed while it wrote. */
function endsTorn(file: string | undefined): boolean {
  if (file === undefined) return false;
  const { size } = statSync(file);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, last, 0, 1, size - 1);
  } finally {
    closeSync(descriptor);
  }
  return last.toString() !== '\n';
}
