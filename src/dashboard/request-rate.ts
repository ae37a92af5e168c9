/**
 * How often one address may ask: in a burst as a page does that is opened, and after that steadily. The operator is not counted: no
 * program on this machine, where all have one address, may keep them out by asking too much.
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { refuse } from './access.ts';

const burst = 500;
const perSecond = 100;
const addressesMax = 1_000;

interface Bucket {
  /** How many requests are left, at an instant. */
  left: number;
  at: number;
}

export class RequestRate {
  readonly #now: () => number;
  /** By address, who asked last comes last. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param now epoch ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts a request.
   *
   * @param from the address that it comes from
   * @returns how long it comes too early, ms; 0 when it may be answered
   */
  count(from: string): number {
    const now = this.#now();
    const { left, at } = this.#buckets.get(from) ?? { left: burst, at: now };
    const filled = Math.min(burst, left + (Math.max(0, now - at) / 1_000) * perSecond);
    const isTaken = filled >= 1;
    this.#buckets.delete(from);
    this.#buckets.set(from, { left: isTaken ? filled - 1 : filled, at: now });
    const [oldest = ''] = this.#buckets.keys();
    if (this.#buckets.size > addressesMax) this.#buckets.delete(oldest);
    return isTaken ? 0 : ((1 - filled) / perSecond) * 1_000;
  }
}

/** @param isOperator whether the request comes from whoever has the token */
export function withinRate(rate: RequestRate, isOperator: (context: Context) => boolean): MiddlewareHandler {
  return async (context, next) => {
    const waitMs = rate.count((context.env as HttpBindings).incoming.socket.remoteAddress ?? '');
    if (waitMs === 0 || isOperator(context)) return next();
    context.header('retry-after', String(Math.ceil(waitMs / 1_000)));
    return refuse(context, 429, `found too many requests, expected at most ${perSecond} a second. Ask less often.`);
  };
}
