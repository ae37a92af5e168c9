/**
 * Feeds heartbeats: with each run that ends well, with what an engine says of itself, and with the calls that a service answers.
 *
 * A beat comes after the success that it tells of is on disk. One that a crash took is made up for at the next start, when
 * every engine's last run is compared with its heartbeat.
 */
import type { Clock } from '../clock.ts';
import type { HeartbeatContext, HeartbeatEvent } from '../machines/heartbeat.ts';
import type { QuotaContext } from '../machines/quota.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { Failure } from '../policies/failure.ts';
import { actorHold, type Hold, isWaitable } from '../policies/hold.ts';
import { type Silence, silenceOf } from '../policies/silence.ts';
import { stateName } from '../policies/state-name.ts';
import { troubleOf } from '../policies/trouble.ts';
import type { Address, CommittedTransition, DurableSnapshot } from '../stream.ts';
import type { Host } from './host.ts';

/** The address of a heartbeat: engines have theirs under their own name. */
export const engineHeartbeat = (engine: string): Address => `heartbeat/${engine}`;
/** No engine can have a colon in its name. */
export const serviceHeartbeat = (service: string): Address => `heartbeat/service:${service}`;

/** An engine and its heartbeat that were made at the same start are some milliseconds apart. */
const togetherMs = 1_000;

export class Heartbeats {
  readonly #clock: Clock;
  /** When each service last answered a call, epoch ms: kept in memory, for a call must cost no write. */
  readonly #answeredAt = new Map<string, number>();
  #host: Host | undefined;
  #known = new Set<Address>();
  /** What each engine was held by last, by its heartbeat: kept in memory, for it only tells apart who is late. */
  readonly #heldBy = new Map<Address, Hold | null>();
  /** Those whose engine looks at present whether the trouble that held it is over. */
  readonly #looking = new Set<Address>();
  #end = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A service has answered a call. Only one that was waited for already is told at once. */
  answered(service: string): void {
    this.#answeredAt.set(service, this.#clock.now());
    const address = serviceHeartbeat(service);
    this.#lookAtServiceIfLate(address);
  }

  /** Feeds the host's heartbeats from now on, and makes up for what they have missed. */
  start(host: Host): void {
    this.#host = host;
    this.#known = new Set(host.addresses().filter((address) => address.startsWith('heartbeat/')));
    this.#end = host.inspect({ transition: (transition) => this.#heard(transition) });
    for (const address of this.#known) {
      if (isOfService(address)) {
        this.#lookAtServiceIfLate(address);
        continue;
      }
      const engine = host.standOf(engineOf(address)).stand;
      this.#alignAnchor(address, engine.context as unknown as EngineContext);
      this.#tellOf(address, engine);
    }
  }

  stop(): void {
    this.#end();
  }

  #heard({ address, from, path, facts, snapshot }: CommittedTransition): void {
    if (address.startsWith('heartbeat/')) {
      const hasChanged = stateName(from) !== stateName(snapshot.value);
      if (hasChanged && !isAlive(snapshot.value)) this.#lookInto(address);
      return;
    }
    if (hasTroubles(address)) {
      if (address.startsWith('quota/')) this.#lookAtServiceIfLate(serviceHeartbeat(address.slice('quota/'.length)));
      for (const each of this.#looking) this.#tellOf(each, this.#standOf(engineOf(each)));
    }
    if (!address.startsWith('engine/')) return;
    const heartbeat = engineHeartbeat(address.slice('engine/'.length));
    const isNews = facts.length > 0 || path.length > 1 || stateName(from) !== stateName(snapshot.value);
    if (isNews && this.#known.has(heartbeat)) this.#tellOf(heartbeat, snapshot);
  }

  /** A heartbeat has just become late, or missing. */
  #lookInto(address: Address): void {
    if (isOfService(address)) this.#lookAtService(address);
    else this.#tellOf(address, this.#standOf(engineOf(address)));
  }

