/**
 * What a program prints, line by line, within limits: a program that prints for ever must not fill the log, and one that never
 * ends its line must not fill the memory.
 */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export interface OutputLines {
  /** How many lines there were. */
  count(): number;
  /** The last of them, for whoever asks why it ended. */
  tail(): string;
  /** Resolves once there will be no more. */
  readonly ended: Promise<void>;
}

const lineLengthMax = 2_000;
const linesMax = 1_000;
const tailMax = 10;

/**
 * Tells each line, cut to 2,000 characters, up to 1,000 of them.
 *
 * @param leftOut hears, in the end, how many were not told
 */
export function outputLines(
  stream: Readable,
  tell: (line: string) => void,
  leftOut: (count: number) => void,
): OutputLines {
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
  stream.on('data', (chunk: Buffer | string) => read(typeof chunk === 'string' ? chunk : decoder.write(chunk)));
  stream.once('close', () => {
    line(begun + decoder.end());
    if (count > linesMax) leftOut(count - linesMax);
    resolve();
  });
  return { count: () => count, tail: () => tail.join('\n'), ended };
}
