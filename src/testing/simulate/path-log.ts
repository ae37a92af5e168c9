/**
 * What has happened to an engine since its last success: how it began, and how it stands now. What lies between is left out when
 * it is much.
 */
import { clockText } from '../world/history.ts';
import type { PathEntry } from './report.ts';

/** Text is made when somebody wants to read it. */
export interface Noted extends Pick<PathEntry, 'at' | 'kind'> {
  what: string;
  /** The reason, if there is one. */
  why?: string | undefined;
}

const headMax = 12;
const tailMax = 28;

export class PathLog {
  #head: Noted[] = [];
  /** A ring. */
  #tail: Noted[] = [];
  #later = 0;

  add(noted: Noted): void {
    if (this.#head.length < headMax) this.#head.push(noted);
    else {
      this.#tail[this.#later % tailMax] = noted;
      this.#later += 1;
    }
  }

  clear(): void {
    if (this.#head.length > 0) this.#head = [];
    if (this.#later > 0) this.#tail = [];
    this.#later = 0;
  }

  entries(): PathEntry[] {
    const start = this.#later <= tailMax ? 0 : this.#later % tailMax;
    const tail = [...this.#tail.slice(start), ...this.#tail.slice(0, start)];
    const leftOut = this.#later - tail.length;
    const gap: Noted[] =
      leftOut > 0 ? [{ at: tail[0]?.at ?? 0, kind: 'note', what: `… ${leftOut} more in between` }] : [];
    return [...this.#head, ...gap, ...tail].map(entryOf);
  }
}

const recentMax = 6;

/** The latest faults, whoever they met: what led to something that no engine is named in. */
export class RecentFaults {
  readonly #faults: Noted[] = [];

  add(noted: Noted): void {
    this.#faults.push(noted);
    if (this.#faults.length > recentMax) this.#faults.shift();
  }

  entries(): PathEntry[] {
    return this.#faults.map(entryOf);
  }
}

function entryOf({ at, kind, what, why }: Noted): PathEntry {
  return { at, kind, what: why === undefined ? what : `${what}: ${why}` };
}

/** A line of a path: `3d 04:05:06 shop: 503`. @param from when the world began, epoch ms */
export function pathLine({ at, what }: PathEntry, from: number): string {
  return `${clockText(at - from).slice(0, -4)}  ${what}`;
}
