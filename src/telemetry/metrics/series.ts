/**
 * Tallies by subject, of which there are only so many: somebody may have thousands of engines, and a step's name may differ in
 * every run. Whoever comes when all places of its kind are taken is counted under the kind's name and `*`, as in `engine/*`.
 */
import { addTally, isEmptyTally, type Tally } from './tally.ts';

export type SubjectKind = 'engine' | 'step' | 'service' | 'token' | 'process';

/** As in `step/youtube/upload`: an engine's id holds no slash, a step's name may. */
export type Subject = `${SubjectKind}/${string}`;

/** How many subjects of each kind have a tally of their own. */
export const subjectsMax: Readonly<Record<SubjectKind, number>> = {
  engine: 2_000,
  step: 2_000,
  service: 500,
  token: 500,
  process: 1,
};

/** How many steps of one engine. */
export const stepsMax = 30;

/** Everything that the process tells of itself. */
export const self: Subject = 'process/self';

export class Series {
  readonly #places: Places;
  readonly #tallies = new Map<Subject, Tally>();

  /** @param places those that are taken; shared by series that are to group alike */
  constructor(places: Places = new Places()) {
    this.#places = places;
  }

  /** The tally of a subject, or of the group it is counted in. */
  of(subject: Subject): Tally {
    const placed = this.#places.of(subject);
    let tally = this.#tallies.get(placed);
    if (!tally) {
      tally = {};
      this.#tallies.set(placed, tally);
    }
    return tally;
  }

  addAll(other: Iterable<readonly [Subject, Tally]>): void {
    for (const [subject, tally] of other) addTally(this.of(subject), tally);
  }

  /** Those in which something was counted. */
  *[Symbol.iterator](): Generator<[Subject, Tally]> {
    for (const entry of this.#tallies) if (!isEmptyTally(entry[1])) yield entry;
  }
}

/** Who has a tally of its own: whoever came while there was room. */
export class Places {
  readonly #max: Readonly<Record<SubjectKind, number>>;
  readonly #placed = new Map<Subject, Subject>();
  readonly #taken = new Map<string, number>();

  constructor(max: Readonly<Record<SubjectKind, number>> = subjectsMax) {
    this.#max = max;
  }

  of(subject: Subject): Subject {
    const known = this.#placed.get(subject);
    if (known !== undefined) return known;
    const kind = subject.slice(0, subject.indexOf('/')) as SubjectKind;
    if (kind !== 'step') return this.#place(subject, [[kind, this.#max[kind], `${kind}/*`]]);
    const engine = subject.slice(0, subject.indexOf('/', 'step/'.length));
    return this.#place(subject, [
      [kind, this.#max.step, 'step/*'],
      [engine, stepsMax, `${engine}/*` as Subject],
    ]);
  }

  /** In a place of its own, or in the group of the first limit that is reached. Whoever is turned away is not remembered. */
  #place(subject: Subject, limits: readonly (readonly [string, number, Subject])[]): Subject {
    for (const [limit, max, group] of limits) if ((this.#taken.get(limit) ?? 0) >= max) return group;
    for (const [limit] of limits) this.#taken.set(limit, (this.#taken.get(limit) ?? 0) + 1);
    this.#placed.set(subject, subject);
    return subject;
  }
}
