/**
 * The output of the command, and its end.
 */
import { fstatSync, writeFileSync } from 'node:fs';

/**
 * Whoever reads the output may go away: a pipe breaks, a terminal closes. That is no reason to stop the jobs, so lines
 * that nobody takes are dropped. Such an error must not reach the log: its line would be the next error, for ever.
 */
export function surviveLostReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/**
 * Node writes to a file once and takes for written what had room: on a disk that gets full, the end of the output is missing and nobody
 * hears of it. Here the rest is tried again, which fails.
 */
export function writeWhole(): void {
  const { fd } = process.stdout;
  // A thread's output has none.
  if (fd === undefined || !fstatSync(fd).isFile()) return;
  process.stdout._write = (chunk: Buffer, _encoding, done) => {
    try {
      // Goes on until all of it is written.
      writeFileSync(fd, chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}

/**
 * Whoever has had enough of the output goes away, and that is all right. A file that takes no more is not: what is in it is half.
 *
 * @throws what the system said
 */
export function refuseHalfWritten(): void {
  const { errored } = process.stdout;
  if (errored && (errored as NodeJS.ErrnoException).code !== 'EPIPE') throw errored;
}

/**
 * A command that ends before it has done its work has failed, whatever the exit code says: what the config imports may call
 * process.exit(0) when nobody thinks of it any more.
 *
 * @returns what to call when the work is done
 */
export function refuseEarlyEnd(): () => void {
  const refuse = (code: number) => {
    if (code !== 0) return;
    process.exitCode = 1;
    console.error(
      'process.exit: found a call of it before the command was done, expected none. Look for it in what the config imports.',
    );
  };
  process.once('exit', refuse);
  return () => process.off('exit', refuse);
}

/**
 * Ends the process once everything printed is out. What a job or a config file left behind, as a timer or an open
 * socket, would keep the process alive for ever.
 */
export function endWith(code: number): void {
  void flushed().then(() => process.exit(code));
}

/** Resolves once everything printed is out. */
export function flushed(): Promise<void> {
  return new Promise((out) => {
    process.stdout.write('', () => process.stderr.write('', () => out()));
  });
}

/** For a terminal: what an error says may hold line breaks, and sequences that repaint the screen. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
