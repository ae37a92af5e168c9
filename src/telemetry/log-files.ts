/**
 * The log's files, in a folder of their own.
 *
 * A line is in the file when `write` returns, so that the last words of a process that ends are there. Logging never hurts the
 * service: while a file cannot be written (the disk is full), up to a megabyte of lines waits in memory, or one that is longer, and
 * the rest is dropped and counted; it is tried again with each line, and every few seconds. Lines from before the files are open wait
 * as well. A file that somebody removes or renames is begun anew, with its folder, within a second of lines.
 */
import type { Cancel, Clock } from '../clock.ts';
import { RollingFile, type RollingFileOptions } from './rolling-file.ts';

export interface LogFileOptions extends RollingFileOptions {
  clock: Clock;
  /** The files cannot be written; told once, until they can be again. */
  failing: (error: Error) => void;
  /** They can be written again. @param dropped lines that are in no file */
  recovered: (dropped: number) => void;
}

const waitingBytesMax = 1_000_000;
const retryMs = 5_000;
/** Longest that lines go into a file which nobody can find. */
const lookMs = 1_000;

export class LogFiles {
  #options: LogFileOptions | undefined;
  #file: RollingFile | undefined;
  /** When it was last seen in its place, by the monotonic clock. */
  #seenAt = 0;
  /** What is in no file yet. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isFailing = false;
  #retry: Cancel = () => {};
  #isClosed = false;

  /** Takes a whole line. Never throws. */
  write(line: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.from(line);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#options) this.#writeWaiting(this.#options);
    this.#dropWhatIsTooMuch();
  }

  /** Opens the files; what has come so far is written. Never throws: trouble is told, and the files are opened later. */
  open(options: LogFileOptions): void {
    this.#options = options;
    this.#writeWaiting(options);
  }

  /** What comes from now on is written nowhere. */
  close(): void {
    this.#isClosed = true;
    this.#retry();
    this.#file?.close();
    this.#file = undefined;
    this.#waiting = [];
  }

  /** The first stays, however long: a part of it may be in the file. */
  #dropWhatIsTooMuch() {
    while (this.#waitingBytes > waitingBytesMax && this.#waiting.length > 1) {
      this.#waitingBytes -= this.#waiting.pop()?.length ?? 0;
      this.#dropped += 1;
    }
  }

  #writeWaiting(options: LogFileOptions) {
    try {
      this.#file = this.#inPlace(options);
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        const written = this.#file.write(next);
        this.#waitingBytes -= written;
        if (written < next.length) this.#waiting[0] = next.subarray(written);
        else this.#waiting.shift();
      }
    } catch (error) {
      this.#fail(error as Error, options);
      return;
    }
    if (this.#isFailing) this.#recover(options);
  }

  #inPlace(options: LogFileOptions): RollingFile {
    const now = options.clock.monotonic();
    if (this.#file && now - this.#seenAt < lookMs) return this.#file;
    this.#seenAt = now;
    if (this.#file?.isInPlace) return this.#file;
    this.#file?.close();
    this.#file = undefined;
    return new RollingFile(options);
  }

  #fail(error: Error, options: LogFileOptions) {
    this.#retry();
    this.#retry = options.clock.after(retryMs, () => this.#writeWaiting(options));
    if (this.#isFailing) return;
    this.#isFailing = true;
    // Its own line comes here too, once the present write is over.
    process.nextTick(options.failing, error);
  }

  #recover({ recovered }: LogFileOptions) {
    this.#isFailing = false;
    this.#retry();
    const dropped = this.#dropped;
    this.#dropped = 0;
    process.nextTick(recovered, dropped);
  }
}
