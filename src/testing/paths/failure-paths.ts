/**
 * Failure paths: every way in which a run of one engine can go wrong, each with a name, and each to be tried on the real engine.
 *
 * The job is rehearsed once in a world in which nothing goes wrong, to see which calls it makes, and once for each fault at each of
 * them, to see what it makes of that. From there on the charts say what becomes of the run; `verify` holds the engine to it.
 */
import type { Config } from '../../config/config.ts';
import type { ConfigDefinition, EngineDefinition } from '../../config/definition.ts';
import { nearest } from '../../config/nearest.ts';
import { dueAfter } from '../../policies/run.ts';
import type { Fault } from '../faults/fault.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { shrunk } from '../shrink.ts';
import type { StepDoubles } from '../world/observed-engines.ts';
import { enterSandbox } from '../world/sandbox.ts';
import { World } from '../world/world.ts';
import type { ProgramModel } from '../world/world-programs.ts';
import {
  type CoverageOptions,
  type CoverageReport,
  counts,
  coverageOf,
  type Possible,
  placeNames,
  reachable,
} from './coverage.ts';
import { type Explored, explore, PathsError } from './explore.ts';
import { Forecast } from './forecast.ts';
import { Lessons } from './lessons.ts';
import { checkDoubles, checkOptions, checkReplay, invalid } from './options.ts';
import type { Disturbance } from './plan.ts';
import { rehearse, type Services, type Stage } from './rehearsal.ts';
import { callingFile, pathSeparator, pathVariable, replayLine, seedVariable } from './replay.ts';
import type { Stand } from './stand.ts';
import { messageOf, type Predictions, problemsOf } from './verdict.ts';

export interface FailurePathsOptions {
  /** What a config file exports. Default: one with this engine alone, and a service for each name under `services`. */
  config?: ConfigDefinition;
  /** What services answer, by name. Default: 200 and an empty object. */
  services?: Services;
  /** What may go wrong. */
  faults: readonly Fault[];
  /** Faults in one path, at the most. Default 1. */
  depth?: number;
  /** Whether the process crashes as well: in each state and at each call, once in a path. Default false. */
  crash?: boolean;
  /** Decides every chance there is. Default 1. */
  seed?: number;
  /**
   * When it begins, epoch ms; a job with a cron expression begins at its first due time after that. Default: Monday, 5 January 2026,
   * 00:00 UTC.
   */
  startAt?: number;
  /** What is done in place of steps that reach outside of the process, by their names. */
  steps?: StepDoubles;
  /** How the program of a command engine behaves. Default: it prints a line and ends well after a second. */
  program?: ProgramModel;
  /** What must hold. Default: all that this module has. */
  invariants?: readonly Invariant[];
  /** Places on the way that are explored, at the most. Default 20,000. */
  nodesMax?: number;
}

export interface FailurePath {
  /** As in `upload: 429 Retry-After 60 → backoff → crash → success`. */
  name: string;
  /** Tries the path on the real engine. @throws {PathsError} `PATH_FAILED`, with everything there is to know about it */
  verify(): Promise<void>;
}

export interface FailurePaths extends Iterable<FailurePath> {
  readonly length: number;
  /**
   * What the paths come to, and what they do not.
   *
   * @throws {PathsError} `COVERAGE_LOW` below `atLeast`
   */
  coverage(options?: CoverageOptions): CoverageReport;
}

/** Chances between which what happens first may differ, the likeliest first. */
const chances = [0.5, 0.02, 0.98];
const startDefault = Date.UTC(2026, 0, 5);
const leadMs = 5_000;
const nodesMaxDefault = 20_000;
const shrinkTriesMax = 30;

/**
 * Finds every path of an engine.
 *
 * With `NIGHTSHIFT_PATH` in the environment, only the path of that name is there; `NIGHTSHIFT_SEED` takes the place of the seed.
 *
 * @param engine its id in the config, or what `engine()` or `command()` made
 * @throws {PathsError} `ENGINE_UNKNOWN`, `OPTION_INVALID`, `PATHS_TOO_MANY`, `RUN_UNREHEARSED`
 * @throws {ConfigError}
 */
