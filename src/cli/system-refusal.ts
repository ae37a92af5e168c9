/**
 * What the operating system refuses a command, told in a sentence: a folder that is closed, a disk that is full. That is no bug of ours, and a
 * stack trace helps nobody with it.
 */
import { NightshiftError } from '../errors.ts';

/**
 * `SYSTEM_REFUSED`, with the system's own error as its cause.
 *
 * @returns undefined for what is no error of the system: that keeps its stack trace, for whoever mends it
 */
export function systemRefusal(error: unknown): NightshiftError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  const where = path ?? 'the output';
  const message = `${where}: found that the system refuses it (${syscall}: ${code}), expected it done. ${todo(code)}`;
  return new NightshiftError('SYSTEM_REFUSED', message, { cause: error });
}

function todo(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'Run this as the user whom it belongs to, or name another place.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Make room there, or name another place.';
    case 'EROFS':
      return 'It can only be read: name another place.';
    default:
      return 'Mend that, or name another place.';
  }
}
