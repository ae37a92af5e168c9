/**
 * The forecast: what becomes of a run when this or that goes wrong, worked out from the charts alone.
 *
 * The engine's chart, its breakers, quotas and tokens are taken one event at a time, in the order of time, without a host: timers
 * and effects stand in their snapshots. What the job's own code does in an attempt is known from rehearsals; between the two stands
 * what a guarded call asks of the charts before it goes out, which is written down here a second time, so that a host which asks
 * less, or in another order, is found out.
 */
import type { EventObject } from 'xstate';
import type { Fence } from '../../actors/durable.ts';
import type { Config } from '../../config/config.ts';
import type { Json } from '../../json.ts';
import type { BreakerContext } from '../../machines/breaker.ts';
import type { TokenContext } from '../../machines/token.ts';
import type { EngineContext } from '../../policies/engine.ts';
import type { Failure } from '../../policies/failure.ts';
import type { Awaited } from '../../policies/hold.ts';
import { stateName } from '../../policies/state-name.ts';
import type { DurableSnapshot } from '../../stream.ts';
import type { DiskFault, KillFault, MachineFault } from '../faults/fault.ts';
import { helpfulPerson } from '../world/alert-inbox.ts';
import type { Act, Attempt } from './attempt.ts';
import { begun, taken } from './charts.ts';
import { amidPoint, type Disturbance, edgePoint, keepPoint, type Point, statePoint, tokenPoint } from './plan.ts';
import { RunStates, withStates } from './states.ts';

/** What went wrong within one attempt, as `point=fault`, in its order. */
export type Mishaps = readonly string[];

/** What rehearsals have shown. */
export interface Learnt {
  /** What an attempt does when that goes wrong within it; undefined when nobody has seen it yet. */
  attempt(mishaps: Mishaps): Attempt | undefined;
  /** How long a refresh of a token takes, in milliseconds. */
  refreshMs(token: string): number;
  /** What a refresh ends with when that goes wrong; undefined when nobody has seen it yet. */
  refusal(token: string, fault: string): Failure | undefined;
}

/** Somewhere on the way. Never changed: each move makes another. */
export interface Stand {
  now: number;
  /** Timers that ran out before the clock jumped are noticed from then on. */
  noticesAt: number;
  bornAt: number;
  actors: Readonly<Record<string, DurableSnapshot>>;
  work: Work | null;
  /** Faults so far. */
  used: number;
  crashed: boolean;
  /** How often each point was passed since the last disturbance. */
  passed: Readonly<Record<string, number>>;
  /** The engine has come into a state, and has not rested in it yet. */
  entered: string | null;
  hasBegun: boolean;
  isOver: boolean;
  states: readonly string[];
  /** What to call it all. */
  trail: readonly string[];
  edges: readonly string[];
  plan: readonly Disturbance[];
  /** Tokens that a person has to see to, and since when. */
  needy: Readonly<Record<string, number>>;
  /** Wanted, and not known yet. */
  missing: { mishaps: Mishaps } | { token: string; fault: string } | null;
}

/** An attempt under way. */
interface Work {
  mishaps: Mishaps;
  acts: readonly Act[];
  skippable: ReadonlySet<string>;
  next: number;
  /** When the act before happened. */
  at: number;
  /** The token that it waits for, and until when. */
  waitsFor: { token: string; until: number } | null;
}

/** What happens next, if nothing goes wrong. */
type Upcoming =
  | { kind: 'act'; at: number; act: Act }
  | { kind: 'timer'; at: number; actor: string; id: string }
  | { kind: 'refresh'; at: number; token: string }
  | { kind: 'clearance'; at: number; id: string; inVain: boolean }
  | { kind: 'waited'; at: number; inTime: boolean }
  | { kind: 'person'; at: number; token: string }
  | { kind: 'rest'; at: number; state: string }
  | { kind: 'trigger'; at: number };

const engineOf = 'engine';
const personMs = helpMs();
const troubleMs = 30_000;
const stepsMax = 5_000;

export class Forecast {
  readonly #config: Config;
  readonly #engine: string;
  readonly #learnt: Learnt;
  readonly #startAt: number;
  readonly #chance: number;

