/**
 * How a program ended, and what that means for the run it was started for.
 */
import type { Failure, FailureClass } from './failure.ts';
import { formatSize } from './size.ts';

/** A program that was started, and has ended: by itself, or by a signal. */
export interface ProgramEnd {
  exitCode?: number | null;
  signal?: string | null;
}

/**
 * @param exitCodes what they mean; one that is not there is a bug
 * @param said the end of what it said, empty for nothing
 * @returns null for a success
 */
export function endFailure(
  engine: string,
  exitCodes: ReadonlyMap<number, FailureClass | 'success'>,
  { exitCode, signal }: ProgramEnd,
  said: string,
): Failure | null {
  const tail = said ? ` It said: ${said}` : '';
  if (signal) {
    const message = `${engine}: its program was ended by ${signal}.${tail}`;
    return { class: 'recoverable', code: `SIGNAL_${signal}`, message };
  }
  const meaning = exitCodes.get(exitCode ?? -1) ?? 'bug';
  if (meaning === 'success') return null;
  const message = `${engine}: its program ended with the exit code ${exitCode} (${meaning}).${tail}`;
  return { class: meaning, code: `EXIT_${exitCode}`, message };
}

/**
 * @param what as in `import: its program`
 * @param used bytes
 * @param allowed bytes
 */
export function memoryFailure(what: string, used: number, allowed: number): Failure {
  const message = `${what} and what it started held ${formatSize(used)} of memory, allowed are ${formatSize(allowed)}; it was ended.`;
  return { class: 'recoverable', code: 'MEMORY_EXCEEDED', message };
}
