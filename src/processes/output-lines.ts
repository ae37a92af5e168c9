/**
 * What a program prints, line by line, within limits: a program that prints for ever must not fill the log, and one that never
 * ends its line must not fill the memory.
 */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../clock.ts';

export interface OutputLines {
  /** How many lines there were. */
  count(): number;
  /** The last of them, for whoever asks why it ended. */
  tail(): string;
  /** Resolves once there will be no more. */
  readonly ended: Promise<void>;
  /** Reads no more: there will be none then. */
  close(): void;
}

export interface Listener {
  /** Hears each line, cut to 2,000 characters, up to 1,000 of them. */
  line: (line: string) => void;
  /** Hears, in the end, how many were not told. */
  leftOut: (count: number) => void;
  /** Hears that something was printed, whether a line is told or not, and before it has ended. */
  alive: () => void;
}

const lineLengthMax = 2_000;
const linesMax = 1_000;
const tailMax = 10;
/** What a program has printed is read faster than this. */
const patienceMs = 1_000;

/** Resolves once all is read that a program has printed which has ended: whoever else holds its output open is not waited for. */
export async function readToTheEnd(outputs: readonly OutputLines[], clock: Clock): Promise<void> {
  const cancel = clock.after(patienceMs, () => {
    for (const output of outputs) output.close();
  });
  await Promise.all(outputs.map(({ ended }) => ended)).finally(cancel);
}

export function outputLines(stream: Readable, { line: tell, leftOut, alive }: Listener): OutputLines {
  let count = 0;
  const tail: string[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const line = (whole: string) => {
    if (whole.trim() === '') return;
    const text = whole.length > lineLengthMax ? `${whole.slice(0, lineLengthMax)}…` : whole;
    count += 1;
    tail.push(text);
    if (tail.length > tailMax) tail.shift();
    if (count <= linesMax) tell(text);
  };

  const decoder = new StringDecoder('utf8');
  let begun = '';
  const read = (text: string) => {
    const [first = '', ...others] = text.split(/\r?\n/);
    // Of a line that is too long already, nothing more is kept.
    if (begun.length <= lineLengthMax) begun += first.slice(0, 2 * lineLengthMax);
    if (others.length === 0) return;
    line(begun.replace(/\r$/, ''));
    begun = others.pop() ?? '';
    for (const other of others) line(other);
  };
  stream.on('data', (chunk: Buffer | string) => {
    alive();
    read(typeof chunk === 'string' ? chunk : decoder.write(chunk));
  });
  stream.once('close', () => {
    line(begun + decoder.end());
    if (count > linesMax) leftOut(count - linesMax);
    resolve();
  });
  return { count: () => count, tail: () => tail.join('\n'), ended, close: () => stream.destroy() };
}
