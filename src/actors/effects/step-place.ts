/**
 * Where in a run the present code is: which step, and how many guarded calls it has made. A call's idempotency
 * key is made from its place, so every attempt of a step repeats the same keys in the same order.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { hash } from 'node:crypto';

interface Place {
  key: string;
  calls: number;
}

const place = new AsyncLocalStorage<Place>();

/** The key of a step, or of the part of a run that is outside every step: 32 hexadecimal digits. */
export function placeKey(runId: string, step: string | null): string {
  return hash('sha256', JSON.stringify([runId, step])).slice(0, 32);
}

/** Does the work as the place with the key. */
export function within<T>(key: string, work: () => T): T {
  return place.run({ key, calls: 0 }, work);
}

/** The key of the next guarded call: the place's own for its first, numbered after that. */
export function nextCallKey(): string {
  const here = place.getStore();
  if (!here) throw new Error('a guarded call outside of a run');
  here.calls += 1;
  return here.calls === 1 ? here.key : `${here.key}-${here.calls}`;
}