  /** Compares what the engine has done with what its heartbeat knows. An engine that does well is no news but by its beats. */
  #tellOf(address: Address, { value, context }: Stand): void {
    const { last, anchorAt } = context as unknown as EngineContext;
    const { beatAt } = this.#standOf(address).context as unknown as HeartbeatContext;
    if (last?.result === 'success' && last.endedAt > (beatAt ?? Number.NEGATIVE_INFINITY)) {
      this.#send(address, { type: 'heartbeat.beat', beatAt: last.endedAt, anchorAt });
    }
    const { value: state, context: known } = this.#standOf(address);
    const { reason, excused } = this.#silenceOf(address, value, context as unknown as EngineContext);
    const isSuspended = state === 'suspended';
    const isKnown = (known as unknown as HeartbeatContext).reason === reason;
    if (excused === 'always') {
      if (!isSuspended || !isKnown) this.#send(address, { type: 'heartbeat.suspend', reason: reason ?? '' });
    } else if (state === 'missing') {
      // What is held is no less missing: it may be held for a moment before every run, and fail in each.
      if (!isKnown) this.#send(address, { type: 'heartbeat.told', reason });
    } else if (excused === 'asLong' && !isAlive(state)) {
      if (!isSuspended || !isKnown)
        this.#send(address, { type: 'heartbeat.suspend', reason: reason ?? '', held: true });
    } else if (isSuspended) this.#send(address, { type: 'heartbeat.resume' });
  }

  /**
   * A run that looks whether the trouble which held it is over is excused as it was before, as long as that trouble stands. So
   * is an engine whose run had to be over in time, and was held by such a trouble until then.
   */
  #silenceOf(address: Address, value: unknown, context: EngineContext): Silence {
    const silence = silenceOf(value, context);
    const { run, failure, hold } = context;
    if (hold) this.#heldBy.set(address, hold);
    const by = heldBefore(run !== null, failure, this.#heldBy.get(address) ?? null);
    const isLooking = by !== null && silence.excused === 'never';
    if (isLooking) this.#looking.add(address);
    else this.#looking.delete(address);
    return isLooking && this.#stands(by) ? { reason: by.reason, excused: 'asLong' } : silence;
  }

  /** Whether all that a run was held by is a trouble yet. What has no actor stands until somebody got on. */
  #stands(hold: Hold): boolean {
    if (hold.kind !== 'actor') return hold.kind === 'trouble';
    return [hold, ...(hold.or ?? [])].every(({ address }) => {
      if (address.startsWith('trouble/')) return true;
      if (!hasTroubles(address)) return false;
      const { stand, halted } = this.#theHost().standOf(address as Address);
      return troubleOf(address, stand, halted?.reason ?? null) !== null;
    });
  }

  /** An engine that is older than its heartbeat counts its intervals from another instant. */
  #alignAnchor(address: Address, { anchorAt }: EngineContext): void {
    const { anchorAt: known, settings } = this.#standOf(address).context as unknown as HeartbeatContext;
    const { schedule } = settings;
    if (schedule.kind !== 'every') return;
    const apart = Math.abs(known - anchorAt) % schedule.everyMs;
    if (Math.min(apart, schedule.everyMs - apart) > togetherMs) {
      this.#send(address, { type: 'heartbeat.anchored', anchorAt });
    }
  }

  #lookAtServiceIfLate(address: Address): void {
    if (this.#known.has(address) && !isAlive(this.#standOf(address).value)) this.#lookAtService(address);
  }

  /**
   * A beat is due: any call that was answered since the one before is one, and the next is due an interval after it. A service
   * that may not be called now, since what it allows is used up, is not waited for.
   */
  #lookAtService(address: Address): void {
    const service = address.slice('heartbeat/service:'.length);
    const answeredAt = this.#answeredAt.get(service);
    const { beatAt, anchorAt } = this.#standOf(address).context as unknown as HeartbeatContext;
    if (answeredAt !== undefined && answeredAt > (beatAt ?? anchorAt)) {
      this.#send(address, { type: 'heartbeat.beat', beatAt: answeredAt, anchorAt: answeredAt });
      return;
    }
    const state = this.#standOf(address).value;
    const reason = this.#usedUp(service);
    if (reason !== null && state === 'late') this.#send(address, { type: 'heartbeat.suspend', reason, held: true });
    if (reason === null && state === 'suspended') this.#send(address, { type: 'heartbeat.resume' });
  }

  /** Why the service may not be called, in words; null when it may, and when it is the service that refuses. */
  #usedUp(service: string): string | null {
    const { value, context } = this.#standOf(`quota/${service}`);
    const { reason, refusedSince } = context as unknown as QuotaContext;
    return value === 'exhausted' && typeof refusedSince !== 'number' ? (reason ?? 'its quota is used up') : null;
  }

  #send(address: Address, event: HeartbeatEvent): void {
    this.#theHost()
      .ask(address, event)
      .catch(() => {});
  }

  #standOf(address: Address): Stand {
    return this.#theHost().standOf(address).stand;
  }

  #theHost(): Host {
    if (!this.#host) throw new Error('heartbeats have no host yet');
    return this.#host;
  }
}

type Stand = Pick<DurableSnapshot, 'value' | 'context'>;

/** What holds a run, and may be a trouble itself. */
const hasTroubles = (address: string) => ['breaker/', 'token/', 'quota/'].some((kind) => address.startsWith(kind));
const isOfService = (address: Address) => address.startsWith('heartbeat/service:');
const engineOf = (address: Address): Address => `engine/${address.slice('heartbeat/'.length)}`;

/** What an engine that is not held was held by, as far as its latest failure is of that. */
function heldBefore(hasRun: boolean, failure: Failure | null, held: Hold | null): Hold | null {
  if (failure?.code === 'RUN_OVERDUE') return held;
  if (!hasRun || !failure || !isWaitable(failure)) return null;
  return actorHold(failure, 0) ?? held;
}

function isAlive(value: unknown): boolean {
  return stateName(value).startsWith('alive');
}
