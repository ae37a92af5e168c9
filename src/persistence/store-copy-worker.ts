/**
 * The thread behind `copyInThread` and `proveInThread`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { copyStore, proveCopy } from './store-copy.ts';
import type { CopyAnswer, CopyOrder } from './store-copy-thread.ts';

async function answer(order: CopyOrder): Promise<CopyAnswer> {
  try {
    const { copy } = order;
    return { done: order.do === 'copy' ? await copyStore(order.file, copy) : proveCopy(copy, order.facts) };
  } catch (error) {
    const { message, name, code, errcode, errstr } = error as Error & {
      code: string;
      errcode?: number;
      errstr?: string;
    };
    return { failed: { message, facts: { name, code, errcode, errstr } } };
  }
}

parentPort?.postMessage(await answer(workerData as CopyOrder));