export async function failurePaths(
  engine: string | EngineDefinition,
  options: FailurePathsOptions,
): Promise<FailurePaths> {
  checkOptions(options);
  checkReplay(process.env[pathVariable], process.env[seedVariable]);
  const caller = callingFile();
  // One sandbox for all rehearsals: putting it up takes longer than most of them.
  const leaveSandbox = enterSandbox();
  try {
    const { stage, config } = await staged(engine, options);
    const lessons = new Lessons(stage);
    const grounds = { config, engine: stage.engine, learnt: lessons, startAt: stage.startAt };
    const [likeliest = 0.5] = chances;
    const forecasts = [
      ...chances.map((chance) => new Forecast({ ...grounds, chance })),
      new Forecast({ ...grounds, learnt: lessons.withSwiftRefreshes(), chance: likeliest }),
    ];
    const explored = await exploredAll(forecasts[0] as Forecast, lessons, options);
    return new Found({ caller, stage, config, lessons, forecasts, explored, faults: options.faults });
  } finally {
    leaveSandbox();
  }
}

interface Finding {
  /** The file that asked for the paths, if that is known. */
  caller: string | undefined;
  stage: Stage;
  config: Config;
  lessons: Lessons;
  forecasts: readonly Forecast[];
  explored: Explored;
  faults: readonly Fault[];
}

class Found implements FailurePaths {
  readonly #finding: Finding;
  readonly #paths: FailurePath[];
  readonly #ends: Stand[];

  constructor(finding: Finding) {
    this.#finding = finding;
    const all = finding.explored.plans.map((plan) => ({ plan, end: (finding.forecasts[0] as Forecast).through(plan) }));
    const named = withNames(all);
    const wanted = process.env[pathVariable];
    const chosen = wanted === undefined ? named : named.filter(({ name }) => wanted === replayName(finding, name));
    // The paths of another engine may stand in the same file.
    if (chosen.length === 0 && wanted?.startsWith(replayName(finding, ''))) throw noSuchPath(finding, wanted, named);
    this.#ends = chosen.map(({ end }) => end);
    this.#paths = chosen.map(({ name, plan }) => ({ name, verify: () => this.#verify(name, plan) }));
  }

  get length(): number {
    return this.#paths.length;
  }

  [Symbol.iterator](): Iterator<FailurePath> {
    return this.#paths[Symbol.iterator]();
  }

