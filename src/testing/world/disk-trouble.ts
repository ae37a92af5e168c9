/**
 * What is wrong with the disk of a world, and what becomes of a write by it.
 */
import type { DiskFault, KillFault } from '../faults/fault.ts';
import type { WriteFate } from './world-store.ts';

export class DiskTrouble {
  #present: { error: () => Error; until: number; needsPerson: boolean } | undefined;

  /** Whether the disk takes writes at present. */
  get isWell(): boolean {
    return this.#present === undefined;
  }

  /** Somebody has made room, or whatever it took. */
  mend(): void {
    this.#present = undefined;
  }

  /**
   * @param at true time, epoch ms
   * @param chance what goes wrong with this write, asked for where nothing was wrong before
   */
  fate(at: number, chance: () => DiskFault | KillFault | undefined): WriteFate {
    const present = this.#present;
    if (present && (present.needsPerson || at < present.until)) return { kind: 'refused', error: present.error() };
    this.mend();
    const fault = chance();
    if (!fault) return { kind: 'written' };
    if (fault.kind === 'kill') return { kind: 'killed', when: fault.when, downMs: fault.downMs };
    const { error, lastsMs, needsPerson } = fault;
    if (lastsMs > 0 || needsPerson) this.#present = { error, until: at + lastsMs, needsPerson };
    return { kind: 'refused', error: error() };
  }
}
