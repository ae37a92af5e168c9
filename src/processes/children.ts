/**
 * The programs that the service has started, on disk, so that the next service finds those that outlived this one.
 *
 * A file is written right after its program was started, with the pid and the time of its start: together they name it for
 * ever. Whoever is killed between the two leaves a program that nobody knows; that is some tenth of a millisecond.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { endTree } from './end-tree.ts';
import { processOf, treeOf } from './process-table.ts';

/** A program that was started for a run. */
export interface Child {
  pid: number;
  startedAt: string;
  engine: string;
  run: string;
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
  note(pid: number, engine: string, run: string): void {
    const startedAt = processOf(pid)?.startedAt;
    // It has ended already.
    if (startedAt === undefined) return;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(this.#file(pid), JSON.stringify({ pid, startedAt, engine, run } satisfies Child), { mode: 0o600 });
  }

  forget(pid: number): void {
    rmSync(this.#file(pid), { force: true });
  }

  /** Ends a program with everything that it has started. */
  end({ pid, run }: Pick<Child, 'pid' | 'run'>): Promise<void> {
    const ending = endTree(pid, markOf(run), this.#clock).finally(() => {
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
function isOurs({ pid, startedAt, run }: Child): boolean {
  const now = processOf(pid);
  return now ? now.startedAt === startedAt : treeOf(pid, markOf(run)).length > 0;
}

/** What programs have in their environment. No two runs have the same id. */
function markOf(run: string): string {
  return `NIGHTSHIFT_RUN_ID=${run}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
