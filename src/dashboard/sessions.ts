/**
 * Who has signed in on the page. The operator's token opens a session; what the browser keeps is a random id that is worth
 * nothing anywhere else, and nothing at all once the service has been restarted.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface SessionsPorts {
  /** What opens a session. */
  token: string;
  /** Epoch ms. */
  now: () => number;
}

/** How long a session lasts without a command, ms. */
export const sessionMs = 12 * 3_600_000;
const sessionsMax = 100;

export class Sessions {
  readonly #ports: SessionsPorts;
  /** By the digest of their id: until when they last, epoch ms. The first to end comes first. */
  readonly #ends = new Map<string, number>();

  constructor(ports: SessionsPorts) {
    this.#ports = ports;
  }

  /** @returns the id of a new session; null when it is not the token */
  signIn(token: string): string | null {
    if (!isSame(token, this.#ports.token)) return null;
    const id = randomBytes(32).toString('base64url');
    this.#prolong(digest(id).toString('base64url'));
    return id;
  }

  /** Whether the session lasts. Being used prolongs it. */
  use(id: string): boolean {
    const key = digest(id).toString('base64url');
    const lasts = this.#lasts(key);
    if (lasts) this.#prolong(key);
    return lasts;
  }

  has(id: string): boolean {
    return this.#lasts(digest(id).toString('base64url'));
  }

  end(id: string): void {
    this.#ends.delete(digest(id).toString('base64url'));
  }

  #lasts(key: string): boolean {
    return (this.#ends.get(key) ?? 0) > this.#ports.now();
  }

  #prolong(key: string) {
    this.#ends.delete(key);
    this.#ends.set(key, this.#ports.now() + sessionMs);
    const [oldest = ''] = this.#ends.keys();
    if (this.#ends.size > sessionsMax) this.#ends.delete(oldest);
  }
}

/** Digests are of one length, and comparing them takes the same time whatever was sent. */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
