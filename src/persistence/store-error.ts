import { NightshiftError } from '../errors.ts';

/**
 * A store that cannot be opened, read or written.
 *
 * `STORE_CORRUPT`: the file is no database, or a damaged one. `STORE_UNREADABLE`, `STORE_UNWRITABLE`: the
 * operating system or SQLite refused; the cause says why. `STORE_LOG_DAMAGED`: what was written last stands behind a damaged place.
 * `STORE_BUSY`: somebody else has it open. `STORE_REPLACED`: another file has been put in its place. `STORE_EMPTY`: nothing can be read of it.
 */
export class StoreError extends NightshiftError {}

/** What an error says, in one line of a message. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}
