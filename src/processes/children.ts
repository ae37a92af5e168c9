/**
 * The programs that the service has started, on disk, so that the next service finds those that outlived this one.
 *
 * A file is written right after its program was started, with the pid and the time of its start: together they name it for
 * ever. Whoever is killed between the two leaves a program that nobody knows; that is some tenth of a millisecond.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { endTree } from './end-tree.ts';
import { type Family, type Head, headOf, type ProcessEntry, treeOf } from './process-table.ts';

/** What a program is started for. */
export interface ChildOf {
  engine: string;
  run: string;
  /** See {@link newMark}. */
  mark: string;
}

/** A program that was started for a run. */
export interface Child extends ChildOf, Head {}

export interface ChildrenOptions {
  /** Hears of those that can be ended by nobody, with the pids that are left. Their files stay, for the next start. */
  unkillable?: (child: Child, pids: number[]) => void;
}

/** A program that outlived its service, with the pids of all that was left of it. */
export interface Orphan extends Child {
  pids: number[];
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

/** How to find what was started: the child itself, and everything that it has started. */
export function familyOf(child: Child): Family {
  return { heads: [child], mark: `${markName}=${child.mark}` };
}

export class Children {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #unkillable: (child: Child, pids: number[]) => void;
  /** By the promise of the end: of which run. */
  readonly #ending = new Map<Promise<unknown>, string>();

  constructor(folder: string, clock: Clock, { unkillable = () => {} }: ChildrenOptions = {}) {
    this.#folder = folder;
    this.#clock = clock;
    this.#unkillable = unkillable;
  }

  /** Whether it has been noted. */
  has(pid: number): boolean {
    return existsSync(this.#file(pid));
  }

  /** Notes a program that has just been started. */
  note(pid: number, { engine, run, mark }: ChildOf): Child {
    return this.#write({ pid, startedAt: 'unseen', leads: false, ...headOf(pid), engine, run, mark });
  }

  /** Notes the mark that everything inherits which this process starts. Whoever else is in its group is a stranger. */
  noteOwn(mark: string): void {
    const { pid } = process;
    this.#write({ pid, startedAt: headOf(pid)?.startedAt ?? 'unseen', leads: false, engine: '*', run: '*', mark });
  }

  forget({ pid }: Child): void {
    rmSync(this.#file(pid), { force: true });
  }

  /** Ends a program with everything that it has started. @returns the pids of what could not be ended */
  end(child: Child): Promise<number[]> {
    const ending = endTree(familyOf(child), this.#clock)
      .then((left) => {
        if (left.length === 0) this.forget(child);
        else this.#unkillable(child, pidsOf(left));
        return pidsOf(left);
      })
      .finally(() => this.#ending.delete(ending));
    this.#ending.set(ending, child.run);
    return ending;
  }

  /** Resolves once everything that was told to end has, or cannot: of one run, or of all. */
  async ended(run?: string): Promise<void> {
    const those = [...this.#ending].filter(([, of]) => run === undefined || of === run);
    await Promise.allSettled(those.map(([ending]) => ending));
  }

  /** What an earlier service has left behind, and of each what lives, which may be nothing. */
  orphans(): Orphan[] {
    return this.#recorded().map((child) => ({ ...child, pids: pidsOf(treeOf(familyOf(child))) }));
  }

  /** Ends what an earlier service has left behind. @returns what was still there, and has ended */
  async endOrphans(): Promise<Orphan[]> {
    const orphans = this.orphans();
    const left = await Promise.all(
      orphans.map(async (orphan) => {
        if (orphan.pids.length > 0) return this.end(orphan);
        this.forget(orphan);
        return [];
      }),
    );
    return orphans.filter(({ pids }, which) => pids.length > 0 && left[which]?.length === 0);
  }

  #write(child: Child): Child {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(this.#file(child.pid), JSON.stringify(child), { mode: 0o600 });
    return child;
  }

  #recorded(): Child[] {
    return namesIn(this.#folder).flatMap((name) => {
      const file = join(this.#folder, name);
      try {
        const stats = statSync(file);
        if (stats.isDirectory()) return [];
        // Whoever opens a pipe waits for somebody to write.
        if (!stats.isFile()) throw new Error('it is no file');
        return [JSON.parse(readFileSync(file, 'utf8')) as Child];
      } catch {
        // Cut off in the middle by the end of the service.
        rmSync(file, { force: true });
        return [];
      }
    });
  }

  #file(pid: number): string {
    return join(this.#folder, `${pid}.json`);
  }
}

function pidsOf(entries: readonly ProcessEntry[]): number[] {
  return entries.map(({ pid }) => pid);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
