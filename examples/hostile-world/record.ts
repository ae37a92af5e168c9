/**
 * The world's record: every request that arrived, and what was done with it. It is evidence, so nothing in it comes from
 * those who called.
 */
import type { Mood } from './weather.ts';

/** One request, as the world saw it. Instants are epoch milliseconds. */
export interface Arrival {
  /** Counts from 1. */
  n: number;
  at: number;
  /** As in `video`. */
  service: string;
  method: string;
  /** Below the service's own, with its query. */
  path: string;
  /** The `Idempotency-Key`; null for a request without one. */
  key: string | null;
  /** What it was authorised with; null for a service that wants no token that expires. */
  token: Presented | null;
  /** The name of the hours in which this may be called; null for any time. */
  hours: string | null;
  /** It came by a browser, which makes several requests for one call. */
  browser: boolean;
  mood: Mood;
  /** 0 when there was none: the connection was cut, or nobody waited for it. */
  status: number;
  /** When its answer was complete; null when it never was. */
  answeredAt: number | null;
  /** Told with a 429: nobody need ask before. */
  refusedUntil: number | null;
  /** What it made, and of what: null when it made nothing, or when it had been made under this key before. */
  effect: { made: string; reference: string } | null;
}

/** The token of one request. */
export interface Presented {
  /** Enough of it to tell it from others, too little to use it. */
  name: string;
  /** Null for one that was never handed out. */
  expiresAt: number | null;
  /** When the world first answered that it does not take it any more; null when it does. */
  rejectedAt: number | null;
}

/** When something may not be called: from an instant up to another, not included. */
export interface Closed {
  from: number;
  to: number;
}
