/**
 * Watches all actors for troubles, and keeps the incident of each cause as it has to be.
 *
 * It goes by how things stand, not by what has happened: an incident that a crash kept from being opened or resolved is put
 * right at the next start. Nothing depends on its being told of every change, and one change costs as much beside ten
 * thousand engines as beside one.
 */
import type { Cancel, Clock } from '../clock.ts';
import type { Json } from '../json.ts';
import type { HeartbeatContext } from '../machines/heartbeat.ts';
import type { IncidentContext } from '../machines/incident.ts';
import type { QuotaContext } from '../machines/quota.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { AlertSettings } from '../policies/settings.ts';
import { stateName } from '../policies/state-name.ts';
import {
  type Finding,
  quarantineTrouble,
  type Stand,
  type Trouble,
  troubleOf,
  unservedBy,
} from '../policies/trouble.ts';
import type { Address, Quarantined } from '../stream.ts';
import type { Host } from './host.ts';

interface Cause {
  /** Who is the cause. */
  own: Map<Address, Trouble>;
  /** Who waits for it. */
  waiting: Set<Address>;
  /** Those of them who found it out, where it has no actor of its own; and in what words the first of them did. */
  found: Set<Address>;
  shared: Trouble | undefined;
  /** Who is just finding out whether it still stands. */
  undecided: Set<Address>;
}

export class IncidentWatch {
  readonly #host: Host;
  readonly #settings: AlertSettings;
  readonly #clock: Clock;
  readonly #causes = new Map<string, Cause>();
  readonly #causeOf = new Map<Address, string>();
  /** Causes that have an incident, be it open or not. */
  readonly #known = new Set<string>();
  /** Causes whose incident has to be looked at. */
  readonly #dirty = new Set<string>();
  /** Those whose job has just begun a run, which is waited for. */
  readonly #trials = new Map<Address, Cancel>();
  #end = () => {};
  #isTelling = false;
  #stopped = false;

