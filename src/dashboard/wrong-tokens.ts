/**
 * Wrong tokens: how often each address has brought one lately, and all of them together. Whoever brings too many is told to wait. The
 * right one is taken whenever it comes: it cannot be guessed, and a door that closed for everybody would let any program on this machine
 * keep the operator out.
 *
 * @see docs/decisions/0026-the-right-token-is-taken-at-any-time.md
 */

const withinMs = 60_000;
/** Within that time, from one address and from all together. */
const fromOneMax = 5;
const fromAllMax = 100;

export class WrongTokens {
  readonly #now: () => number;
  /** The latest, the oldest first. */
  #brought: { from: string; at: number }[] = [];

  /** @param now epoch ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Notes one more.
   *
   * @param from the address that it came from
   * @returns how long that address is to wait, ms; 0 while it may try again at once
   */
  note(from: string): number {
    const now = this.#now();
    this.#brought = this.#brought.filter(({ at }) => now - at < withinMs).slice(1 - keptMax);
    this.#brought.push({ from, at: now });
    const own = this.#brought.filter((each) => each.from === from);
    return Math.max(untilFewer(own, fromOneMax, now), untilFewer(this.#brought, fromAllMax, now));
  }
}

/** More would not change what is said. */
const keptMax = 2 * fromAllMax;

/** How long until there are fewer than that. */
function untilFewer(brought: readonly { at: number }[], most: number, now: number): number {
  const tooMany = brought.at(-most);
  return tooMany && brought.length > most ? tooMany.at + withinMs - now : 0;
}
