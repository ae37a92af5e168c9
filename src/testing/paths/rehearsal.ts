/**
 * Rehearsals: one run of one engine, in a world of its own, with exactly what is planned going wrong.
 */
import type { EngineConfig } from '../../config/config.ts';
import type { ConfigDefinition } from '../../config/definition.ts';
import { recordKey } from '../../persistence/record.ts';
import type { Write } from '../../persistence/store.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { stateName } from '../../policies/state-name.ts';
import type { DurableSnapshot } from '../../stream.ts';
import type { CallFault, DiskFault, Fault, KillFault, MachineFault, ProgramFault } from '../faults/fault.ts';
import { defaultInvariants } from '../invariants/default-invariants.ts';
import { healingBoundMs, Recovery } from '../invariants/heals.ts';
import type { Invariant, Violation, WatchedWorld, WorldEvent } from '../invariants/invariant.ts';
import { helpfulPerson } from '../world/alert-inbox.ts';
import type { Chaos } from '../world/chaos.ts';
import type { Handler, WorldRequest } from '../world/network.ts';
import type { StepDoubles } from '../world/observed-engines.ts';
import { World } from '../world/world.ts';
import type { ProgramModel } from '../world/world-programs.ts';
import {
  amidPoint,
  callPoint,
  type Disturbance,
  edgePoint,
  keepPoint,
  programPoint,
  statePoint,
  tokenPoint,
} from './plan.ts';
import { passageOf, RunStates } from './states.ts';

/** What services answer, by name; a function makes them anew for each path, so that they remember nothing of another one. */
export type Services = Readonly<Record<string, Handler>> | (() => Readonly<Record<string, Handler>>);

export interface Stage {
  engine: string;
  /** It is a command. */
  isProgram: boolean;
  config: ConfigDefinition;
  services?: Services | undefined;
  steps?: StepDoubles | undefined;
  program?: ProgramModel | undefined;
  invariants?: readonly Invariant[] | undefined;
  seed: number;
  startAt: number;
}

export interface Rehearsed {
  events: readonly WorldEvent[];
  lines: readonly string[];
  states: readonly string[];
  /** When each state was come to, by true time, epoch ms. */
  instants: readonly number[];
  /** The run has ended. */
  isOver: boolean;
  /** What of the plan did not come to pass. */
  left: readonly Disturbance[];
  violations: readonly Violation[];
  /** What the world could not allow. */
  error?: unknown;
}

const dayMs = 86_400_000;
/** No run is longer: no service is granted more than 31 days, and half a year may pass until the clocks change. */
const lengthMsMax = 250 * dayMs;
/** How long everything is looked at after the run, unless it has to be well again sooner. */
const afterwardsMs = 3_600_000;
/** How much longer it is waited for that an engine is well again, at the most: one that comes round once a week has its turn. */
const recoveryMsMax = 8 * dayMs;

export interface RehearsalOptions {
  /** The end of the first attempt is enough. Default: goes on until the run is over, and a while after that. */
  firstAttempt?: true;
}

/** Resolves however it ends. */
export async function rehearse(
  stage: Stage,
  plan: readonly Disturbance[],
  { firstAttempt }: RehearsalOptions = {},
): Promise<Rehearsed> {
  const { engine, config, services, steps, program, seed, startAt } = stage;
  const director = new Director(stage, plan);
  const given = typeof services === 'function' ? services() : services;
  const world = new World({
    config,
    seed,
    startAt,
    faults: director.chaos,
    person: helpfulPerson,
    invariants: [director.watching, ...(firstAttempt ? [] : (stage.invariants ?? defaultInvariants))],
    ...(given && { services: given }),
    ...(steps && { steps: { [engine]: steps } }),
    ...(program && { programs: { [engine]: program } }),
  });
  let error: unknown;
  try {
    director.happen = (fault) => world.happen(fault);
    director.tokenOf = (body, headers) => world.authority.tokenOf(body, headers);
    await triggered(world, engine);
    const isOver = () => (firstAttempt ? director.hasTried : director.run.isOver);
    await world.runUntil(isOver, startAt + lengthMsMax);
    if (!firstAttempt) {
      await lookedAfter(world, director);
    }
  } catch (thrown) {
    error = thrown;
  } finally {
    await world.close();
  }
  return {
    events: director.events,
    lines: world.history.lines,
    states: director.run.states,
    instants: director.run.instants,
    isOver: director.run.isOver,
    left: director.left,
    violations: world.violations,
    ...(error !== undefined && { error }),
  };
}

/** Nothing goes wrong any more, and it is looked at what comes of that: until all is well again, or should be. */
async function lookedAfter(world: World, { recovery }: Director): Promise<void> {
  const { now } = world;
  world.calm();
  await world.runUntil(() => false, now + Math.min(healingBoundMs(world.config) + 1, afterwardsMs));
  await world.runUntil(() => recovery.isTimeUp || recovery.isOver, now + recoveryMsMax);
  world.judged();
}

/** An engine that nothing is ever due for is triggered. */
async function triggered(world: World, engine: string): Promise<void> {
  const { settings } = world.config.engines.get(engine) as EngineConfig;
  if (settings.schedule !== null) return;
  await world.run({ ms: 1 });
  await world.ask(`engine/${engine}`, { type: 'engine.trigger' });
}

/** Has happen what is planned, each at its point. */
class Director {
  readonly events: WorldEvent[] = [];
  readonly run = new RunStates();
  recovery!: Recovery;
  /** The first attempt of the run has ended. */
  hasTried = false;
  happen: (fault: KillFault | MachineFault) => void = () => {};
  tokenOf: (body: string, headers: Headers) => string | undefined = () => undefined;
  readonly #engine: string;
  readonly #isProgram: boolean;
  readonly #plan: Disturbance[];
  #passed = new Map<string, number>();
  #calls = new Map<string, number>();
  #world!: WatchedWorld;
  /** Moments that have come, once everything stands still. */
  #moments: string[] = [];

