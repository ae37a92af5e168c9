/**
 * The end of the log: the latest lines that fit, found from the last one backwards, so that it costs little however long the log is.
 * What has to be read is bounded, long lines are given in short, and the event loop turns in between.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { loopTurn } from '../persistence/row-pages.ts';
import { fits, type LogFilter } from './log-reader.ts';
import { logFilesIn } from './rolling-file.ts';
import { shortLine } from './short-line.ts';

export interface LogEndLimits {
  /** Most lines. */
  lines: number;
  /** Most bytes of the log that are looked through. Default: 8 MB. */
  readBytes?: number;
  /** Most characters of all lines together. Default: 200,000. */
  characters?: number;
}

export interface LogEnd {
  /** The oldest first. */
  lines: string[];
  /** Nothing that would fit was left unread. */
  isComplete: boolean;
}

const chunkBytes = 256 * 1024;
const newLine = 0x0a;

export async function logEnd(
  folder: string,
  filter: LogFilter,
  { lines: most, readBytes = 8_000_000, characters = 200_000 }: LogEndLimits,
): Promise<LogEnd> {
  const found: string[] = [];
  let bytesLeft = readBytes;
  let charactersLeft = characters;
  const answer = (isComplete: boolean): LogEnd => ({ lines: found.reverse(), isComplete });
  for (const file of logFilesIn(folder).reverse()) {
    for (const { lines, bytes } of backwards(file)) {
      if (bytesLeft <= 0) return answer(false);
      bytesLeft -= bytes;
      for (const line of lines.toReversed()) {
        if (!mayFit(line, filter) || !fits(line, filter)) continue;
        const short = shortLine(line);
        if (found.length === most || charactersLeft < short.length) return answer(false);
        charactersLeft -= short.length;
        found.push(short);
      }
      if (isBefore(lines[0], filter.since)) return answer(true);
      await loopTurn();
    }
  }
  return answer(true);
}

/** Most lines belong to others: they need not be parsed. */
function mayFit(line: string, { engine }: LogFilter): boolean {
  return engine === undefined || line.includes(JSON.stringify(engine).slice(1, -1));
}

/** Lines stand in the order of their time. */
function isBefore(line: string | undefined, since: number | undefined): boolean {
  if (line === undefined || since === undefined) return false;
  return Number(/"time":(\d+)/.exec(line)?.[1] ?? since) < since;
}

/** Whole lines of a file, some at a time, the last ones first; none when it is not there, or no file. */
function* backwards(file: string): Generator<{ lines: string[]; bytes: number }> {
  const there = statSync(file, { throwIfNoEntry: false });
  if (!there?.isFile()) return;
  let at = there.size;
  const descriptor = openSync(file, 'r');
  try {
    /** The end of a line whose beginning has not been read, in pieces. */
    let rest: Buffer[] = [];
    while (at > 0) {
      const length = Math.min(chunkBytes, at);
      at -= length;
      const chunk = Buffer.alloc(length);
      readSync(descriptor, chunk, 0, length, at);
      const begin = at === 0 ? 0 : chunk.indexOf(newLine) + 1;
      const isWithinOne = at > 0 && begin === 0;
      const text = isWithinOne ? '' : Buffer.concat([chunk, ...rest]).toString('utf8', begin);
      rest = isWithinOne ? [chunk, ...rest] : [chunk.subarray(0, begin)];
      yield { lines: text.split('\n').filter((line) => line !== ''), bytes: length };
    }
  } finally {
    closeSync(descriptor);
  }
}
