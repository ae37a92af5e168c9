/**
 * The disk of a simulated world: what was committed survives a crash, and nothing else does.
 *
 * It keeps to the contract of `Store`, as the real one does, which its test asks the same as it: a write is all or nothing, and
 * durable once it resolves. So a batch is never torn here: a runtime to which one is told of as torn has to write all of it again.
 */
import type { Store, Write } from '../../persistence/store.ts';
import { StoreError } from '../../persistence/store-error.ts';
import type { KillFault } from '../faults/fault.ts';
import { never } from './life.ts';

/** What becomes of a write: see {@link WorldDisk.before}. */
export type WriteFate =
  | { kind: 'written' }
  /** The process is killed: before anything is written, amidst it (SQLite takes that back), or when nobody has heard of it yet. */
  | { kind: 'killed'; when: KillFault['when']; downMs: number }
  | { kind: 'refused'; error: Error };

export interface DiskObserver {
  /** Resolves after as long as a write takes. */
  synced: () => Promise<void>;
  /** Decides about a write. */
  fate: (rows: readonly Write[], number: number) => WriteFate;
  /** The rows are durable. */
  committed: (rows: readonly Write[]) => void;
  /** The process that wrote is to be killed, and nobody there for so many milliseconds. */
  kill: (downMs: number) => void;
}

export class WorldDisk {
  readonly #rows = new Map<string, string>();
  /** The keys by what they begin with, for whoever asks for those of one kind: of some there are very many. */
  readonly #kinds = new Map<string, { keys: Set<string>; sorted: string[] | undefined }>();
  #writes = 0;

  /** How many writes were asked for so far. */
  get writes(): number {
    return this.#writes;
  }

  get(key: string): string | undefined {
    return this.#rows.get(key);
  }

  /** The keys that begin with the prefix, in order. */
  keys(prefix: string): string[] {
    return this.#range(prefix, `${prefix}\u{10ffff}`);
  }

  /** The store as one process has it open. */
  open(isAlive: () => boolean, observer: DiskObserver): Store {
    const alive = async <T>(answer: () => T): Promise<T> => (isAlive() ? answer() : never<T>());
    const rowsOf = (keys: string[]) => keys.map((key) => ({ key, json: this.#rows.get(key) as string }));
    return {
      get: (key) => alive(() => this.#rows.get(key)),
      getMany: (keys) =>
        alive(
          () => new Map(keys.flatMap((key) => (this.#rows.has(key) ? [[key, this.#rows.get(key) as string]] : []))),
        ),
      scan: (prefix) => alive(() => rowsOf(this.keys(prefix))),
      range: (from, to, limit) => alive(() => rowsOf(this.#range(from, to).slice(0, limit))),
      keys: (prefix) => alive(() => this.keys(prefix)),
      write: async (rows) => {
        if (!isAlive()) return never();
        await observer.synced();
        if (!isAlive()) return never();
        this.#writes += 1;
        const fate = observer.fate(rows, this.#writes);
        if (fate.kind === 'refused') throw refusal(fate.error);
        if (fate.kind === 'written' || fate.when === 'after') {
          this.put(rows);
          observer.committed(rows);
        }
        if (fate.kind === 'written') return undefined;
        observer.kill(fate.downMs);
        return never();
      },
      close: () => alive(() => {}),
    };
  }

  /** Puts rows there, or takes them away: all of them, at once. */
  put(rows: readonly Write[]): void {
    for (const [key, json] of rows) {
      if (json === null) this.#takeAway(key);
      else {
        if (!this.#rows.has(key)) this.#note(key);
        this.#rows.set(key, json);
      }
    }
  }

  #note(key: string): void {
    const name = kindOf(key);
    const kind = this.#kinds.get(name);
    if (!kind) {
      this.#kinds.set(name, { keys: new Set([key]), sorted: undefined });
      return;
    }
    kind.keys.add(key);
    kind.sorted = undefined;
  }

  #takeAway(key: string): void {
    if (!this.#rows.delete(key)) return;
    const kind = this.#kinds.get(kindOf(key));
    kind?.keys.delete(key);
    if (kind) kind.sorted = undefined;
  }

  #range(from: string, to: string): string[] {
    const name = kindOf(from);
    const sorted =
      name !== '' && to.startsWith(name)
        ? this.#sortedOf(name)
        : inOrder([...this.#kinds.keys()].flatMap((each) => this.#sortedOf(each)));
    return sorted.slice(placeOf(sorted, from), placeOf(sorted, to));
  }

  #sortedOf(name: string): string[] {
    const kind = this.#kinds.get(name);
    if (!kind) return [];
    kind.sorted ??= inOrder([...kind.keys]);
    return kind.sorted;
  }
}

/** What a key begins with, as in `ledger:`; nothing when it has no such beginning. */
function kindOf(key: string): string {
  return key.slice(0, key.indexOf(':') + 1);
}

/** From here on, JavaScript orders text otherwise than SQLite does, which goes by its UTF-8. */
const odd = /[\ud800-\uffff]/;

function inOrder(keys: string[]): string[] {
  return keys.some((key) => odd.test(key)) ? keys.sort(compared) : keys.sort();
}

function compared(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** The place of the first key that is not before. */
function placeOf(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compared(sorted[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function refusal(error: Error): StoreError {
  return new StoreError('STORE_UNWRITABLE', `the world's disk: could not be written (${error.message}).`, {
    cause: error,
  });
}
