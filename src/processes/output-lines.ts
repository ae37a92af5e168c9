/**
 * What a program prints, line by line, within limits: a program that prints for ever must not fill the log.
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

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
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  lines.on('line', (whole) => {
    if (whole.trim() === '') return;
    const line = whole.length > lineLengthMax ? `${whole.slice(0, lineLengthMax)}…` : whole;
    count += 1;
    tail.push(line);
    if (tail.length > tailMax) tail.shift();
    if (count <= linesMax) tell(line);
  });
  lines.on('close', () => {
    if (count > linesMax) leftOut(count - linesMax);
    resolve();
  });
  return { count: () => count, tail: () => tail.join('\n'), ended };
}
