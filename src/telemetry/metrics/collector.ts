/**
 * Counts what happens: committed transitions, calls of services, and what the process says of itself.
 *
 * It keeps two series: what was counted since the last `take`, which goes to the disk once an hour, and what was counted
 * since the process began, which is what Prometheus asks for.
 */
import { leftOf } from '../../policies/budget.ts';
import type { Failure } from '../../policies/failure.ts';
import { onlyWaits } from '../../policies/hold.ts';
import type { Settled } from '../../policies/run.ts';
import type { QuotaSettings } from '../../policies/settings.ts';
import { stateName } from '../../policies/state-name.ts';
import type { Address, CallMade, CommittedTransition, Stream } from '../../stream.ts';
import { LiveSeries } from './live-series.ts';
import type { ProcessSample } from './process-sample.ts';
import { type Series, type Subject, self } from './series.ts';
import { add, addLow, addPeak, addState, type Counted } from './tally.ts';

/** An actor and where it stands. */
export interface Standing {
  address: Address;
  value: unknown;
}

/** Where nothing is amiss and nothing is under way: of that, the length is not counted. */
const atRest = /^(idle|closed|available|fresh|lasting|alive|resolved)/;
const counted: Readonly<Record<string, 'engine' | 'service' | 'token'>> = {
  engine: 'engine',
  breaker: 'service',
  quota: 'service',
  token: 'token',
};

export class Collector {
  readonly #series = new LiveSeries();
  #sample: ProcessSample | undefined;
  #startedAt = 0;
  /** In which state an actor is that is not at rest, and since when it has not been counted, epoch ms. */
  readonly #states = new Map<Address, { state: string; since: number }>();

  /** Counts what happens from now on. @returns a function that ends it */
  watch(stream: Stream, standing: Iterable<Standing>, now: number): () => void {
    this.#startedAt = now;
    for (const { address, value } of standing) this.#enter(address, value, now);
    return stream.inspect({ transition: (transition) => this.transition(transition) });
  }

  transition(transition: CommittedTransition): void {
    const { address, at, from, snapshot, event } = transition;
    const [kind, id] = parts(address);
    if (kind === 'engine') this.#engine(id, transition);
    else if (kind === 'breaker' && from === 'closed' && snapshot.value === 'open')
      this.#add(`service/${id}`, 'openings', 1);
    else if (kind === 'quota') this.#quota(id, snapshot.context, at);
    else if (kind === 'token') this.#token(id, event.type);
    else if (event.type === 'incident.opened') this.#add(self, 'incidents', 1);
    // Most transitions note something and stay where they are.
    if (from === snapshot.value) return;
    this.#leave(address, at);
    this.#enter(address, snapshot.value, at);
  }

  call({ service, durationMs, failure }: CallMade): void {
    this.#series.ended(`service/${service}`, failure === null ? 'success' : 'failure', durationMs);
  }

  /** Since when it counts, epoch ms. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** What the process said of itself last. */
  get lastSample(): ProcessSample | undefined {
    return this.#sample;
  }

  sample(sample: ProcessSample): void {
    this.#sample = sample;
    const { memoryBytes, cpuMs, watchedMs, loopDelayMs, diskFreeBytes } = sample;
    this.#series.count(self, (tally) => {
      add(tally, 'cpuMs', cpuMs);
      add(tally, 'watchedMs', watchedMs);
      addPeak(tally, 'memoryBytes', memoryBytes);
      addPeak(tally, 'loopDelayMs', loopDelayMs);
      if (diskFreeBytes !== undefined) addLow(tally, 'diskFreeBytes', diskFreeBytes);
    });
  }

  /** What was counted since the last time. */
  take(now: number): Series {
    for (const [address, { state, since }] of this.#states) {
      this.#series.count(subjectOf(address), (tally) => addState(tally, state, now - since));
      this.#states.set(address, { state, since: now });
    }
    return this.#series.take();
  }

  /** What was counted since the process began; lengths as exactly as Prometheus' buckets tell them. */
  total(): Series {
    return this.#series.total();
  }

  /** What was counted since the last `take`, which goes on counting. */
  present(): Series {
    return this.#series.present();
  }

  #add(subject: Subject, what: Counted, more: number) {
    this.#series.count(subject, (tally) => add(tally, what, more));
  }

  #engine(id: string, { event, facts, at }: CommittedTransition) {
    const { step, durationMs, error } = event as { step?: string; durationMs?: number; error?: Failure };
    if (event.type === 'step.completed') this.#series.ended(`step/${id}/${step ?? ''}`, 'success', durationMs);
    else if (error?.step !== undefined && event.type.startsWith('xstate.error.actor.') && !onlyWaits(error)) {
      this.#series.ended(`step/${id}/${error.step}`, 'failure', error.stepMs);
    }
    for (const fact of facts as Settled[]) this.#settled(id, fact, at);
  }

  #settled(id: string, { result, outcome, startedAt, attempts = 1, due }: Settled, at: number) {
    const subject: Subject = `engine/${id}`;
    if (result === undefined) {
      if (outcome !== 'ran') this.#add(subject, outcome, 1);
      return;
    }
    this.#series.ended(subject, result, startedAt === undefined ? undefined : at - startedAt);
    this.#add(subject, 'attempts', attempts);
    if (outcome === 'late') this.#add(subject, 'late', 1);
    if (startedAt !== undefined && due) this.#series.countLength(subject, 'lag', startedAt - due.to);
  }

  #quota(id: string, context: unknown, at: number) {
    const { settings, spent } = context as { settings: QuotaSettings; spent: Parameters<typeof leftOf>[0] };
    if (settings.limit === null) return;
    const share = 1 - leftOf(spent, settings, at) / settings.limit;
    this.#series.count(`service/${id}`, (tally) => addPeak(tally, 'quotaShare', share));
  }

  #token(id: string, event: string) {
    if (event.startsWith('xstate.done.actor.')) this.#add(`token/${id}`, 'success', 1);
    else if (event.startsWith('xstate.error.actor.')) this.#add(`token/${id}`, 'failure', 1);
  }

  #enter(address: Address, value: unknown, since: number) {
    const state = stateName(value);
    if (counted[parts(address)[0]] && !atRest.test(state)) this.#states.set(address, { state, since });
  }

  #leave(address: Address, at: number) {
    const stood = this.#states.get(address);
    if (!stood) return;
    this.#series.count(subjectOf(address), (tally) => addState(tally, stood.state, at - stood.since));
    this.#states.delete(address);
  }
}

function subjectOf(address: Address): Subject {
  const [kind, id] = parts(address);
  return `${counted[kind] ?? 'process'}/${id}`;
}

function parts(address: Address): [kind: string, id: string] {
  const slash = address.indexOf('/');
  return [address.slice(0, slash), address.slice(slash + 1)];
}
