/**
 * Errors to be noted, and a book that notes those of a host.
 */
import { expect } from 'vitest';
import { ErrorBook } from '../../../src/telemetry/errors/error-book.ts';
import type { ErrorExample } from '../../../src/telemetry/errors/error-group.ts';
import type { Workplace } from '../../actors/effects/workplace.ts';

export const error = (at: number, more: Partial<ErrorExample> = {}): ErrorExample => ({
  actor: 'engine/a',
  at,
  class: 'bug',
  code: 'Error',
  message: 'out of paper',
  ...more,
});

export function bookOf({ clock, store, host }: Workplace): ErrorBook {
  const book = new ErrorBook({
    clock,
    store,
    write: (rows) => host.write(rows),
    failed: (cause) => expect.unreachable(String(cause)),
  });
  book.watch(host);
  return book;
}
