/**
 * Watches the event loop: a job that computes for ever would stop every other one.
 *
 * A worker thread looks whether the main thread still turns. When it has stood still for the limit, the worker
 * attaches Node's debugger to it, asks in the halted frame which effect it belongs to, and ends that one
 * computation. The effect fails with a name; everything else goes on. When it is no effect that holds the
 * loop up (a slow disk, say), nothing is ended, and the log says where it stood.
 *
 * Once the loop turns again, whatever was due meanwhile is due at once: the time limits of the very run that held it up
 * come first. So the host asks for a verdict before it takes anything from a timer or an effect.
 *
 * @see Chrome DevTools Protocol, `Debugger.pause`, `Runtime.terminateExecution`
 */
import { extname } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { type Cancel, systemClock } from '../clock.ts';
import { type CurrentEffect, currentEffect } from './current-effect.ts';
import { loopBlocked, type Standstill } from './standstill.ts';

/** What the worker found when the loop stood still: null when it was no effect. */
export type Sighting = Omit<Standstill, 'effect'> & { effect: CurrentEffect | null };

export interface LoopWatch {
  /** Tells at once of a standstill that is just over. Costs next to nothing when there was none. */
  verdict(): void;
  stop(): Promise<void>;
}

export interface LoopWatchOptions {
  /** Fails the effect that held the loop up. */
  failEffect: (effect: CurrentEffect, error: Error) => void;
  log: Logger;
  /** Where the worker keeps what it found, should the process not live to tell. */
  file: string;
  limitMs: number;
}

/** Where the worker finds {@link currentEffect} in the halted main thread. */
export const effectSymbol = 'nightshift.currentEffect';

const beatsPerLimit = 5;

export function watchLoop({ failEffect, log, file, limitMs }: LoopWatchOptions): LoopWatch {
  (globalThis as Record<symbol, unknown>)[Symbol.for(effectSymbol)] = () => currentEffect.getStore() ?? null;
  // How often the loop has turned, and how many standstills wait to be told.
  const counts = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const everyMs = limitMs / beatsPerLimit;
  let cancel: Cancel;
  const beat = () => {
    Atomics.add(counts, 0, 1);
    cancel = systemClock.after(everyMs, beat);
  };
  beat();
  const tell = (sighting: Sighting) => {
    const { effect, where } = sighting;
    const facts = { actor: effect?.address, where, limitMs };
    if (!effect) return log.warn(facts, 'loop.blocked');
    log.error(facts, 'loop.blocked');
    failEffect(effect, loopBlocked({ ...sighting, effect }));
  };
  const { port1: here, port2: port } = new MessageChannel();
  const verdict = () => {
    if (Atomics.exchange(counts, 1, 0) === 0) return;
    for (let found = receiveMessageOnPort(here); found; found = receiveMessageOnPort(here)) tell(found.message);
  };
  here.on('message', tell);
  here.unref();
  const worker = new Worker(new URL(`./loop-watch-worker${extname(import.meta.filename)}`, import.meta.url), {
    workerData: { counts, everyMs, beatsPerLimit, limitMs, port, file },
    transferList: [port],
  });
  worker.unref();
  worker.on('error', (error) => log.error({ err: error }, 'loop.unwatched'));
  return {
    verdict,
    async stop() {
      cancel();
      await worker.terminate();
      here.close();
    },
  };
}
