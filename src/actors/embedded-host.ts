/**
 * The embedded host: actors in this process, records in the store.
 *
 * One loop of three. A transition is taken in memory. It is committed, with its ledger entries, together
 * with whatever else is waiting. Then what is armed and running is reconciled with the committed record, by
 * ticket: what is missing is started, what is no longer wanted is stopped. Start-up, re-entry, a commit that
 * failed and a chart that enters and leaves a state in one step are all the same case.
 */
import type { EventObject } from 'xstate';
import type { Clock } from '../clock.ts';
import { type Json, parsedOrNull } from '../json.ts';
import { quarantinePrefix } from '../persistence/record.ts';
import type { Store, Write } from '../persistence/store.ts';
import { classify } from '../policies/classify.ts';
import type { Failure } from '../policies/failure.ts';
import { defaultIntensity, isLastTry, type RestartIntensity } from '../policies/restart-intensity.ts';
import type { Random } from '../random.ts';
import type { Address, DurableSnapshot, HostObserver, Quarantined } from '../stream.ts';
import { type LastProcess, startsOf } from './blame.ts';
import { Charts } from './charts.ts';
import { currentEffect } from './current-effect.ts';
import type { Fence, Step } from './durable.ts';
import { type EffectHost, failed, startEffect } from './effect-run.ts';
import { type ActorKind, type ActorStatus, type Host, HostError, type Wanted } from './host.ts';
import { type LiveActor, type RunningEffect, settingsDigest } from './live-actor.ts';
import { Observers } from './observers.ts';
import { quarantinedIn } from './quarantine.ts';
import { type Rehydrated, rehydrate } from './rehydrate.ts';
import { Timers } from './timers.ts';
import { Transitions } from './transitions.ts';
import { Trials, type Turn } from './trials.ts';

export interface EmbeddedHostOptions {
  store: Store;
  clock: Clock;
  random: Random;
  /** By the first part of an address. */
  kinds: Readonly<Record<string, ActorKind>>;
  /** Takes secrets out of what an error says, before it is kept. Default: nothing is known to be secret. */
  redact?: (text: string) => string;
  /** Crashes an actor, or starts an effect, may have before it is given up. */
  intensity?: RestartIntensity;
  /** Called before anything is taken from a timer or an effect: fails what has to fail before that. */
  verdict?: () => void;
  /** What is waited for before anything fires that ran out while nobody was there; undefined for nothing. Default: nothing. */
  comeBack?: () => Promise<void> | undefined;
  /** An effect that brought down the process before this one, and what it fails with. Nobody else is to blame then. */
  culprit?: LastProcess['culprit'];
}

const cleanStopKey = 'host:clean-stop';
const trialKey = 'host:trial';

/** Opens a host on a store that nobody else uses. */
export async function openHost(options: EmbeddedHostOptions): Promise<EmbeddedHost> {
  const { store, culprit } = options;
  const crashed = (await store.get(cleanStopKey)) === undefined;
  const turn = parsedOrNull((await store.get(trialKey)) ?? 'null') as Turn | null;
  const quarantine = (await store.scan(quarantinePrefix)).map(quarantinedIn);
  return new EmbeddedHost(options, { crashed, turn, culprit }, quarantine);
}

