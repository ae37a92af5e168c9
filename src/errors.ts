/**
 * The base of every error nightshift throws: a stable `code` to branch on, and a message that says
 * what was found, where, what was expected and what to do.
 */
export class NightshiftError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** What a person needs to mend a mistake: what was found, what was expected, and the fix. */
export interface Problem {
  found: string;
  expected: string;
  fix: string;
}
