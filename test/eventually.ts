/**
 * Waiting for a real process. A time limit of the test alone ends only the report: the loop that waits would go on,
 * what it uses would not be put away, and the run of the tests would not end.
 */
import { setTimeout as wait } from 'node:timers/promises';

const patience = 150_000;

/**
 * Looks every 25 ms and resolves with the first answer that is not undefined, null or false.
 * @throws Error after 150 s, naming what was expected and showing what there was instead
 */
export async function eventually<T>(
  expected: string,
  look: () => T | Promise<T>,
  instead: () => string = () => '',
): Promise<Exclude<T, undefined | null | false>> {
  const signal = AbortSignal.timeout(patience);
  for (;;) {
    const found = await inTime(look, signal);
    if (found !== undefined && found !== null && found !== false) return found as Exclude<T, undefined | null | false>;
    if (signal.aborted) throw new Error(`Waited ${patience / 1_000} s in vain for ${expected}.\n${instead()}`);
    await wait(25);
  }
}

/** What is looked at may not answer at all. */
function inTime<T>(look: () => T | Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>();
  const give = () => over.resolve(undefined);
  signal.addEventListener('abort', give, { once: true });
  return Promise.race([over.promise, Promise.resolve().then(look)]).finally(() =>
    signal.removeEventListener('abort', give),
  );
}
