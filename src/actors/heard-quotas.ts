/**
 * What services have said of their quotas while there was plenty left: counted down here, in memory, for a healthy service costs no
 * writes. What has little left is counted by the quota's own actor, on disk.
 *
 * Many may call at once, and more than the answer that was heard last had left: each call that goes out counts. After a crash
 * nothing is known until the next answer.
 */
import { plenty, type Told, toldAfterCall, toldAt, toldWith } from '../policies/told.ts';

export class HeardQuotas {
  readonly #told = new Map<string, Told>();

  /**
   * An answer of a service.
   *
   * @param at the present instant, epoch ms
   * @returns whether there is plenty left; else it is not kept here
   */
  note(service: string, answer: Told, at: number): boolean {
    if (answer.left < plenty) {
      this.#told.delete(service);
      return false;
    }
    this.#told.set(service, toldWith(this.#told.get(service) ?? null, answer, at));
    return true;
  }

  /**
   * A call is about to go out that nobody else counts.
   *
   * @param at the present instant, epoch ms
   * @returns what has to be counted on disk from here on, this call included; null while there is plenty, or nothing is known
   */
  take(service: string, at: number): Told | null {
    const told = toldAt(this.#told.get(service) ?? null, at);
    if (told && told.left < plenty) {
      this.#told.delete(service);
      return told;
    }
    const left = toldAfterCall(told, at);
    if (left) this.#told.set(service, left);
    return null;
  }
}