  constructor({ engine, isProgram }: Stage, plan: readonly Disturbance[]) {
    this.#engine = engine;
    this.#isProgram = isProgram;
    this.#plan = [...plan];
  }

  get left(): readonly Disturbance[] {
    return this.#plan;
  }

  readonly chaos: Chaos = {
    call: (request) => this.#at(this.#pointOf(request)) as CallFault | undefined,
    write: ({ rows }) => this.#atCommit(rows),
    program: ({ engine }) =>
      engine === this.#engine ? (this.#at(programPoint().key) as ProgramFault | undefined) : undefined,
  };

  readonly watching: Invariant = {
    name: 'what is planned',
    watch: (world) => {
      this.#world = world;
      this.recovery = new Recovery(world);
      return {
        seen: (event) => this.#seen(event),
        atRest: () => this.#atRest(),
      };
    },
  };

  #seen(event: WorldEvent): void {
    this.events.push(event);
    this.recovery.seen(event);
    if (event.type === 'run.began' && event.work.engine === this.#engine) {
      this.#calls.clear();
      if (this.#isProgram) this.#moments.push(amidPoint(programPoint()).key);
    }
    if (event.type === 'step.began' && event.step.engine === this.#engine) this.#forgetCallsOf(event.step.name);
    if (event.type === 'call.sent' && event.request.place?.engine === this.#engine) {
      const { step } = event.request.place;
      const counted = `${step ?? ''}|${event.request.service}`;
      const nth = (this.#calls.get(counted) ?? 0) + 1;
      this.#calls.set(counted, nth);
      this.#moments.push(amidPoint(callPoint(step, event.request.service, nth)).key);
    }
    if (event.type === 'process.ready' && event.life > 1) this.#cameBack(event.at);
    const passage = passageOf(this.#engine, event);
    if (!passage) return;
    this.run.take(passage);
    const state = passage.states.at(-1) ?? '';
    this.#moments = this.#moments.filter((moment) => !moment.startsWith('state '));
    if (event.type === 'transition' && stateName(event.transition.from) !== state) {
      this.#moments.push(statePoint(state).key);
    }
    this.hasTried ||= /^xstate\.(done|error)\.actor\.run$|^xstate\.after\.untilTimeout/.test(passage.event.type);
  }

  /** Nobody has heard of what a process committed with its last breath: it is seen on disk. */
  #cameBack(at: number): void {
    const { state } = (this.#world.onDisk(recordKey(`engine/${this.#engine}`)) ?? {}) as EngineRecord;
    if (state)
      this.run.take({ at, states: [stateName(state.value)], hasRun: runIn({ state }) !== null, event: { type: '' } });
  }

  #atRest(): void {
    const moments = this.#moments;
    this.#moments = [];
    for (const moment of moments) {
      const fault = this.#at(moment);
      if (fault) {
        this.happen(fault as KillFault | MachineFault);
        return;
      }
    }
  }

  /** Counts who asks, and answers with what is planned for this time. */
  #at(key: string): Fault | undefined {
    const [next] = this.#plan;
    const passed = this.#passed.get(key) ?? 0;
    if (!next || next.point.key !== key || passed < next.skip) {
      this.#passed.set(key, passed + 1);
      return undefined;
    }
    this.#plan.shift();
    this.#passed.clear();
    this.#moments = [];
    return next.fault;
  }

  #atCommit(rows: readonly Write[]): DiskFault | KillFault | undefined {
    const key = recordKey(`engine/${this.#engine}`);
    const json = rows.find(([name]) => name === key)?.[1];
    if (!json) return undefined;
    for (const point of commitsIn(runIn(this.#world.onDisk(key)), runIn(JSON.parse(json)))) {
      const fault = this.#at(point);
      if (fault) return fault as DiskFault | KillFault;
    }
    return undefined;
  }

  /** The point that a request is; it is counted before, when it is sent. */
  #pointOf({ place, service, body, headers }: WorldRequest): string {
    if (!place) return service.startsWith('token server') ? this.#tokenPointOf(body, headers) : '';
    const nth = this.#calls.get(`${place.step ?? ''}|${service}`) ?? 1;
    return callPoint(place.step, service, nth).key;
  }

  #tokenPointOf(body: string, headers: Headers): string {
    const token = this.tokenOf(body, headers);
    return token === undefined ? '' : tokenPoint(token).key;
  }

  #forgetCallsOf(step: string): void {
    for (const counted of [...this.#calls.keys()]) {
      if (counted.startsWith(`${step}|`)) this.#calls.delete(counted);
    }
  }
}

type RunOnDisk = EngineContext['run'];

interface EngineRecord {
  state?: Pick<DurableSnapshot, 'context' | 'value'>;
}

function runIn(record: unknown): RunOnDisk {
  const { state } = (record ?? {}) as EngineRecord;
  return ((state?.context ?? {}) as Partial<EngineContext>).run ?? null;
}

function commitsIn(before: RunOnDisk, after: RunOnDisk): string[] {
  if (before && after?.id !== before.id) return [edgePoint('end').key];
  const known = before?.steps ?? {};
  return [
    ...(after && !before ? [edgePoint('begin').key] : []),
    ...Object.keys(after?.steps ?? {}).flatMap((step) => (Object.hasOwn(known, step) ? [] : [keepPoint(step).key])),
  ];
}
