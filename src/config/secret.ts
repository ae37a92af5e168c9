/**
 * A text that must not be seen: a key, a password, a token.
 *
 * Whatever prints, logs or stores the object gets `[secret]`. The text comes out in one way only, by
 * `reveal()`, so that every place which handles it in the clear can be found by that name.
 */
import { inspect } from 'node:util';

const shown = '[secret]';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for the request that needs it, never for a message, a record or a log line. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
