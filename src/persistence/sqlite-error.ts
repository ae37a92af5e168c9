/**
 * What an error of SQLite says. The low byte of its number is the kind of error, the rest its detail.
 *
 * @see https://www.sqlite.org/rescode.html
 */

/** Somebody else is at work on the file. */
export function isBusy(error: unknown): boolean {
  return kindOf(error) === 5;
}

/** The disk has no room. */
export function isFull(error: unknown): boolean {
  return kindOf(error) === 13;
}

/** The file is no database, or not as SQLite wrote it. */
export function isDamage(error: unknown): boolean {
  return kindOf(error) === 11 || kindOf(error) === 26;
}

function kindOf(error: unknown): number {
  const { errcode = 0 } = error as { errcode?: number };
  return errcode & 0xff;
}
