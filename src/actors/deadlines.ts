/**
 * What fires next: a binary heap of owners by instant, one entry to an owner.
 *
 * Each owner's place in the heap is known, so moving or removing a deadline costs O(log n) and leaves
 * nothing behind: an engine that arms and cancels a run's timeout a thousand times a second has one entry.
 */
export class Deadlines<Owner> {
  readonly #heap: { owner: Owner; dueAt: number }[] = [];
  readonly #places = new Map<Owner, number>();

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest instant (epoch ms); undefined when nothing is armed. */
  get next(): number | undefined {
    return this.#heap[0]?.dueAt;
  }

  /** Arms, moves or, with undefined, removes the owner's deadline (epoch ms). */
  set(owner: Owner, dueAt: number | undefined): void {
    const place = this.#places.get(owner);
    if (dueAt === undefined) {
      if (place !== undefined) this.#remove(place);
      return;
    }
    if (place === undefined) {
      this.#put({ owner, dueAt }, this.#heap.length);
      this.#rise(this.#heap.length - 1);
      return;
    }
    this.#put({ owner, dueAt }, place);
    this.#sink(this.#rise(place));
  }

  /** Takes the owner with the earliest deadline, if that is `now` or earlier. */
  take(now: number): Owner | undefined {
    const first = this.#heap[0];
    if (!first || first.dueAt > now) return undefined;
    this.#remove(0);
    return first.owner;
  }

  #remove(place: number) {
    const removed = this.#heap[place];
    const last = this.#heap.pop();
    if (!removed || !last) return;
    this.#places.delete(removed.owner);
    if (removed === last) return;
    this.#put(last, place);
    this.#sink(this.#rise(place));
  }

  #rise(place: number): number {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#dueAt(parent) <= this.#dueAt(place)) break;
      this.#swap(place, parent);
      place = parent;
    }
    return place;
  }

  #sink(place: number) {
    for (;;) {
      const left = 2 * place + 1;
      const child = this.#dueAt(left + 1) < this.#dueAt(left) ? left + 1 : left;
      if (this.#dueAt(place) <= this.#dueAt(child)) return;
      this.#swap(place, child);
      place = child;
    }
  }

  #dueAt(place: number) {
    return this.#heap[place]?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  #put(entry: { owner: Owner; dueAt: number }, place: number) {
    this.#heap[place] = entry;
    this.#places.set(entry.owner, place);
  }

  #swap(one: number, other: number) {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (!a || !b) return;
    this.#put(b, one);
    this.#put(a, other);
  }
}