  constructor(host: Host, settings: AlertSettings, clock: Clock) {
    this.#host = host;
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Begins to watch.
   *
   * @param recorded addresses of incidents that have a record
   */
  async start(recorded: readonly Address[]): Promise<void> {
    const look = (address: Address) => this.#look(address);
    this.#end = this.#host.inspect({
      transition: ({ address }) => look(address),
      crashed: ({ address, halted }) => halted && look(address),
      reset: look,
      quarantined: (each) => {
        this.#dirty.add(this.#noteQuarantine(each));
        void this.#tell();
      },
      storeRecovered: () => void this.#tell(),
    });
    for (const address of this.#host.addresses()) this.#note(address);
    for (const each of this.#host.quarantine()) this.#noteQuarantine(each);
    for (const cause of [...this.#causes.keys(), ...recorded.map(causeIn)]) this.#dirty.add(cause);
    // What was on its way goes on as soon as they are back: who waits has to be known by then.
    await this.#host.ensure(recorded.map((address) => this.#wanted(address)));
    for (const address of recorded) this.#known.add(causeIn(address));
    await this.#tell();
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#trials.values()) cancel();
    this.#end();
  }

  /** The engines that wait for a cause at present, by name. */
  waiting(cause: string): string[] {
    const addresses = [...(this.#causes.get(cause)?.waiting ?? [])];
    return addresses.map((address) => address.slice(address.indexOf('/') + 1)).sort();
  }

  #look(address: Address): void {
    // What keeps an engine from its work, or a service from its answers, is why its heartbeat is missing: one trouble, not two.
    if (address.startsWith('engine/')) this.#look(address.replace('engine/', 'heartbeat/') as Address);
    if (address.startsWith('breaker/')) this.#look(address.replace('breaker/', 'heartbeat/service:') as Address);
    const before = this.#causeOf.get(address);
    const after = this.#note(address);
    if (address.startsWith('quota/') || (address.startsWith('breaker/') && before !== after))
      this.#lookAtQuiet(address);
    if (before === undefined && after === undefined) return;
    for (const cause of [before, after]) if (cause !== undefined) this.#dirty.add(cause);
    void this.#tell();
  }

  /** Jobs that have gone quiet because of a service: whether that is its trouble depends on its breaker and its quota. */
  #lookAtQuiet(address: Address): void {
    for (const name of [address.replace('/', ':'), `service:${causeIn(address)}`]) {
      const { waiting = [], undecided = [] } = this.#causes.get(name) ?? {};
      for (const each of [...waiting, ...undecided]) if (each.startsWith('heartbeat/')) this.#look(each);
    }
  }

  /** Takes down what is wrong with the actor. @returns the cause, if there is one */
  #note(address: Address): string | undefined {
    if (address.startsWith('incident/')) return undefined;
    const finding = this.#findingOf(address);
    this.#forget(address);
    if (!finding) return undefined;
    this.#remember(address, finding);
    return finding.cause;
  }

  #findingOf(address: Address): Finding | null {
    if (!this.#host.has(address)) return null;
    const { stand, halted } = this.#host.standOf(address);
    const finding = troubleOf(address, stand, halted?.reason ?? null);
    if (!finding || !address.startsWith('heartbeat/')) return finding;
    const whose = (
      address.startsWith('heartbeat/service:')
        ? address.replace('heartbeat/service:', 'breaker/')
        : address.replace('heartbeat/', 'engine/')
    ) as Address;
    const held = this.#findingOf(whose);
    if (held && !this.#isBudget(held)) return null;
    const engine = whose.startsWith('engine/') && this.#host.has(whose) ? this.#host.standOf(whose).stand : undefined;
    if (engine && hasSucceededSince(engine, stand)) return null;
    const trialMs = engine ? trialLeftMs(engine, stand, this.#clock.now()) : 0;
    // A run that hangs is not put down to what the run before it met.
    const met = engine && (trialMs > 0 || isKeptByFailure(engine)) ? engine : undefined;
    const told = (met && (this.#knownTrouble(met) ?? unservedBy(met))) ?? finding;
    if (trialMs > 0) {
      this.#trials.get(address)?.();
      this.#trials.set(
        address,
        this.#clock.after(trialMs, () => this.#look(address)),
      );
      return { cause: told.cause, undecided: true };
    }
    return told;
  }

  /** The trouble of the service that a run met last, where there is one that is told of already, or will be. */
  #knownTrouble({ context }: Stand): Finding | null {
    const { service } = (context as EngineContext).failure ?? {};
    if (service === undefined) return null;
    const found = this.#findingOf(`breaker/${service}`) ?? this.#findingOf(`quota/${service}`);
    if (found) return { cause: found.cause, waits: true };
    const quota: Address = `quota/${service}`;
    if (!this.#host.has(quota)) return null;
    const { refusedSince } = this.#host.standOf(quota).stand.context as unknown as QuotaContext;
    return typeof refusedSince === 'number' ? { cause: `quota:${service}`, undecided: true } : null;
  }

  /** Whether it only waits for a budget that is used up, which is no trouble. */
  #isBudget({ cause }: Finding): boolean {
    return cause.startsWith('quota:') && this.#findingOf(cause.replace(':', '/') as Address) === null;
  }

  #forget(address: Address): void {
    const name = this.#causeOf.get(address);
    if (name === undefined) return;
    this.#causeOf.delete(address);
    const cause = this.#causes.get(name);
    if (!cause) return;
    for (const group of [cause.own, cause.waiting, cause.found, cause.undecided]) group.delete(address);
    if (cause.found.size === 0) cause.shared = undefined;
    if (cause.own.size + cause.waiting.size + cause.undecided.size === 0) this.#causes.delete(name);
  }

  #noteQuarantine(each: Quarantined): string {
    const { cause, trouble } = quarantineTrouble(each);
    this.#causeNamed(cause).own.set(each.address, trouble);
    return cause;
  }

  #causeNamed(name: string): Cause {
    const known = this.#causes.get(name);
    if (known) return known;
    const cause: Cause = {
      own: new Map(),
      waiting: new Set(),
      found: new Set(),
      shared: undefined,
      undecided: new Set(),
    };
    this.#causes.set(name, cause);
    return cause;
  }

  #remember(address: Address, finding: Finding): void {
    const cause = this.#causeNamed(finding.cause);
    this.#causeOf.set(address, finding.cause);
    if ('undecided' in finding) {
      cause.undecided.add(address);
    } else if ('waits' in finding) {
      cause.waiting.add(address);
      if (!finding.trouble) return;
      cause.found.add(address);
      cause.shared ??= finding.trouble;
    } else {
      cause.own.set(address, finding.trouble);
    }
  }

