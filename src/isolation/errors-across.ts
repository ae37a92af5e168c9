/**
 * Errors that cross from one process to the other and back. Outside they travel as failures, which is what is left of an error when
 * it is written down; at home they are the objects that were thrown, so that who knows them by identity still does.
 */
import { ClassifiedError, type Failure } from '../policies/failure.ts';
import type { Answer, Thrown } from './protocol.ts';

const linksMax = 32;
/** More than are on their way at once; whoever comes back later than that is taken for what is left of it. */
const keptMax = 1_000;

export class ErrorsAcross {
  readonly #explain: (error: unknown) => Failure;
  /** The latest, by their number. */
  readonly #ours = new Map<number, unknown>();
  #count = 0;
  /** Those that came from the other side, by their number there. */
  readonly #theirs = new WeakMap<object, number>();

  /** @param explain what of an error may leave the process */
  constructor(explain: (error: unknown) => Failure) {
    this.#explain = explain;
  }

  out(error: unknown): Thrown {
    const id = this.#count++;
    this.#ours.set(id, error);
    this.#ours.delete(id - keptMax);
    const thrown = { failure: this.#explain(error), id };
    let link = error;
    for (let depth = 0; depth < linksMax && link instanceof Error; depth++) {
      const origin = this.#theirs.get(link);
      if (origin !== undefined) return { ...thrown, origin, ...(link !== error && { wrapped: true }) };
      link = link.cause;
    }
    return thrown;
  }

  in({ failure, id, origin, wrapped }: Thrown): unknown {
    const isKnown = origin !== undefined && this.#ours.has(origin);
    const known = isKnown ? this.#ours.get(origin) : undefined;
    if (isKnown && !wrapped) return known;
    const error = new ClassifiedError(failure, { cause: known });
    this.#theirs.set(error, id);
    return error;
  }

  /** What the work ends with, whichever way. */
  async answer<T>(work: () => T | Promise<T>): Promise<Answer<T>> {
    try {
      return { value: await work() };
    } catch (error) {
      return { thrown: this.out(error) };
    }
  }

  /** @throws what the other side has thrown */
  taken<T>(answer: Answer<T>): T {
    if ('value' in answer) return answer.value;
    throw this.in(answer.thrown);
  }
}