  /** @param chance the one on every event, in [0, 1) */
  constructor(config: Config, engine: string, learnt: Learnt, startAt: number, chance: number) {
    this.#config = config;
    this.#engine = engine;
    this.#learnt = learnt;
    this.#startAt = startAt;
    this.#chance = chance;
  }

  first(): Stand {
    const { tokens, services, engines } = this.#config;
    const [at, chance] = [this.#startAt, this.#chance];
    const settings = engines.get(this.#engine)?.settings as unknown as Json;
    const engine = begun('engine', this.#engine, settings, at, chance);
    const actors: Record<string, DurableSnapshot> = { [engineOf]: engine };
    for (const { name, settings: token } of tokens.values())
      actors[`token/${name}`] = begun('token', name, token, at, chance);
    for (const { name, breaker, quota } of services.values()) {
      actors[`breaker/${name}`] = begun('breaker', name, breaker, at, chance);
      actors[`quota/${name}`] = begun('quota', name, quota, at, chance);
    }
    return {
      now: at,
      noticesAt: at,
      bornAt: at,
      actors,
      work: null,
      used: 0,
      crashed: false,
      passed: {},
      entered: stateName(engine.value),
      hasBegun: false,
      isOver: false,
      states: [stateName(engine.value)],
      trail: [],
      edges: [],
      plan: [],
      needy: {},
      missing: null,
    };
  }

  /** Where it all ends when exactly that goes wrong. */
  through(plan: readonly Disturbance[]): Stand {
    let stand = this.first();
    const left = [...plan];
    for (let steps = 0; !stand.isOver && stand.missing === null && steps < stepsMax; steps++) {
      const [next] = left;
      const here = next && this.chances(stand).find(({ key }) => key === next.point.key);
      if (next && here && (stand.passed[here.key] ?? 0) >= next.skip) {
        left.shift();
        stand = this.disturbed(stand, { ...next, skip: stand.passed[here.key] ?? 0 });
      } else stand = this.goneOn(stand);
    }
    return stand;
  }

  /** The points that what happens next comes by. */
  chances(stand: Stand): Point[] {
    const next = this.#upcoming(stand);
    if (!next) return [];
    if (next.kind === 'refresh') return [tokenPoint(next.token)];
    if (next.kind === 'rest') return [statePoint(next.state)];
    if (next.kind === 'timer' && next.actor === engineOf && !stand.hasBegun) return [edgePoint('begin')];
    if (next.kind !== 'act') return [];
    const { act } = next;
    if (act.kind === 'call') return this.#door(stand, act) ? [] : [act.point, amidPoint(act.point)];
    if (act.kind === 'program') return [act.point, amidPoint(act.point)];
    if (act.kind === 'kept' && act.event.type === 'step.completed') return [keepPoint(act.event.step ?? '')];
    if (act.kind === 'done') return [edgePoint('end')];
    return [];
  }

  /** What happens next happens, and nothing goes wrong. */
  goneOn(stand: Stand): Stand {
    const next = this.#upcoming(stand);
    if (!next) return { ...stand, isOver: true };
    let { passed } = stand;
    for (const { key } of this.chances(stand)) passed = { ...passed, [key]: (passed[key] ?? 0) + 1 };
    return this.#happened({ ...stand, now: Math.max(stand.now, next.at), passed }, next);
  }

  /** Something goes wrong with what happens next. */
  disturbed(stand: Stand, disturbance: Disturbance): Stand {
    const { point, fault } = disturbance;
    const next = this.#upcoming(stand) as Upcoming;
    const isCrash = fault.name === 'crash' && fault.kind === 'kill';
    const label = point.kind === 'state' ? [] : [point.label];
    const before: Stand = {
      ...stand,
      now: Math.max(stand.now, next.at),
      used: stand.used + (isCrash ? 0 : 1),
      crashed: stand.crashed || isCrash,
      passed: {},
      plan: [...stand.plan, disturbance],
      trail: [...stand.trail, [...label, fault.name].join(': ')],
    };
    switch (fault.kind) {
      case 'call':
        return point.kind === 'token'
          ? this.#refused(before, next as Extract<Upcoming, { kind: 'refresh' }>, fault.name)
          : this.#mishap(before, point, fault.name);
      case 'program':
        return this.#mishap(before, point, fault.name);
      case 'disk':
        return this.#delayed(this.#happened(before, next), fault);
      case 'kill':
        return this.#killed(before, next, fault, point);
      case 'machine':
        // Where nothing is under way but waits, a jump of the clock changes when they end, and not how.
        return point.kind === 'amid'
          ? this.#mishap(before, point, fault.name, jumpOf(fault, before.now).setMs)
          : this.#jumped(this.#happened(before, next), fault);
      default:
        return fault satisfies never;
    }
  }

  #happened(stand: Stand, next: Upcoming): Stand {
    switch (next.kind) {
      case 'act':
        return this.#acted(stand, next.act);
      case 'timer': {
        const timer = stand.actors[next.actor]?.timers[next.id];
        if (!timer) return stand;
        return this.#told(stand, next.actor, timer.event, { kind: 'timers', id: next.id, ticket: timer.ticket });
      }
      case 'refresh':
        return this.#refreshed(stand, next.token);
      case 'clearance': {
        const failure: Failure = { class: 'bug', code: 'AWAITED_IN_VAIN', message: '' };
        return this.#ended(stand, next.id, next.inVain ? { error: failure } : { output: null });
      }
      case 'waited': {
        const { work } = stand;
        if (!work?.waitsFor) return stand;
        const { token } = work.waitsFor;
        const free: Stand = { ...stand, work: { ...work, waitsFor: null, at: stand.now } };
        return next.inTime ? free : this.#failed(free, this.#unusable(free, token, work.acts[work.next]));
      }
      case 'person':
        return this.#told({ ...stand, trail: [...stand.trail, 'a person helps'] }, `token/${next.token}`, {
          type: 'token.provided',
        });
      case 'rest':
        return { ...stand, entered: null };
      case 'trigger':
        return this.#told(stand, engineOf, { type: 'engine.trigger' });
      default:
        return next satisfies never;
    }
  }