  coverage(options?: CoverageOptions): CoverageReport {
    const { config, stage, explored, faults, lessons } = this.#finding;
    const name = placeNames(explored.places);
    const reach = {
      states: new Set(this.#ends.flatMap(({ states }) => states)),
      edges: new Set(this.#ends.flatMap(({ edges }) => edges).filter(counts)),
      faults: new Set(this.#ends.flatMap(({ plan }) => plan.map(name))),
    };
    const possible: Possible = {
      ...reachable(config, stage.engine, stage.startAt, lessons.attempt([])?.windows.values().next().value),
      faults: new Set(explored.places.map(name)),
      nowhere: faults
        .filter((fault) => !explored.places.some((place) => place.fault === fault))
        .map((fault) => fault.name),
    };
    return coverageOf(reach, possible, options);
  }

  async #verify(name: string, plan: readonly Disturbance[]): Promise<void> {
    const tried = await this.#tried(plan);
    if (tried.problems.length === 0) return;
    const fails = async (some: readonly Disturbance[]) => (await this.#tried(some)).problems.length > 0;
    const shortest = await shrunk(plan, fails, { triesMax: shrinkTriesMax });
    const { stage, caller } = this.#finding;
    const replay = replayLine(replayName(this.#finding, name), stage.seed, caller);
    const shown = shortest.length < plan.length ? await this.#tried(shortest) : tried;
    throw new PathsError('PATH_FAILED', messageOf({ name, seed: stage.seed, shortest, replay, ...shown }));
  }

  async #tried(plan: readonly Disturbance[]) {
    const { stage, forecasts, lessons } = this.#finding;
    const predictions: Predictions = await predicted(forecasts, lessons, plan);
    const rehearsed = await rehearse(stage, plan);
    return { rehearsed, predictions, problems: problemsOf(plan, rehearsed, predictions, stage.engine) };
  }
}

/** What the charts allow, with one chance or another. */
async function predicted(
  forecasts: readonly Forecast[],
  lessons: Lessons,
  plan: readonly Disturbance[],
): Promise<Predictions> {
  const all: (readonly string[])[] = [];
  for (const forecast of forecasts) {
    let end = forecast.through(plan);
    while (end.missing) {
      await lessons.learn(end.missing);
      end = forecast.through(plan);
    }
    all.push(end.states);
  }
  return all;
}

/** Explores, and rehearses what turns out to be wanted, until nothing is. */
async function exploredAll(forecast: Forecast, lessons: Lessons, options: FailurePathsOptions): Promise<Explored> {
  const { faults, depth = 1, crash = false, nodesMax = nodesMaxDefault } = options;
  await lessons.learn({ mishaps: [] });
  const kept = lessons.attempt([])?.acts.flatMap((act) => (act.kind === 'kept' ? (act.event.step ?? []) : [])) ?? [];
  checkDoubles(options.steps, kept);
  for (;;) {
    const explored = explore(forecast, faults, { depth, crash, nodesMax });
    const wanted = new Map<string, NonNullable<Stand['missing']>>();
    for (const each of explored.missing) wanted.set(JSON.stringify(each), each);
    for (const plan of explored.plans) {
      for (const disturbance of plan) lessons.teach(`${disturbance.point.key}=${disturbance.fault.name}`, disturbance);
      const { missing } = forecast.through(plan);
      if (missing) wanted.set(JSON.stringify(missing), missing);
    }
    if (wanted.size === 0) return explored;
    for (const each of wanted.values()) await lessons.learn(each);
  }
}

async function staged(engine: string | EngineDefinition, options: FailurePathsOptions) {
  const { config: given, services, steps, program, invariants, seed = 1, startAt = startDefault } = options;
  const definition = typeof engine === 'string' ? given?.engines?.find(({ id }) => id === engine) : engine;
  if (!definition) {
    const known = given?.engines?.map(({ id }) => `'${id}'`).join(', ') || 'none';
    throw new PathsError('ENGINE_UNKNOWN', `Found no engine '${engine}' in the config, expected one of: ${known}.`);
  }
  // What it runs after is not there; it is triggered instead.
  const { after: _, ...alone } = definition;
  const names = Object.keys((typeof services === 'function' ? services() : services) ?? {});
  const made: ConfigDefinition = {
    services: Object.fromEntries(names.map((name) => [name, { url: `https://${name}.world` }])),
  };
  const config: ConfigDefinition = { ...(given ?? made), engines: [alone] };
  const resolved = await resolvedConfig(config);
  const { settings } = resolved.engines.get(definition.id) as NonNullable<ReturnType<Config['engines']['get']>>;
  const { schedule } = settings;
  const due = schedule?.kind === 'every' ? null : dueAfter(schedule, startAt, startAt);
  const stage: Stage = {
    engine: definition.id,
    isProgram: definition.command !== undefined,
    config,
    services,
    steps,
    program,
    invariants,
    seed: Number(process.env[seedVariable] ?? seed),
    startAt: due ? due.at - leadMs : startAt,
  };
  return { stage, config: resolved };
}

async function resolvedConfig(config: ConfigDefinition): Promise<Config> {
  await using world = new World({ config, history: 'nothing' });
  return world.config;
}

/** Two paths that go the same way are told apart by a number. */
function withNames(all: readonly { plan: readonly Disturbance[]; end: Stand }[]) {
  const seen = new Map<string, number>();
  return all.map(({ plan, end }) => {
    const trail = plan.length === 0 ? ['nothing goes wrong', ...end.trail] : end.trail;
    const plain = trail.join(' → ');
    const nth = (seen.get(plain) ?? 0) + 1;
    seen.set(plain, nth);
    return { name: nth === 1 ? plain : `${plain} (${nth})`, plan, end };
  });
}

function noSuchPath(finding: Finding, wanted: string, named: readonly { name: string }[]): PathsError {
  const names = named.map(({ name }) => replayName(finding, name));
  const near = nearest(wanted, names);
  const hint = near ? ` Did you mean '${near}'?` : '';
  return invalid(`${pathVariable}: found '${wanted}', expected the name of one of ${names.length} paths.${hint}`);
}

function replayName({ stage }: Finding, name: string): string {
  return `${stage.engine}${pathSeparator}${name}`;
}
