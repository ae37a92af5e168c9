/**
 * The charts of a host, wrapped to be durable, by the kind of their actors.
 */
import type { Address } from '../stream.ts';
import { type DurableLogic, durable, type Step } from './durable.ts';
import { type ActorKind, HostError } from './host.ts';

export class Charts {
  readonly #kinds: Readonly<Record<string, ActorKind>>;
  readonly #logics = new Map<string, DurableLogic>();
  /** What the delivery under way did; XState tells it through the logic's report. */
  #step: Step | undefined;

  /** @throws {NightshiftError} `CHART_UNDURABLE` */
  constructor(kinds: Readonly<Record<string, ActorKind>>) {
    this.#kinds = kinds;
    const report = (step: Step) => {
      this.#step = step;
    };
    for (const [name, { machine }] of Object.entries(kinds)) this.#logics.set(name, durable(machine, report));
  }

  /** @throws {HostError} `KIND_UNKNOWN` */
  of(address: Address): { kind: ActorKind; logic: DurableLogic } {
    const name = address.slice(0, address.indexOf('/'));
    const kind = this.#kinds[name];
    const logic = this.#logics.get(name);
    if (kind && logic) return { kind, logic };
    const known = Object.keys(this.#kinds).join(', ');
    throw new HostError('KIND_UNKNOWN', `${address}: found the kind '${name}', expected one of ${known}.`);
  }

  /** What the latest delivery did. */
  takeStep(): Step {
    const step = this.#step;
    this.#step = undefined;
    return step ?? { taken: false, stale: false, path: [], facts: [] };
  }
}
