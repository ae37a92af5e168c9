/**
 * What the person heard and had to do, and how soon they were told.
 */
import type { AlertCounts, Intervention } from './report.ts';

const causesMax = 20;

export class PersonTally {
  readonly interventions: Intervention[] = [];
  readonly #counts = { opened: 0, reminders: 0, resolved: 0 };
  readonly #causes = new Map<string, AlertCounts['byCause'][number]>();
  /** By cause: since when a person is needed, and how long it took until they were told. */
  readonly #needs = new Map<string, { at: number; announcedMs: number | null }>();

  /** A person is needed from now on. @param at epoch ms */
  need(cause: string, at: number): void {
    if (!this.#needs.has(cause)) this.#needs.set(cause, { at, announcedMs: null });
  }

  /** @returns whether it says that something is wrong */
  alert(cause: string, kind: string, at: number): boolean {
    if (kind === 'resolved') {
      this.#counts.resolved += 1;
      return false;
    }
    const counted = this.#causes.get(cause) ?? { cause, opened: 0, reminders: 0 };
    this.#causes.set(cause, counted);
    const as = kind === 'reminder' ? 'reminders' : 'opened';
    this.#counts[as] += 1;
    counted[as] += 1;
    const need = this.#needs.get(cause);
    if (need) need.announcedMs ??= at - need.at;
    return true;
  }

  acted(cause: string, did: string, at: number): void {
    const announcedMs = this.#needs.get(cause)?.announcedMs ?? null;
    this.#needs.delete(cause);
    this.interventions.push({ at, did, cause, announcedMs });
  }

  alerts(): AlertCounts {
    const byCause = [...this.#causes.values()].sort(
      (one, other) => other.opened + other.reminders - one.opened - one.reminders || (one.cause < other.cause ? -1 : 1),
    );
    return { ...this.#counts, byCause: byCause.slice(0, causesMax) };
  }
}
