/**
 * Whose code is running: the effect that the present asynchronous context belongs to. It names the culprit
 * when something goes wrong outside every `try`, or when the event loop stands still.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Address } from '../stream.ts';

export interface CurrentEffect {
  address: Address;
  /** The effect's id in its chart. */
  id: string;
  /** Which start of it. */
  ticket: string;
}

export const currentEffect = new AsyncLocalStorage<CurrentEffect | undefined>();
