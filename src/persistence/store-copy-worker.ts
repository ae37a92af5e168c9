/**
 * The thread behind `copyInThread`, `proveInThread` and `checkInThread`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type CopyFacts, type CopyProof, checkBackup, copyStore, proveCopy } from './store-copy.ts';
import type { CopyAnswer, CopyOrder } from './store-copy-thread.ts';

async function answer(order: CopyOrder): Promise<CopyAnswer> {
  try {
    return { done: await obeyed(order) };
  } catch (error) {
    const { message, name, code, errcode, errstr } = error as Error & {
      code: string;
      errcode?: number;
      errstr?: string;
    };
    return { failed: { message, facts: { name, code, errcode, errstr } } };
  }
}

async function obeyed(order: CopyOrder): Promise<CopyFacts | CopyProof> {
  switch (order.do) {
    case 'copy':
      return await copyStore(order.file, order.copy);
    case 'prove':
      return proveCopy(order.copy, order.facts);
    case 'check':
      return checkBackup(order.file);
    default:
      return order satisfies never;
  }
}

parentPort?.postMessage(await answer(workerData as CopyOrder));
