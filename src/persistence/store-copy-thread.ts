/**
 * Copies a store and proves the copy in a thread of its own, so that the event loop goes on turning for the jobs.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BackupError } from './backup-error.ts';
import type { CopyFacts, CopyProof } from './store-copy.ts';

/** What the thread is to do. */
export type CopyOrder =
  | { do: 'copy'; file: string; copy: string }
  | { do: 'prove'; copy: string; facts: CopyFacts }
  | { do: 'check'; file: string };

/** What became of it; of an error, what decides about its class goes along. */
export type CopyAnswer =
  | { done: CopyFacts | CopyProof }
  | {
      failed: {
        message: string;
        facts: { name: string; code: string; errcode?: number | undefined; errstr?: string | undefined };
      };
    };

/** See {@link copyStore}. @throws what it throws, or the signal's reason */
export function copyInThread(file: string, copy: string, signal: AbortSignal): Promise<CopyFacts> {
  return inThread({ do: 'copy', file, copy }, signal) as Promise<CopyFacts>;
}

/** See {@link proveCopy}. @throws what it throws, or the signal's reason */
export function proveInThread(copy: string, facts: CopyFacts, signal: AbortSignal): Promise<CopyProof> {
  return inThread({ do: 'prove', copy, facts }, signal) as Promise<CopyProof>;
}

/** See {@link checkBackup}. @throws what it throws, or the signal's reason */
export function checkInThread(file: string, signal: AbortSignal): Promise<CopyFacts> {
  return inThread({ do: 'check', file }, signal) as Promise<CopyFacts>;
}

async function inThread(order: CopyOrder, signal: AbortSignal): Promise<CopyFacts | CopyProof> {
  signal.throwIfAborted();
  const answered = Promise.withResolvers<CopyAnswer>();
  const worker = new Worker(new URL(`./store-copy-worker${extname(import.meta.filename)}`, import.meta.url), {
    workerData: order,
  });
  worker.once('message', answered.resolve);
  worker.once('error', answered.reject);
  worker.once('exit', (code) => answered.reject(new Error(`the thread that copies the store ended with ${code}`)));
  const abort = () => answered.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const answer = await answered.promise;
    if ('done' in answer) return answer.done;
    const { message, facts } = answer.failed;
    if (facts.name === BackupError.name) throw new BackupError(facts.code, message);
    throw Object.assign(new Error(message), facts);
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
