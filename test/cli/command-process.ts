/**
 * A process that has the command loaded and does one after the other: a command costs milliseconds in it, and a quarter of a second of
 * the processor in one of its own. What it does and says is the same; how its process ends is for those that are run alone.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

export interface Asked {
  folder: string;
  args: string[];
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export const nodeFlags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];

let child: ChildProcess | undefined;
let answer: PromiseWithResolvers<Ended> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Does it in that folder, after what was asked for before. What a command has once imported it does not read again. */
export function command(asked: Asked): Promise<Ended> {
  const ended = last.then(() => {
    child ??= started();
    answer = Promise.withResolvers();
    child.send(asked);
    return answer.promise;
  });
  last = ended.catch(() => {});
  return ended;
}

function started(): ChildProcess {
  const forked = fork(join(import.meta.dirname, 'fixtures/command-process.ts'), {
    execArgv: nodeFlags,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
  });
  forked.on('message', (ended: Ended) => answer?.resolve(ended));
  forked.once('exit', (code, signal) => {
    answer?.reject(new Error(`The process of the commands has ended with ${code ?? signal}.`));
  });
  return forked;
}