  /** Makes the incidents what they have to be, one after the other. */
  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const failed: string[] = [];
    for (const cause of this.#dirty) {
      this.#dirty.delete(cause);
      // What does not get through is put right with the next change, when the store works again, or at the next start.
      await this.#settle(cause).catch(() => failed.push(cause));
    }
    for (const cause of failed) this.#dirty.add(cause);
    this.#isTelling = false;
  }

  async #settle(cause: string): Promise<void> {
    const trouble = this.#troubleOf(cause);
    const address: Address = `incident/${cause}`;
    const exists = this.#known.has(cause);
    if (this.#stopped || (!exists && !trouble)) return;
    if (!exists) await this.#host.ensure([this.#wanted(address)]);
    this.#known.add(cause);
    const incident = this.#host.read(address);
    const isOpen = incident.hasTag('open' as never);
    if (!trouble) {
      const isUndecided = (this.#causes.get(cause)?.undecided.size ?? 0) > 0;
      if (isOpen && !isUndecided) await this.#host.ask(address, { type: 'incident.resolved' });
      return;
    }
    const known = JSON.stringify((incident.context as unknown as IncidentContext).trouble);
    if (isOpen && known === JSON.stringify(trouble)) return;
    await this.#host.ask(address, { type: isOpen ? 'incident.updated' : 'incident.opened', trouble } as never);
  }

  /** That of the cause itself; or, when it has none of its own, that of whoever was held up by it first. */
  #troubleOf(name: string): Trouble | undefined {
    const cause = this.#causes.get(name);
    const [own] = cause?.own.values() ?? [];
    return own ?? cause?.shared;
  }

  #wanted(address: Address) {
    return { address, settings: this.#settings as unknown as { [key: string]: Json }, importance: 40 };
  }
}

/** How long a run that has just begun may go on before its heartbeat's silence is told of. */
const trialMsMax = 300_000;

/**
 * A job that runs every twenty minutes and failed once is missing at the very instant its next run begins. Whoever is called then
 * hears some seconds later that it is over; so that run has its chance first: half the grace, five minutes at the most.
 *
 * @returns milliseconds; 0 or less when no run has begun of late
 */
function trialLeftMs({ value, context }: Stand, heartbeat: Stand, at: number): number {
  const { run, due } = context as EngineContext;
  const { graceMs } = (heartbeat.context as HeartbeatContext).settings;
  // Of two timers of one instant, the heartbeat's may be the first.
  const begins = run === null && due !== null && due.at <= at ? due.at : null;
  const begunAt = run !== null && value === 'running' ? run.attemptAt : begins;
  return begunAt === null ? 0 : begunAt + Math.min(graceMs / 2, trialMsMax) - at;
}

/** Whether what went wrong last is what keeps the engine from its success: it is not at work. */
function isKeptByFailure({ value, context }: Stand): boolean {
  const { run, last, hold } = context as EngineContext;
  return run === null ? last?.result === 'failure' : hold !== null || stateName(value) === 'backoff';
}

/** The beat of a success comes when that is on disk. */
function hasSucceededSince(engine: Pick<Stand, 'context'>, heartbeat: Pick<Stand, 'context'>): boolean {
  const { last } = engine.context as unknown as EngineContext;
  const { beatAt } = heartbeat.context as unknown as HeartbeatContext;
  return last?.result === 'success' && last.endedAt > (beatAt ?? Number.NEGATIVE_INFINITY);
}

function causeIn(address: Address): string {
  return address.slice(address.indexOf('/') + 1);
}
