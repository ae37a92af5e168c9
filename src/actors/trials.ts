/**
 * Trials: of those who may have killed the process, each begins alone.
 *
 * A dead process does not say which of the effects in it was the one. Whoever was cut off until only its last try is
 * left waits in line; the others run on as usual. A turn ends when the effect gets somewhere or ends, or has done no
 * harm for a while. Whose turn it is, is on disk before it begins: if the process dies in it, the culprit is known,
 * and nobody else is given up for it.
 */
import type { Cancel, Clock } from '../clock.ts';
import type { Address } from '../stream.ts';
import type { Fence } from './durable.ts';
import type { LiveActor } from './live-actor.ts';

/**
 * Which effect is alone at present. `starting`: none has been begun yet. `over`: everybody has had its turn, so it may
 * be any.
 */
export type Turn = { address: Address; id: string; ticket: string } | 'starting' | 'over';

export interface TrialPorts {
  clock: Clock;
  /** How long a turn lasts at the most, milliseconds. */
  turnMs: number;
  /** Keeps whose turn it is; resolves once that is durable. */
  record: (turn: Turn) => Promise<void>;
  /** The actor's effect may start now. */
  begin: (actor: LiveActor) => void;
}

interface Suspect {
  actor: LiveActor;
  fence: Fence;
}

export class Trials {
  readonly #ports: TrialPorts;
  readonly #line: Suspect[] = [];
  /** Who is alone at present, or about to be. */
  #turn: (Suspect & { begun: boolean }) | undefined;
  #cancel: Cancel | undefined;

  constructor(ports: TrialPorts) {
    this.#ports = ports;
  }

  /** Whether the effect may start now. If not, it stands in line, and is begun when its turn has come. */
  admits(actor: LiveActor, fence: Fence): boolean {
    const here = this.#turn;
    if (here && isSame(here, actor, fence)) return here.begun;
    if (!this.#line.some((turn) => isSame(turn, actor, fence))) this.#line.push({ actor, fence });
    if (!here) this.#next();
    return false;
  }

  /** Whom the actor waits for, in words; null when it does not stand in line. */
  waitOf(actor: LiveActor): string | null {
    const turn = this.#line.find((each) => each.actor === actor);
    const starts = turn && actor.wanted?.effects[turn.fence.id]?.starts;
    if (!starts) return null;
    return `the process died ${starts} times while '${turn.fence.id}' was running; it begins alone, after ${this.#turn?.actor.address}`;
  }

  /** Ends the actor's turn if what it had the turn for has got somewhere, or is not wanted any more. */
  look(actor: LiveActor): void {
    if (this.#turn?.actor === actor && !isPending(this.#turn)) this.#next();
  }

  /** Nobody begins any more. */
  stop(): void {
    this.#cancel?.();
    this.#line.length = 0;
    this.#turn = undefined;
  }

  #next(): void {
    const { clock, turnMs, record, begin } = this.#ports;
    this.#cancel?.();
    let next = this.#line.shift();
    while (next && !isPending(next)) next = this.#line.shift();
    const turn = next && { ...next, begun: false };
    this.#turn = turn;
    const { actor, fence } = turn ?? {};
    void record(actor && fence ? { address: actor.address, id: fence.id, ticket: fence.ticket } : 'over').then(() => {
      if (!turn || this.#turn !== turn) return;
      turn.begun = true;
      this.#cancel = clock.after(turnMs, () => this.#next());
      begin(turn.actor);
    });
  }
}

function isSame(turn: Suspect, actor: LiveActor, { id, ticket }: Fence): boolean {
  return turn.actor === actor && turn.fence.id === id && turn.fence.ticket === ticket;
}

function isPending({ actor, fence }: Suspect): boolean {
  const effect = actor.wanted?.effects[fence.id];
  return !actor.halted && effect?.ticket === fence.ticket && effect.starts > 0;
}