export class EmbeddedHost implements Host, EffectHost {
  readonly #clock: Clock;
  readonly #redact: (text: string) => string;
  readonly #store: Store;
  readonly #charts: Charts;
  readonly #intensity: RestartIntensity;
  readonly #transitions: Transitions;
  readonly #actors = new Map<Address, LiveActor>();
  readonly #timers: Timers;
  readonly #observers = new Observers();
  readonly #quarantine: Quarantined[];
  readonly #draining = new AbortController();
  readonly #verdict: () => void;
  readonly #last: LastProcess;
  readonly #trials: Trials;
  /** The first actors are back and whatever they want may begin. */
  #mayBegin = true;
  #stopped: Promise<void> | undefined;
  #running = 0;
  #idle: { kind: string; idle: () => void }[] = [];
  constructor(options: EmbeddedHostOptions, last: LastProcess, quarantine: Quarantined[]) {
    this.#clock = options.clock;
    this.#redact = options.redact ?? ((text) => text);
    this.#store = options.store;
    this.#charts = new Charts(options.kinds);
    this.#intensity = options.intensity ?? defaultIntensity;
    this.#verdict = options.verdict ?? (() => {});
    this.#last = last;
    this.#quarantine = quarantine;
    this.#transitions = new Transitions({
      store: options.store,
      clock: options.clock,
      random: options.random,
      charts: this.#charts,
      observers: this.#observers,
      intensity: this.#intensity,
      explain: (error) => this.explain(error),
      reconcile: (actor) => this.#reconcile(actor),
      recovered: () => this.#timers.resume(),
    });
    this.#trials = new Trials({
      clock: options.clock,
      turnMs: this.#intensity.withinMs,
      record: (turn) => this.#transitions.write([[trialKey, JSON.stringify(turn)]]),
      begin: (actor) => this.#reconcile(actor),
    });
    this.#timers = new Timers({
      clock: options.clock,
      random: options.random,
      mayFire: () => !this.#transitions.failing,
      fire: (actor) => this.#fire(actor),
      ...(options.comeBack && { comeBack: options.comeBack }),
    });
  }

  async ensure(wanted: Iterable<Wanted>): Promise<void> {
    const all = [...wanted].sort((a, b) => (a.importance ?? 0) - (b.importance ?? 0));
    const { actors: found, quarantined, rows } = await this.#rehydrated(all);
    const isFirst = this.#actors.size === 0;
    if (isFirst && this.#last.crashed) rows.push([trialKey, JSON.stringify('starting' satisfies Turn)]);
    // What is put aside is on disk before anything takes its place.
    if (rows.length > 0) await this.#transitions.write(rows);
    this.#quarantine.push(...quarantined);
    for (const each of quarantined) this.#observers.tell((observer) => observer.quarantined?.(each));
    const startedAt = this.#clock.now();
    const back: LiveActor[] = [];
    this.#mayBegin = !isFirst;
    currentEffect.exit(() => {
      for (const { address, settings, importance = 0 } of all) {
        if (this.#actors.has(address)) continue;
        const restored = found.get(address);
        const actor = restored ?? this.#transitions.created(address, settings);
        actor.importance = importance;
        this.#actors.set(address, actor);
        back.push(actor);
        if (!restored) continue;
        this.#timers.recover(actor, startedAt);
        this.#convict(actor);
        if (this.#last.crashed && !isEmpty(actor.wanted?.effects)) this.#transitions.commit(actor);
        this.#takeSettings(actor, settings);
      }
    });
    const begun: Write[] = [
      [cleanStopKey, null],
      [trialKey, null],
    ];
    await this.#transitions.write(isFirst ? begun : []);
    this.#mayBegin = true;
    for (const actor of back) {
      this.#reconcile(actor);
      if (found.has(actor.address)) this.#tellResumed(actor);
    }
    this.#timers.start();
  }

  #tellResumed(actor: LiveActor): void {
    if (actor.halted || isEmpty(actor.stand.effects)) return;
    const resumed = { address: actor.address, at: this.#clock.now(), stand: actor.stand };
    this.#observers.tell((observer) => observer.resumed?.(resumed));
  }

  /** A given-up actor hears of new settings once it is put back: its record keeps the old ones until then. */
  #takeSettings(actor: LiveActor, settings: Json): void {
    const [before, digest] = [actor.settings, settingsDigest(settings)];
    if (digest === before) return;
    if (actor.halted) {
      actor.settingsAside = settings;
      return;
    }
    actor.settingsAside = undefined;
    actor.settings = digest;
    const { thrown } = this.#transitions.deliver(actor, { type: 'settings.changed', settings } as EventObject);
    if (thrown !== undefined) actor.settings = before;
    if (thrown !== undefined || !actor.pending) this.#transitions.commit(actor);
  }

  async send(address: Address, event: EventObject): Promise<void> {
    await this.ask(address, event);
  }

  async ask(address: Address, event: EventObject): Promise<boolean> {
    const actor = this.#actor(address);
    if (actor.halted) {
      throw new HostError(
        'ACTOR_HALTED',
        `${address}: given up (${actor.halted.reason}). Reset it once the cause is mended.`,
      );
    }
    const { taken, thrown } = this.#transitions.deliver(actor, event);
    await this.#transitions.durable(actor);
    if (thrown !== undefined) {
      throw new HostError('TRANSITION_FAILED', `${address}: the transition on ${event.type} threw ${String(thrown)}`, {
        cause: thrown,
      });
    }
    return taken;
  }

  until(address: Address, tag: string, ...signals: AbortSignal[]): Promise<DurableSnapshot> {
    return this.#actor(address).until(tag, [...signals, this.#draining.signal]);
  }

  read(address: Address): DurableSnapshot {
    return this.#actor(address).snapshot;
  }

  status(address: Address): ActorStatus {
    const actor = this.#actor(address);
    return { snapshot: actor.snapshot, halted: actor.halted, waits: this.#trials.waitOf(actor) };
  }

  standOf(address: Address): ReturnType<Host['standOf']> {
    const { stand, halted } = this.#actor(address);
    return { stand, halted };
  }

  async reset(address: Address): Promise<void> {
    const actor = this.#actor(address);
    if (!actor.halted) return;
    actor.halted = null;
    actor.crashes = [];
    if (actor.settingsAside !== undefined) this.#takeSettings(actor, actor.settingsAside);
    if (!actor.pending) this.#transitions.commit(actor);
    await this.#transitions.durable(actor);
    this.#observers.tell((observer) => observer.reset?.(address));
  }

  get storeError(): Error | undefined {
    return this.#transitions.failing;
  }

  has(address: Address): boolean {
    return this.#actors.has(address);
  }

  addresses(): Address[] {
    return [...this.#actors.keys()];
  }

  quarantine(): readonly Quarantined[] {
    return this.#quarantine;
  }

  inspect(observer: HostObserver): () => void {
    return this.#observers.add(observer);
  }

  drain(): void {
    if (this.#draining.signal.aborted) return;
    this.#timers.stop();
    this.#trials.stop();
    const reason = new HostError('HOST_DRAINING', 'The service is stopping; this goes on after its next start.');
    this.#draining.abort(reason);
  }

  idle(kind = ''): Promise<void> {
    return this.#isIdle(kind) ? Promise.resolve() : new Promise((idle) => this.#idle.push({ kind, idle }));
  }

  #isIdle(kind: string): boolean {
    if (this.#running === 0) return true;
    const prefix = kind && `${kind}/`;
    return ![...this.#actors.values()].some(({ address, running }) => running.size > 0 && address.startsWith(prefix));
  }

  stop({ crashed = false } = {}): Promise<void> {
    this.#stopped ??= this.#stop(crashed);
    return this.#stopped;
  }

  async #stop(crashed: boolean): Promise<void> {
    this.drain();
    const reason = new HostError('HOST_STOPPED', 'The service has stopped.');
    this.#transitions.stop();
    for (const actor of this.#actors.values()) {
      for (const [id, run] of actor.running) abortEffect(actor, id, run, reason);
    }
    if (!crashed) void this.#transitions.write([[cleanStopKey, JSON.stringify({ at: this.#clock.now() })]]);
    await this.#transitions.close();
  }

  /** Writes rows that belong to no actor, in the order of everything else. Resolves once they are durable. */
  write(rows: readonly Write[]): Promise<void> {
    return this.#transitions.write(rows);
  }

  // For effects.

  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  explain(error: unknown): Failure {
    const failure = classify(error, this.#clock.now());
    const { message, causes } = failure;
    return {
      ...failure,
      message: this.#redact(message),
      ...(causes && { causes: causes.map((cause) => ({ ...cause, message: this.#redact(cause.message) })) }),
    };
  }

  hasSecret(text: string): boolean {
    return this.#redact(text) !== text;
  }

  async deliverFrom(actor: LiveActor, fence: Fence, event: EventObject): Promise<Step> {
    this.#verdict();
    const step = this.#transitions.deliver(actor, event, fence);
    await this.#transitions.durable(actor);
    return step;
  }

  ended(actor: LiveActor, { id, ticket }: Fence, outcome: EventObject | undefined): void {
    this.#verdict();
    const run = actor.running.get(id);
    if (run?.ticket !== ticket) return;
    this.#forget(actor, id);
    if (!outcome || run.abort.signal.aborted) return;
    this.#transitions.deliver(actor, outcome, { kind: 'effects', id, ticket });
    // What a failed run has left behind, as a step beside the one that failed, must not go on beside the next attempt.
    if ('error' in outcome) abortEffect(actor, id, run, superseded(actor, id));
  }

  /**
   * Fails an effect from outside, as when it holds up everything else. It is aborted and not waited for.
   *
   * @returns whether it was still running
   */
  failEffect(address: Address, id: string, ticket: string, error: unknown): boolean {
    const actor = this.#actor(address);
    const run = actor.running.get(id);
    if (run?.ticket !== ticket) return false;
    this.ended(actor, { kind: 'effects', id, ticket }, failed(id, this.explain(error)));
    return true;
  }

  /** Writes what is pending from the beginning, after something may have cut the writing off. */
  recommit(): void {
    this.#transitions.restart();
  }

  /** Looks at once for what has run out: the clock may have gone on without anybody there. */
  lookAgain(): void {
    this.#timers.lookAgain();
  }

  /** Fires a timer before its instant, for the clock by which that was worked out was ahead; not one that has gone, or made way for another. */
  ring(address: Address, id: string, ticket: string): void {
    const actor = this.#actor(address);
    const timer = actor.halted ? undefined : actor.wanted?.timers[id];
    if (timer?.ticket !== ticket || this.#draining.signal.aborted) return;
    this.#verdict();
    this.#transitions.deliver(actor, timer.event, { kind: 'timers', id, ticket });
  }

  #forget(actor: LiveActor, id: string): void {
    actor.running.delete(id);
    this.#running -= 1;
    for (const waiter of this.#idle.splice(0)) {
      if (this.#isIdle(waiter.kind)) waiter.idle();
      else this.#idle.push(waiter);
    }
  }

  #actor(address: Address): LiveActor {
    const actor = this.#actors.get(address);
    if (actor) return actor;
    throw new HostError('ACTOR_UNKNOWN', `${address}: there is no such actor. \`nightshift status\` lists them.`);
  }

  #rehydrated(wanted: readonly Wanted[]): Promise<Rehydrated> {
    const missing = wanted.map(({ address }) => address).filter((address) => !this.#actors.has(address));
    return rehydrate(
      {
        store: this.#store,
        charts: this.#charts,
        at: this.#clock.now(),
        startsOf: (address, id, effect) => startsOf(this.#last, this.#intensity, address, id, effect),
      },
      missing,
    );
  }

  /** Fails the effect that brought the last process down, unless it has ended or failed since. */
  #convict(actor: LiveActor): void {
    const { effect, error } = this.#last.culprit ?? {};
    if (!effect || effect.address !== actor.address || actor.wanted?.effects[effect.id]?.ticket !== effect.ticket)
      return;
    const { id, ticket } = effect;
    this.#transitions.deliver(actor, failed(id, this.explain(error)), { kind: 'effects', id, ticket });
  }

  /** Makes what is armed and running equal to what is on disk. */
  #reconcile(actor: LiveActor): void {
    const wanted = actor.halted ? undefined : actor.wanted;
    for (const [id, run] of actor.running) {
      if (wanted?.effects[id]?.ticket === run.ticket) continue;
      this.#forget(actor, id);
      abortEffect(actor, id, run, superseded(actor, id));
    }
    this.#timers.arm(actor);
    this.#trials.look(actor);
    // With a timer that ran out meanwhile, it is that timer's turn first: it may be the effect's own limit.
    if (this.#draining.signal.aborted || !wanted || !this.#mayBegin || this.#timers.isLate(actor)) return;
    for (const [id, effect] of Object.entries(wanted.effects)) {
      // What the machine has already left in memory need not begin: the next commit would only end it.
      if (actor.running.has(id) || actor.snapshot.effects[id]?.ticket !== effect.ticket) continue;
      const fence: Fence = { kind: 'effects', id, ticket: effect.ticket };
      if (isLastTry(effect.starts, this.#intensity) && !this.#trials.admits(actor, fence)) continue;
      const run = { ticket: effect.ticket, abort: new AbortController() };
      actor.running.set(id, run);
      this.#running += 1;
      startEffect(this, actor, fence, effect, run.abort.signal, effect.starts > this.#intensity.maxRestarts);
    }
  }

  /** Fires the actor's timers that are due, the earliest first. */
  #fire(actor: LiveActor): void {
    this.#verdict();
    if (this.#transitions.failing) {
      this.#timers.arm(actor);
      return;
    }
    const now = this.#clock.now();
    const due = Object.entries(actor.wanted?.timers ?? {})
      .filter(([, { dueAt }]) => dueAt <= now)
      .sort(([, a], [, b]) => a.dueAt - b.dueAt);
    for (const [id, { ticket, event }] of due) this.#transitions.deliver(actor, event, { kind: 'timers', id, ticket });
    // Without a commit to come, nothing else would arm what is left, or begin what waited for this.
    if (!actor.pending) this.#reconcile(actor);
  }
}

/** Whatever listens belongs to the effect: what it throws, and how long it takes, is laid to that. */
function abortEffect({ address }: LiveActor, id: string, { ticket, abort }: RunningEffect, reason: unknown): void {
  currentEffect.run({ address, id, ticket }, () => abort.abort(reason));
}

function superseded({ address }: LiveActor, id: string) {
  return new HostError('EFFECT_SUPERSEDED', `${address}: the machine has left what '${id}' was for.`);
}

function isEmpty(values: object | undefined): boolean {
  for (const _ in values) return false;
  return true;
}
