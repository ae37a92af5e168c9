/**
 * Watches the event loop: a job that computes for ever would stop every other one.
 *
 * A worker thread looks whether the main thread still turns. When it has stood still for the limit, the worker
 * attaches Node's debugger to it, asks in the halted frame which effect it belongs to, and ends that one
 * computation. The effect fails with a name; everything else goes on. When it is no effect that holds the
 * loop up (a slow disk, say), nothing is ended, and the log says where it stood.
 *
 * @see Chrome DevTools Protocol, `Debugger.pause`, `Runtime.terminateExecution`
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { type Cancel, systemClock } from '../clock.ts';
import { ClassifiedError } from '../policies/failure.ts';
import { type CurrentEffect, currentEffect } from './current-effect.ts';
import type { EmbeddedHost } from './embedded-host.ts';

/** What the worker found when the loop stood still. */
export interface Standstill {
  effect: CurrentEffect | null;
  /** Function, file and line. */
  where: string;
}

/** Where the worker finds {@link currentEffect} in the halted main thread. */
export const effectSymbol = 'nightshift.currentEffect';

const limitMsDefault = 10_000;
const beatsPerLimit = 5;

/** Returns a function that ends the watch. The limit is in milliseconds, 10,000 unless told otherwise. */
export function watchLoop(
  host: Pick<EmbeddedHost, 'failEffect'>,
  log: Logger,
  limitMs = limitMsDefault,
): () => Promise<void> {
  (globalThis as Record<symbol, unknown>)[Symbol.for(effectSymbol)] = () => currentEffect.getStore() ?? null;
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const everyMs = limitMs / beatsPerLimit;
  let cancel: Cancel;
  const beat = () => {
    Atomics.add(beats, 0, 1);
    cancel = systemClock.after(everyMs, beat);
  };
  beat();
  const file = new URL(`./loop-watch-worker${extname(import.meta.filename)}`, import.meta.url);
  const worker = new Worker(file, { workerData: { beats, everyMs, beatsPerLimit } });
  worker.unref();
  worker.on('message', ({ effect, where }: Standstill) => {
    const facts = { actor: effect?.address, where, limitMs };
    if (!effect) return log.warn(facts, 'loop.blocked');
    log.error(facts, 'loop.blocked');
    const message = `${effect.address}: it held up the event loop for more than ${limitMs / 1000} s (${where}) and was ended. Work that computes for long belongs into a process of its own.`;
    const error = new ClassifiedError({ class: 'bug', code: 'LOOP_BLOCKED', message });
    host.failEffect(effect.address, effect.id, effect.ticket, error);
  });
  worker.on('error', (error) => log.error({ err: error }, 'loop.unwatched'));
  return async () => {
    cancel();
    await worker.terminate();
  };
}
