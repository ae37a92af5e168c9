/**
 * What jobs start that run in the service's own process: a browser, a converter, a shell.
 *
 * Nobody asks them to say so. Node tells of each child that it starts, and the present effect of the asynchronous context says for
 * which job that was; so it is noted as any program is. What is started past Node, or has lost its parent, is known by a mark in
 * the service's own environment, which all of them inherit.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Child, type Children, markName, newMark } from './children.ts';

export interface OwnChildren {
  /** Watches no more, and ends what jobs have left. */
  end(): Promise<void>;
}

const channel = 'child_process';

/**
 * @param env of this process: gets the mark
 * @param whose for which run the present code is running; undefined for none, whose children are not ours to end
 */
export function watchOwnChildren(
  children: Children,
  env: NodeJS.ProcessEnv,
  whose: () => { engine: string; run: string } | undefined,
): OwnChildren {
  const mark = newMark('service');
  const before = env[markName];
  env[markName] = mark;
  children.noteOwn(mark);
  const living = new Map<ChildProcess, Child>();

  const begun = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess };
    const run = whose();
    if (!run) return;
    child.once('spawn', () => {
      // Programs and isolated runs are noted by whoever starts them.
      if (child.pid !== undefined && !children.has(child.pid))
        living.set(child, children.note(child.pid, { ...run, mark }));
    });
    child.once('exit', () => {
      const noted = living.get(child);
      if (noted) children.forget(noted);
      living.delete(child);
    });
  };
  subscribe(channel, begun);

  return {
    async end() {
      unsubscribe(channel, begun);
      if (before === undefined) Reflect.deleteProperty(env, markName);
      else env[markName] = before;
      await Promise.all([...living.values()].map((child) => children.end(child)));
    },
  };
}
