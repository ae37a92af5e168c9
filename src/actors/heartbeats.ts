/**
 * Feeds heartbeats: with each run that ends well, with what an engine says of itself, and with the calls that a service answers.
 *
 * A beat comes after the success that it tells of is on disk. One that a crash took is made up for at the next start, when
 * every engine's last run is compared with its heartbeat.
 */
import type { Clock } from '../clock.ts';
import type { HeartbeatContext } from '../machines/heartbeat.ts';
import type { EngineContext } from '../policies/engine.ts';
import { stateName } from '../policies/state-name.ts';
import type { Address, CommittedTransition } from '../stream.ts';
import type { Host } from './host.ts';

/** The address of a heartbeat: engines have theirs under their own name. */
export const engineHeartbeat = (engine: string): Address => `heartbeat/${engine}`;
/** No engine can have a colon in its name. */
export const serviceHeartbeat = (service: string): Address => `heartbeat/service:${service}`;

export class Heartbeats {
  readonly #clock: Clock;
  /** When each service last answered a call, epoch ms: kept in memory, for a call must cost no write. */
  readonly #answeredAt = new Map<string, number>();
  #host: Host | undefined;
  #known = new Set<Address>();
  #end = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A service has answered a call. */
  answered(service: string): void {
    this.#answeredAt.set(service, this.#clock.now());
  }

  /** Feeds the host's heartbeats from now on, and makes up for what they have missed. */
  start(host: Host): void {
    this.#host = host;
    this.#known = new Set(host.addresses().filter((address) => address.startsWith('heartbeat/')));
    this.#end = host.inspect({ transition: (transition) => this.#heard(transition) });
    for (const address of this.#known) {
      if (address.startsWith('heartbeat/service:')) continue;
      const { value, context } = host.standOf(`engine/${address.slice('heartbeat/'.length)}`).stand;
      this.#tellOf(address, stateName(value), context as unknown as EngineContext);
    }
  }

  stop(): void {
    this.#end();
  }

  #heard({ address, from, path, facts, snapshot }: CommittedTransition): void {
    if (address.startsWith('heartbeat/service:')) {
      if (snapshot.value === 'late') this.#lookAtService(address);
      return;
    }
    if (!address.startsWith('engine/')) return;
    const heartbeat = engineHeartbeat(address.slice('engine/'.length));
    const [before, after] = [stateName(from), stateName(snapshot.value)];
    const isNews = facts.length > 0 || path.length > 1 || (before !== after && (isResting(before) || isResting(after)));
    if (isNews && this.#known.has(heartbeat)) {
      this.#tellOf(heartbeat, after, snapshot.context as unknown as EngineContext);
    }
  }

  #tellOf(address: Address, state: string, { last }: EngineContext): void {
    const { stand } = this.#theHost().standOf(address);
    const { beatAt } = stand.context as unknown as HeartbeatContext;
    if (last?.result === 'success' && last.endedAt > (beatAt ?? 0)) this.#send(address, { type: 'heartbeat.beat' });
    const isSuspended = stand.value === 'suspended';
    if (isResting(state)) this.#send(address, { type: 'heartbeat.suspend', reason: `the engine is ${state}` });
    else if (isSuspended) this.#send(address, { type: 'heartbeat.resume' });
  }

  /** A beat is due: any call that was answered since the one before is one. */
  #lookAtService(address: Address): void {
    const service = address.slice('heartbeat/service:'.length);
    const { beatAt, anchorAt } = this.#theHost().standOf(address).stand.context as unknown as HeartbeatContext;
    if ((this.#answeredAt.get(service) ?? 0) > (beatAt ?? anchorAt)) this.#send(address, { type: 'heartbeat.beat' });
  }

  #send(address: Address, event: { type: string; reason?: string }): void {
    this.#theHost()
      .ask(address, event)
      .catch(() => {});
  }

  #theHost(): Host {
    if (!this.#host) throw new Error('heartbeats have no host yet');
    return this.#host;
  }
}

function isResting(state: string): boolean {
  return state === 'paused' || state === 'halted';
}
