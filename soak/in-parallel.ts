/**
 * Work for several processes: one item after the other, each by whoever is free.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** What a process answers to an item: its result, or what went wrong. */
export type Reply<Result> = { result: Result } | { error: string };

/**
 * Hands the items to processes that run the file, as many as there are cores, and tells each reply as it comes. Resolves when
 * all items are done. A process that dies over an item is an error of that item, and another one goes on with the rest.
 *
 * @param file absolute; it gets an item as a message, and answers with a reply
 */
export async function inParallel<Item, Result>(
  file: string,
  items: readonly Item[],
  tell: (item: Item, reply: Reply<Result>) => void,
): Promise<void> {
  const queue = [...items];
  const work = async () => {
    while (queue.length > 0) await worked(fork(file, { execArgv: process.execArgv }), queue, tell);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), queue.length) }, work));
}

/** Resolves when the process has ended, having done all items or died over one. */
function worked<Item, Result>(
  child: ChildProcess,
  queue: Item[],
  tell: (item: Item, reply: Reply<Result>) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let item: Item | undefined;
    const next = () => {
      item = queue.shift();
      if (item === undefined) child.disconnect();
      else child.send(item as never);
    };
    child.on('message', (reply: Reply<Result>) => {
      tell(item as Item, reply);
      next();
    });
    child.once('exit', (code, signal) => {
      if (item !== undefined) tell(item, { error: `The process ended with ${signal ?? `the exit code ${code}`}.` });
      resolve();
    });
    next();
  });
}

/** Does the work for each item that comes as a message, and answers. */
export function serve<Item, Result>(work: (item: Item) => Promise<Result>): void {
  process.on('message', async (item: Item) => {
    const reply: Reply<Result> = await work(item).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    process.send?.(reply);
  });
}