  #upcoming(stand: Stand): Upcoming | undefined {
    if (stand.isOver) return undefined;
    const all = this.#candidates(stand);
    let first: Upcoming | undefined;
    for (const each of all) if (!first || each.at < first.at) first = each;
    // It rests in a state when nothing happens at the same instant.
    const { entered, now } = stand;
    if (entered !== null && (!first || first.at > now)) return { kind: 'rest', at: now, state: entered };
    return first;
  }

  #candidates(stand: Stand): Upcoming[] {
    const { now, actors, work, bornAt } = stand;
    const all: Upcoming[] = [];
    const engine = actors[engineOf] as DurableSnapshot;
    for (const [actor, { timers, effects }] of Object.entries(actors)) {
      const token = actor.startsWith('token/') ? actor.slice('token/'.length) : undefined;
      for (const [id, { ticket }] of Object.entries(effects)) {
        if (token === undefined || id !== 'refresh') continue;
        const since = Math.max(instantOf(ticket), bornAt);
        all.push({ kind: 'refresh', at: since + this.#learnt.refreshMs(token), token });
      }
      for (const [id, { dueAt }] of Object.entries(timers)) {
        all.push({ kind: 'timer', at: Math.max(dueAt, stand.noticesAt, now), actor, id });
      }
    }
    for (const [id, { input, ticket }] of Object.entries(engine.effects)) {
      if (id !== 'run') all.push(...this.#clearance(stand, id, input as Input, Math.max(instantOf(ticket), bornAt)));
    }
    for (const [token, since] of Object.entries(stand.needy)) all.push({ kind: 'person', at: since + personMs, token });
    if (work?.waitsFor) {
      const { token, until } = work.waitsFor;
      const isUsable = actors[`token/${token}`]?.hasTag('usable' as never);
      all.push({ kind: 'waited', at: isUsable ? now : until, inTime: isUsable === true });
    } else if (work) {
      const act = work.acts[work.next];
      if (act) all.push({ kind: 'act', at: Math.max(now, work.at + act.after), act });
    }
    const { due } = engine.context as unknown as EngineContext;
    if (!stand.hasBegun && due === null) all.push({ kind: 'trigger', at: now });
    return all;
  }

  /** Whoever waits goes on once what it waits for is so, spread out over a tenth of the time that it has waited. */
  #clearance(stand: Stand, id: string, { address, tag, or = [], unless }: Input, since: number): Upcoming[] {
    const { now, actors } = stand;
    if (address.startsWith('trouble/')) return [{ kind: 'clearance', at: since + troubleMs, id, inVain: false }];
    const wished = [{ address, tag }, ...or];
    const isClear = wished.some((wish) => actors[wish.address]?.hasTag(wish.tag as never));
    if (isClear) {
      const spreadMs = this.#chance * Math.min((now - since) / 10, 10_000);
      return [{ kind: 'clearance', at: now + Math.floor(spreadMs), id, inVain: false }];
    }
    const isVain = unless !== undefined && wished.some((wish) => actors[wish.address]?.hasTag(unless as never));
    return isVain ? [{ kind: 'clearance', at: now, id, inVain: true }] : [];
  }

  /** An act of the attempt under way. */
  #acted(stand: Stand, act: Act): Stand {
    const work = stand.work as Work;
    const on: Stand = { ...stand, work: { ...work, next: work.next + 1, at: stand.now } };
    switch (act.kind) {
      case 'call':
        return this.#called(stand, on, act);
      case 'answered': {
        const breaker = `breaker/${act.service}`;
        const { epoch } = contextOf<BreakerContext>(on, breaker);
        const { id, ms: durationMs, failure, late } = act;
        if (!failure) return this.#told(on, breaker, { type: 'call.succeeded', epoch, id, durationMs } as EventObject);
        const event = { type: 'call.failed', epoch, id, durationMs, failure, ...(late && { late }) };
        return this.#told(on, breaker, event as EventObject);
      }
      case 'told': {
        const { until, version, ...event } = act.event as EventObject & { until?: number; version?: number };
        const current = contextOf<TokenContext>(on, act.address);
        return this.#told(on, act.address, {
          ...event,
          ...(until !== undefined && { until: until + on.now }),
          ...(version !== undefined && { version: current.version }),
        } as EventObject);
      }
      case 'kept':
        return this.#kept(on, act);
      case 'program':
        return on;
      case 'done':
        return this.#ended(on, 'run', { output: act.output });
      case 'failed':
        return this.#ended(on, 'run', { error: act.failure });
      default:
        return act satisfies never;
    }
  }

  /** What a guarded call asks, in its order: the token, the breaker, the quota. */
  #called(stand: Stand, on: Stand, act: Extract<Act, { kind: 'call' }>): Stand {
    const { service, id } = act;
    const { token, timeoutMs = 0 } = this.#config.services.get(service) ?? {};
    const asked = token === undefined ? stand : this.#renewed(stand, token);
    const shut = this.#door(asked, act);
    if (shut?.waits && token !== undefined) {
      const work = asked.work as Work;
      return { ...asked, work: { ...work, waitsFor: { token, until: asked.now + timeoutMs } } };
    }
    if (shut) return this.#failed(asked, shut.failure);
    const breaker = `breaker/${service}`;
    const { epoch } = contextOf<BreakerContext>(on, breaker);
    const permitted = this.#told(on, breaker, { type: 'call.started', epoch, id } as EventObject);
    return this.#told(permitted, `quota/${service}`, { type: 'quota.take' });
  }

  /** Who finds a token too old to use does not wait for the timer that should have renewed it. */
  #renewed(stand: Stand, token: string): Stand {
    const isGood = stand.actors[`token/${token}`]?.can({ type: 'token.use', at: stand.now } as never);
    return isGood ? stand : this.#told(stand, `token/${token}`, { type: 'token.renew' });
  }

  /** Why the call does not go out; undefined when it does. */
  #door(stand: Stand, act: Extract<Act, { kind: 'call' }>): { failure: Failure; waits?: true } | undefined {
    const { service, id } = act;
    const { actors, now: at } = stand;
    const { token } = this.#config.services.get(service) ?? {};
    if (token !== undefined) {
      const snapshot = actors[`token/${token}`];
      if (!snapshot?.can({ type: 'token.use', at } as never)) {
        const failure = this.#unusable(stand, token, act);
        return snapshot?.value === 'refreshing' ? { failure, waits: true } : { failure };
      }
    }
    const breaker = actors[`breaker/${service}`];
    const { epoch } = contextOf<BreakerContext>(stand, `breaker/${service}`);
    if (breaker && !breaker.can({ type: 'call.started', epoch, id, at } as never)) {
      return {
        failure: { class: 'degraded', code: 'BREAKER_OPEN', message: `${service}: its breaker is open`, service },
      };
    }
    const quota = actors[`quota/${service}`];
    if (quota && !quota.can({ type: 'quota.take', at } as never)) {
      const message = `${service}: its quota is used up`;
      return { failure: { class: 'degraded', code: 'QUOTA_EXHAUSTED', message, service, quota: service } };
    }
    return undefined;
  }

  #unusable({ actors }: Stand, token: string, act: Act | undefined): Failure {
    const needsHuman = actors[`token/${token}`]?.hasTag('waitsForHuman' as never);
    const service = act?.kind === 'call' ? act.service : undefined;
    return {
      class: needsHuman ? 'shared' : 'degraded',
      code: 'TOKEN_UNUSABLE',
      message: `the token ${token} cannot be used`,
      token,
      ...(service !== undefined && { service }),
    };
  }

  /** A call was not let out: the step is left out, the job goes on otherwise, or the attempt fails. */
  #failed(stand: Stand, failure: Failure): Stand {
    const work = stand.work as Work;
    const act = work.acts[work.next];
    const step = act?.step ?? null;
    if (step !== null && failure.class === 'degraded' && work.skippable.has(step)) {
      const skipped = this.#told(stand, engineOf, { type: 'step.skipped', step } as EventObject);
      const end = work.acts.findIndex(({ kind, step: of }, n) => n > work.next && kind === 'kept' && of === step);
      return { ...skipped, work: { ...work, next: end + 1, at: stand.now } };
    }
    const otherwise = act?.kind === 'call' ? this.#otherwise(work, act.point) : undefined;
    if (otherwise) return { ...stand, work: { ...otherwise, at: stand.now } };
    return this.#ended(stand, 'run', { error: step === null ? failure : { ...failure, step } });
  }

  /** What the job does when that call fails, where it does something about it: as of a fault after which it ended well. */
  #otherwise(work: Work, point: Point): Work | undefined {
    for (const name of ['reset before it was processed', '503', 'DNS failure']) {
      const mishaps = [...work.mishaps, `${point.key}=${name}`];
      const attempt = this.#learnt.attempt(mishaps);
      if (attempt?.acts.at(-1)?.kind !== 'done') continue;
      const { acts } = attempt;
      const call = acts.findIndex((act) => act.kind === 'call' && act.point.key === point.key);
      const next = acts.findIndex((act, n) => n > call && act.kind !== 'answered' && act.kind !== 'told');
      return { ...work, mishaps, acts, next };
    }
    return undefined;
  }

  #kept(stand: Stand, act: Extract<Act, { kind: 'kept' }>): Stand {
    const { run } = contextOf<EngineContext>(stand, engineOf);
    const { type, step = '' } = act.event;
    if (type === 'step.begun' && run?.begun.includes(step)) {
      const message = `the step '${step}' was cut off`;
      return this.#ended(stand, 'run', { error: { class: 'bug', code: 'STEP_INTERRUPTED', message } });
    }
    return this.#told(stand, engineOf, act.event);
  }

  /** The attempt goes on as it was seen to when that went wrong. */
  #mishap(stand: Stand, point: Point, fault: string, setMs = 0): Stand {
    const work = stand.work as Work;
    const mishaps = [...work.mishaps, `${point.key}=${fault}`];
    const attempt = this.#learnt.attempt(mishaps);
    if (!attempt) return { ...stand, missing: { mishaps } };
    const acts = this.#unfinished(stand, attempt);
    const key = point.key.replace(/^amid /, '');
    const place = acts.findIndex((act) => (act.kind === 'call' || act.kind === 'program') && act.point.key === key);
    if (place < 0) return { ...stand, missing: null, isOver: true };
    const begun: Stand = { ...stand, work: { ...work, mishaps, acts, skippable: attempt.skippable, next: place } };
    const act = acts[place] as Act;
    const on = this.#acted(begun, act);
    if (point.kind !== 'amid' || !on.work) return on;
    const now = on.now + setMs;
    const sleptMs = acts[place + 1]?.after ?? 0;
    return { ...on, now, noticesAt: now + sleptMs + noticeMs, work: { ...on.work, at: now } };
  }

  /** What is left of an attempt once the finished steps are not done again. */
  #unfinished(stand: Stand, { acts }: Attempt): Act[] {
    const { run } = contextOf<EngineContext>(stand, engineOf);
    const isFinished = (step: string) => Object.hasOwn(run?.steps ?? {}, step) || run?.skipped.includes(step) === true;
    return acts.filter(
      (act) => act.kind === 'done' || act.kind === 'failed' || act.step === null || !isFinished(act.step),
    );
  }

  #refreshed(stand: Stand, token: string): Stand {
    const actor = `token/${token}`;
    const { version } = contextOf<TokenContext>(stand, actor);
    const obtainedAt = stand.now - this.#learnt.refreshMs(token);
    const output = { version: version + 1, obtainedAt, expiresAt: obtainedAt + tokenLifeMs };
    const { ticket = '' } = stand.actors[actor]?.effects.refresh ?? {};
    const fence: Fence = { kind: 'effects', id: 'refresh', ticket };
    return this.#told(stand, actor, { type: 'xstate.done.actor.refresh', output } as EventObject, fence);
  }

  #refused(stand: Stand, { token }: { token: string }, fault: string): Stand {
    const error = this.#learnt.refusal(token, fault);
    if (!error) return { ...stand, missing: { token, fault } };
    const actor = `token/${token}`;
    const { ticket = '' } = stand.actors[actor]?.effects.refresh ?? {};
    const fence: Fence = { kind: 'effects', id: 'refresh', ticket };
    return this.#told(stand, actor, { type: 'xstate.error.actor.refresh', error } as EventObject, fence);
  }

  #killed(stand: Stand, next: Upcoming, fault: KillFault, point: Point): Stand {
    const isDone = point.kind === 'amid' || point.kind === 'state' || fault.when === 'after';
    const left = isDone ? this.#happened(stand, next) : stand;
    const now = left.now + fault.downMs;
    const back: Stand = { ...left, now, bornAt: now, noticesAt: Math.min(left.noticesAt, now), entered: null };
    return left.work && !left.isOver ? this.#working(back) : back;
  }

  #delayed(stand: Stand, { lastsMs }: DiskFault): Stand {
    const now = stand.now + lastsMs;
    return { ...stand, now, ...(stand.work && { work: { ...stand.work, at: now } }) };
  }

  #jumped(stand: Stand, fault: MachineFault): Stand {
    const { setMs, sleptMs } = jumpOf(fault, stand.now);
    return { ...stand, now: stand.now + setMs + sleptMs };
  }

  /** An effect of the engine ends. */
  #ended(stand: Stand, id: string, how: { output: Json } | { error: Failure }): Stand {
    const { ticket = '' } = stand.actors[engineOf]?.effects[id] ?? {};
    const type = 'error' in how ? `xstate.error.actor.${id}` : `xstate.done.actor.${id}`;
    return this.#told({ ...stand, work: null }, engineOf, { type, ...how } as EventObject, {
      kind: 'effects',
      id,
      ticket,
    });
  }

  /** An actor is told of something, and takes it as its chart says. */
  #told(stand: Stand, actor: string, event: EventObject, fence?: Fence): Stand {
    const before = stand.actors[actor];
    if (!before) return stand;
    const kind = actor.split('/')[0] as string;
    const delivered = { ...event, at: stand.now, chance: this.#chance, ...(fence && { fence }) };
    const { snapshot, states, edges } = taken(kind, before, delivered);
    const actors = { ...stand.actors, [actor]: snapshot };
    if (actor !== engineOf) return { ...stand, actors, needy: needyWith(stand, actor, snapshot) };
    return this.#engineWent({ ...stand, actors, edges: [...stand.edges, ...edges] }, before, states);
  }

  #engineWent(stand: Stand, before: DurableSnapshot, states: string[]): Stand {
    if (states.length === 0) return stand;
    const engine = stand.actors[engineOf] as DurableSnapshot;
    const following = new RunStates();
    following.hasBegun = stand.hasBegun;
    const hasRun = (engine.context as unknown as EngineContext).run !== null;
    following.take({ at: stand.now, states, hasRun, event: { type: '' } });
    const state = stateName(engine.value);
    const isNews = state !== stateName(before.value);
    const went: Stand = {
      ...stand,
      states: withStates(stand.states, states),
      trail: [...stand.trail, ...toldOf(states, stand.states.at(-1))],
      hasBegun: following.hasBegun,
      isOver: following.isOver,
      entered: isNews ? (state === 'running' ? null : state) : stand.entered,
    };
    if (state !== 'running') return { ...went, work: null };
    const isNewStart = engine.effects.run?.ticket !== before.effects.run?.ticket;
    return isNewStart ? this.#working(went) : went;
  }

  /** An attempt begins from its finished steps. */
  #working(stand: Stand): Stand {
    const attempt = this.#learnt.attempt([]);
    if (!attempt) return { ...stand, missing: { mishaps: [] } };
    const acts = this.#unfinished(stand, attempt);
    const { skippable } = attempt;
    return { ...stand, work: { mishaps: [], acts, skippable, next: 0, at: stand.now, waitsFor: null } };
  }
}

