/**
 * The tally: counts what happens in a world, as it happens. It watches as an invariant does, and finds nothing wrong.
 *
 * It is told of every transition and every call of a year, so most of what it does for one is an addition; text is made for the
 * few moments that end up in the report.
 */

import { formatDuration } from '../../policies/duration.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { isSetRight } from '../../policies/set-right.ts';
import type { Address } from '../../stream.ts';
import type { Invariant, Violation, WatchedWorld, WorldEvent } from '../invariants/invariant.ts';
import type { Injection } from '../world/chaos.ts';
import type { WorldRequest } from '../world/network.ts';
import type { OutageFault } from './call-faults.ts';
import { CallTally } from './call-tally.ts';
import { type Counted, EngineTally } from './engine-tally.ts';
import { faultKind, isOutage } from './fault-kind.ts';
import { FaultTally } from './fault-tally.ts';
import { HealingMeter } from './healing.ts';
import { type Noted, RecentFaults } from './path-log.ts';
import { PersonTally } from './person-tally.ts';
import { faultWords, stateWords } from './plain-words.ts';
import type { RunCounts, SimulationReport } from './report.ts';
import { Timeline } from './timeline.ts';
import { WorstMoments } from './worst-moments.ts';

/** What the tally says; whoever ran the world knows the rest. */
export type Tallied = Omit<SimulationReport, 'seed' | 'days' | 'faults' | 'to' | 'healedBy' | 'digest'>;

/** A shorter silence is what a run takes. */
const silenceMsMin = 60_000;
const reasonsMax = 20;

type EventOf<Type extends WorldEvent['type']> = Extract<WorldEvent, { type: Type }>;

export interface TallyOptions {
  /** How long there will be faults, in milliseconds. */
  lengthMs: number;
  /** Those of the world so far. */
  violations: () => readonly Violation[];
}

/** The invariant to give to the world with the others, and what it has counted so far. */
export function tallying(options: TallyOptions): { invariant: Invariant; report: () => Tallied } {
  let tally: Tally | undefined;
  const invariant: Invariant = {
    name: 'tally',
    claim: 'nothing: it counts',
    watch(world) {
      const watching = new Tally(world, options);
      tally = watching;
      return { seen: (event) => watching.see(event), atRest: () => watching.noteViolations() };
    },
  };
  return {
    invariant,
    report() {
      if (tally) return tally.report();
      throw new TypeError('tally: found that it watches no world, expected its invariant among those of one.');
    },
  };
}

class Tally {
  readonly #world: WatchedWorld;
  readonly #options: TallyOptions;
  readonly #timeline: Timeline;
  readonly #engines: ReadonlyMap<string, EngineTally>;
  readonly #calls: CallTally;
  readonly #person = new PersonTally();
  readonly #faults = new FaultTally();
  readonly #healing = new HealingMeter();
  readonly #worst = new WorstMoments();
  readonly #recent = new RecentFaults();
  readonly #actorCrashes = new Map<string, number>();
  #lastCall: WorldRequest | undefined;
  #stepsDoneTwice = 0;
  #crashes = 0;
  /** When a fault killed the process, which says that it is gone. */
  #killedAt = Number.NaN;
  #violationsTold = 0;
  /** What comes now belongs to getting well, and to no day of faults. */
  #isCalm = false;

