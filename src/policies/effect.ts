/**
 * A placeholder for an effect: it gives an invoke its types. The host does the work, by name.
 */
import { fromPromise, type PromiseActorLogic } from 'xstate';
import type { Json } from '../json.ts';

/** @throws if anything but a durable host starts it */
export function effect<Input extends Json, Output extends Json>(): PromiseActorLogic<Output, Input> {
  return fromPromise<Output, Input>(() => Promise.reject(new Error('an effect runs on a durable host only')));
}
