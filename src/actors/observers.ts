/**
 * Those who watch a host.
 */
import type { HostObserver } from '../stream.ts';

export class Observers {
  readonly #all = new Set<HostObserver>();

  /** Returns a function that ends it. */
  add(observer: HostObserver): () => void {
    this.#all.add(observer);
    return () => this.#all.delete(observer);
  }

  tell(what: (observer: HostObserver) => void): void {
    for (const observer of this.#all) {
      try {
        what(observer);
      } catch {
        // Who watches must not be able to break what is watched.
      }
    }
  }
}