  constructor(world: WatchedWorld, options: TallyOptions) {
    const { config, startedAt } = world;
    this.#world = world;
    this.#options = options;
    const until = startedAt + options.lengthMs;
    this.#timeline = new Timeline(startedAt, until);
    this.#engines = new Map(
      [...config.engines.values()].map((each) => [each.id, new EngineTally(each, startedAt, until)]),
    );
    this.#calls = new CallTally(config, startedAt);
  }

  see(event: WorldEvent): void {
    switch (event.type) {
      case 'transition':
        this.#transition(event);
        break;
      case 'call.sent':
        this.#lastCall = event.request;
        if (!this.#isCalm) this.#calls.sent(event.request.service);
        break;
      case 'call.ended':
        this.#ended(event);
        break;
      case 'step.began':
        if (this.#engines.get(event.step.engine)?.isDoneAgain(event.step.run, event.step.name))
          this.#stepsDoneTwice += 1;
        break;
      case 'ledger':
        this.#settled(event);
        break;
      case 'fault':
        this.#fault(event);
        break;
      case 'offence':
        this.#offence(event);
        break;
      case 'alert':
        if (this.#person.alert(event.cause, event.kind, event.at)) this.#timeline.add(event.at, 'alerts');
        break;
      case 'person':
        this.#person.acted(event.cause, event.did, event.at);
        this.#timeline.add(event.at, 'interventions');
        this.#noteToAll(event.at, `a person: ${event.did}`);
        break;
      case 'process.ended':
        this.#crashes += 1;
        this.#timeline.add(event.at, 'crashes');
        if (event.at !== this.#killedAt) this.#noteToAll(event.at, 'the process is gone');
        break;
      case 'process.ready':
        if (event.life > 1) this.#noteToAll(event.at, 'the process is back');
        break;
      case 'actor.crashed':
        this.#actorCrashes.set(event.crash.address, (this.#actorCrashes.get(event.crash.address) ?? 0) + 1);
        break;
      case 'quarantined':
        this.#noteToAll(event.at, `${event.quarantined.address} in quarantine: ${event.quarantined.reason}`);
        break;
      case 'calm':
        this.#isCalm = true;
        this.#noteToAll(event.at, 'faults end');
        break;
      case 'process.began':
      case 'committed':
      case 'step.kept':
      case 'run.began':
      case 'run.ended':
      case 'step.ended':
        break;
      default:
        event satisfies never;
    }
  }

  /** A violation is among the worst moments, with what led there. */
  noteViolations(): void {
    const violations = this.#options.violations();
    for (; this.#violationsTold < violations.length; this.#violationsTold++) {
      const { invariant, what, at } = violations[this.#violationsTold] as Violation;
      const engine = this.#engineIn(what);
      const before = engine?.path.entries() ?? this.#recent.entries();
      this.#worst.add(Number.POSITIVE_INFINITY, () => ({
        what: `${invariant}: ${what}`,
        kind: 'violation',
        engine: engine?.id ?? null,
        from: at,
        to: at,
        path: [...before, { at, kind: 'fault', what: `${invariant}: ${what}` }],
      }));
    }
  }

  /** The engine that a violation names. */
  #engineIn(what: string): EngineTally | undefined {
    const words = what.split(/[\s:;,'()]+/);
    const placeOf = ({ id }: EngineTally) => words.indexOf(id);
    const named = [...this.#engines.values()].filter((engine) => placeOf(engine) >= 0);
    return named.toSorted((one, other) => placeOf(one) - placeOf(other))[0];
  }

  report(): Tallied {
    const world = this.#world;
    const engines = [...this.#engines.values()];
    for (const engine of engines) this.#noteSilence(engine, world.now(), 'and none until the end');
    this.noteViolations();
    const rows = engines.map((engine) => engine.report(contextOf(world, `engine/${engine.id}`)));
    const { interventions } = this.#person;
    const hours = this.#options.lengthMs / 3_600_000;
    return {
      timeZone: world.config.timeZone,
      from: world.startedAt,
      totals: totalOf(rows),
      lost: {
        of: sum(rows, ({ dueTimes }) => dueTimes),
        unsettled: sum(rows, ({ unsettled }) => unsettled),
        unexplained: sum(engines, ({ unexplained }) => unexplained),
        stepsDoneTwice: this.#stepsDoneTwice,
      },
      engines: rows.map(({ unsettled: _, ...row }) => row),
      reasons: engines
        .flatMap((engine) => engine.reasons())
        .sort((one, other) => other.dueTimes - one.dueTimes)
        .slice(0, reasonsMax),
      interventions,
      hoursBetweenInterventions: interventions.length === 0 ? null : hours / interventions.length,
      alerts: this.#person.alerts(),
      calls: this.#calls.counts,
      services: this.#calls.services(),
      crashes: this.#crashes,
      actorCrashes: [...this.#actorCrashes].map(([address, times]) => ({ address, times })),
      happened: this.#faults.all(),
      healing: this.#healing.all(),
      worst: this.#worst.all(),
      violations: [...this.#options.violations()],
      timeline: this.#timeline.all(),
    };
  }

  #transition({ at, transition }: EventOf<'transition'>): void {
    const { address, snapshot, event } = transition;
    if (address.startsWith('token/')) {
      if (snapshot.value === 'revoked') this.#person.need(address.replace('/', ':'), at);
      return;
    }
    if (!address.startsWith('engine/')) return;
    const engine = this.#engines.get(address.slice('engine/'.length));
    if (!engine) return;
    const value: unknown = snapshot.value;
    const state = typeof value === 'string' ? value : (Object.keys(value as object)[0] ?? '');
    const context = snapshot.context as EngineContext;
    if (isSetRight(event)) engine.setRight();
    engine.stands(state, context, { at, wallAt: transition.at });
    if (event.type === 'step.completed') {
      engine.finished(context.run?.id ?? '', (event as { step?: string }).step ?? '');
      return;
    }
    if (event.type.startsWith('step.') || state === 'cooldown' || state === 'idle') return;
    if (state === 'halted') this.#person.need(`engine:${engine.id}`, at);
    engine.path.add({
      at,
      kind: 'state',
      what: stateWords(state),
      why: whyOf(state, context)?.replace(`${engine.id}: `, ''),
    });
  }

  #ended({ exchange }: EventOf<'call.ended'>): void {
    if (!this.#isCalm) this.#calls.ended(exchange);
    const { request, status, processedAt = request.sentAt } = exchange;
    if (status === 401 && request.place) this.#healing.hit(request.place.engine, 'token rejected', processedAt);
  }

  #settled({ at, address, entry }: EventOf<'ledger'>): void {
    if (!address.startsWith('engine/')) return;
    const engine = this.#engines.get(address.slice('engine/'.length));
    if (!engine) return;
    const counted = engine.settle(entry);
    if (counted) this.#draw(at, counted);
    if (entry.result !== 'success') return;
    this.#noteSilence(engine, at, 'until it succeeded');
    this.#healing.succeeded(engine.id, at);
    engine.succeeded({ at, wallAt: this.#world.wallNow() });
  }

  /** A run is drawn when it ended; what nobody ran, when it was due, which may be long before somebody said so. */
  #draw(at: number, { as, dueTimes, dues }: Counted): void {
    if (as === 'coalesced') return;
    if (as === 'skipped' || as === 'missed') for (const dueAt of dues) this.#timeline.add(dueAt, 'unserved');
    else this.#timeline.add(at, as, dueTimes);
  }

  #fault({ at, injection }: EventOf<'fault'>): void {
    const { fault } = injection;
    const kind = faultKind(fault.name);
    if (fault.kind === 'kill') this.#killedAt = at;
    this.#faults.add(injection);
    if (fault.kind === 'disk' && fault.needsPerson) this.#person.need('store', at);
    if ('call' in injection && isOutage(fault.name) && this.#calls.wasted(injection.call.service)) {
      this.#timeline.add(at, 'wasted');
    }
    const noted: Noted = { at, kind: 'fault', what: faultWords(injection) };
    this.#recent.add(noted);
    const overAt = (fault as Partial<OutageFault>).outage?.to ?? at;
    const engine = this.#metBy(injection);
    if (engine !== undefined) {
      this.#engines.get(engine)?.path.add(noted);
      this.#healing.hit(engine, kind, overAt);
      return;
    }
    for (const each of this.#engines.values()) {
      each.path.add(noted);
      // What happens to a token hits whoever is rejected for it.
      if (each.isBusy && !/^(?:token|grant) /.test(kind)) this.#healing.hit(each.id, kind, overAt);
    }
  }

  /** The engine that alone has to do with a fault; undefined when it meets everybody. */
  #metBy(injection: Injection): string | undefined {
    if ('program' in injection) return injection.program.engine;
    // A request is told of just before what goes wrong with it.
    return 'call' in injection ? this.#lastCall?.place?.engine : undefined;
  }

  #offence({ at, offence, request }: EventOf<'offence'>): void {
    this.#calls.offence(offence);
    this.#timeline.add(at, 'offences');
    const what = offence === 'past quota' ? 'a call past its quota' : 'a call with an expired token';
    const engine = this.#engines.get(request.place?.engine ?? '');
    engine?.path.add({ at, kind: 'note', what: `${request.service}: ${what}` });
  }

  #noteToAll(at: number, what: string): void {
    for (const engine of this.#engines.values()) engine.path.add({ at, kind: 'note', what });
  }

  #noteSilence(engine: EngineTally, at: number, ending: string): void {
    const { ms, from } = engine.silence(at);
    if (ms < Math.max(silenceMsMin, this.#worst.threshold + 1)) return;
    const lasted = formatDuration(Math.round(ms / 1_000) * 1_000);
    this.#worst.add(ms, () => ({
      what: `${engine.id}: ${lasted} without a success beyond its schedule, ${ending}`,
      kind: 'silence',
      engine: engine.id,
      from,
      to: at,
      path: [...engine.path.entries(), { at, kind: 'note', what: ending.replace('until it', 'it') }],
    }));
  }
}

/** What an engine has to say about its state. */
function whyOf(state: string, { hold, failure }: EngineContext): string | undefined {
  if (state === 'held') return hold?.reason;
  return state === 'running' ? undefined : failure?.message;
}

function contextOf(world: WatchedWorld, address: Address): EngineContext | undefined {
  return world.standOf(address)?.stand.context as EngineContext | undefined;
}

function totalOf(counts: readonly RunCounts[]): RunCounts {
  const total: RunCounts = { ran: 0, late: 0, failed: 0, coalesced: 0, skipped: 0, missed: 0 };
  for (const each of counts) for (const key of Object.keys(total) as (keyof RunCounts)[]) total[key] += each[key];
  return total;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}
