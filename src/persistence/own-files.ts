/**
 * Whether the files that a database has open are still those that stand at their paths. Somebody may remove or replace them:
 * the system then lets the database go on with files that nobody will ever find again.
 */
import { statSync } from 'node:fs';

/** `missing`: one of them has gone. `replaced`: another database stands in the place of this one. */
export type Fate = 'there' | 'missing' | 'replaced';

/** SQLite's log, and the index of it that all who have the database open share. */
const companions = ['-wal', '-shm'];

export class OwnFiles {
  readonly #file: string;
  readonly #identity: string | null;
  /** Of the companions, which are made at the first use of the database. */
  readonly #seen = new Map<string, string>();

  /** To be made right after the database was opened. @param file of the database */
  constructor(file: string) {
    this.#file = file;
    this.#identity = identityOf(file);
  }

  look(): Fate {
    const present = identityOf(this.#file);
    if (present === null) return 'missing';
    if (present !== this.#identity) return 'replaced';
    return companions.every((ending) => this.#isSame(`${this.#file}${ending}`)) ? 'there' : 'missing';
  }

  #isSame(path: string): boolean {
    const present = identityOf(path);
    const seen = this.#seen.get(path);
    if (seen === undefined && present !== null) this.#seen.set(path, present);
    return seen === undefined || seen === present;
  }
}

function identityOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : null;
}