/** What a fault does to the clocks: by how much it sets the wall clock, and how long the machine sleeps. */
function jumpOf({ happen }: MachineFault, now: number): { setMs: number; sleptMs: number } {
  const jump = { setMs: 0, sleptMs: 0 };
  void happen({
    now: () => now,
    setWall: (byMs) => {
      jump.setMs += byMs;
    },
    sleep: (ms) => {
      jump.sleptMs += ms;
    },
    startSecond: () => new Error('there is one already'),
    ringTwice: () => {},
    rejectToken: () => {},
    revokeGrant: () => {},
  });
  return jump;
}

function contextOf<Context>({ actors }: Pick<Stand, 'actors'>, actor: string): Context {
  return (actors[actor] as DurableSnapshot).context as unknown as Context;
}

type Input = Awaited & { unless?: string; until?: number };

/** How late a wait may find out that the clock has jumped. */
const noticeMs = 30_000;
/** As the world's token servers have it, less what is lost to whole seconds. */
const tokenLifeMs = 3_599_000;

/** The instant of the event that a ticket was made from. */
function instantOf(ticket: string): number {
  return Number.parseInt(ticket.split('.')[0] ?? '', 36);
}

/** Those who need a person, once an actor has come to where it stands now. */
function needyWith({ needy, now }: Stand, actor: string, snapshot: DurableSnapshot): Stand['needy'] {
  if (!actor.startsWith('token/')) return needy;
  const token = actor.slice('token/'.length);
  const { [token]: since = now, ...others } = needy;
  return snapshot.hasTag('waitsForHuman' as never) ? { ...others, [token]: since } : others;
}

/** What a path is named after: every state but those that say nothing. */
function toldOf(states: readonly string[], last: string | undefined): string[] {
  return withStates(last === undefined ? [] : [last], states)
    .slice(last === undefined ? 0 : 1)
    .filter((state) => !['ready', 'running', 'cooldown'].includes(state) && !state.startsWith('idle'));
}

function helpMs(): number {
  const plan = helpfulPerson({ kind: 'opened', cause: 'token:a', severity: 'now', title: '', what: '', todo: '' }, 0);
  return plan?.afterMs ?? 0;
}
