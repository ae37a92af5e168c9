/**
 * The programs that the service has started, on disk, so that the next service finds those that outlived this one.
 *
 * A file is written right after its program was started, with the pid and the time of its start: together they name it for
 * ever. Whoever is killed between the two leaves a program that nobody knows; that is some tenth of a millisecond.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { endTree } from './end-tree.ts';
import { processOf, treeOf } from './process-table.ts';

/** What a program is started for. */
export interface ChildOf {
  engine: string;
  run: string;
  /** See {@link newMark}. */
  mark: string;
}

/** A program that was started for a run. */
export interface Child extends ChildOf {
  pid: number;
  startedAt: string;
}

/** The variable in the environment of a program by which whatever it starts is known. */
export const markName = 'NIGHTSHIFT_MARK';

/**
 * The value of that variable, for one start of one program. The run's id alone would not do: two services on copies of one data
 * folder have runs of the same id, and would end each other's programs.
 */
export function newMark(run: string): string {
  return `${run}.${randomUUID()}`;
}

export class Children {
  readonly #folder: string;
  readonly #clock: Clock;
  /** By the promise of the end: of which run. */
  readonly #ending = new Map<Promise<void>, string>();

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Notes a program that has just been started. */
  note(pid: number, { engine, run, mark }: ChildOf): void {
    const startedAt = processOf(pid)?.startedAt;
    // It has ended already.
    if (startedAt === undefined) return;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const child: Child = { pid, startedAt, engine, run, mark };
    writeFileSync(this.#file(pid), JSON.stringify(child), { mode: 0o600 });
  }

  forget(pid: number): void {
    rmSync(this.#file(pid), { force: true });
  }

  /** Ends a program with everything that it has started. */
  end({ pid, run, mark }: Pick<Child, 'pid' | 'run' | 'mark'>): Promise<void> {
    const ending = endTree(pid, marked(mark), this.#clock).finally(() => {
      this.forget(pid);
      this.#ending.delete(ending);
    });
    this.#ending.set(ending, run);
    return ending;
  }

  /** Resolves once everything that was told to end has: of one run, or of all. */
  async ended(run?: string): Promise<void> {
    const those = [...this.#ending].filter(([, of]) => run === undefined || of === run);
    await Promise.allSettled(those.map(([ending]) => ending));
  }

  /** Ends what an earlier service has left behind. @returns what was still there */
  async endOrphans(): Promise<Child[]> {
    const orphans = this.#recorded().filter(isOurs);
    await Promise.all(orphans.map((orphan) => this.end(orphan)));
    rmSync(this.#folder, { recursive: true, force: true });
    return orphans;
  }

  #recorded(): Child[] {
    return namesIn(this.#folder).flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as Child];
      } catch {
        return [];
      }
    });
  }

  #file(pid: number): string {
    return join(this.#folder, `${pid}.json`);
  }
}

/**
 * Whether what was started still lives: itself, or, when it has ended, somebody in its group. While a group has members, its
 * number is given to no new process; so when another process has the pid now, the group is not ours either.
 */
function isOurs({ pid, startedAt, mark }: Child): boolean {
  const now = processOf(pid);
  return now ? now.startedAt === startedAt : treeOf([pid], marked(mark)).length > 0;
}

/** As it stands in the environment. */
function marked(mark: string): string {
  return `${markName}=${mark}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
