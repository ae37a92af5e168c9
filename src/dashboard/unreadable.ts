/**
 * An actor that cannot be shown as it stands: its record or its context is not what its view is made from. All others are shown
 * beside it, and it is shown as that, with the reason.
 */
import type { Address } from '../stream.ts';
import { type ActorView, actorView, type Stand } from './actor-view.ts';

const nowhere: Stand = { value: 'unreadable', context: {}, timers: {}, effects: {} };

/** The view of such an actor. @param reason what is wrong with it */
export function unreadableView(address: string, reason: string): ActorView {
  return { ...actorView(address, nowhere, null), reason, quiet: false };
}

export class Unreadable {
  readonly #tell: (address: Address, error: unknown) => void;
  readonly #told = new Set<Address>();

  /** @param tell hears why an actor cannot be shown, once for each that cannot */
  constructor(tell: (address: Address, error: unknown) => void) {
    this.#tell = tell;
  }

  /** What `make` gives, or what `instead` does of why that threw. */
  or<View>(address: Address, make: () => View, instead: (reason: string) => View): View {
    try {
      return make();
    } catch (error) {
      if (!this.#told.has(address)) this.#tell(address, error);
      this.#told.add(address);
      return instead(`it cannot be shown as it stands: ${String(error)}`);
    }
  }
}
