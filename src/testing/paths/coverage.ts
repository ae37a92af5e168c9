/**
 * Coverage: which states and transitions of the engine's chart the paths go through, which faults happen on them and where, and
 * what no path has come to.
 *
 * Only that counts which can be come to: what the chart cannot reach with the engine's settings, whatever happens, and what a person
 * orders, is listed apart.
 */
import type { EventObject } from 'xstate';
import { statesOf } from '../../actors/chart-rules.ts';
import type { Config } from '../../config/config.ts';
import { found } from '../../config/found.ts';
import type { Json } from '../../json.ts';
import { engineMachine } from '../../machines/engine.ts';
import type { EngineContext } from '../../policies/engine.ts';
import type { Failure } from '../../policies/failure.ts';
import { closedCode } from '../../policies/hold.ts';
import { PathsError, type Place } from './explore.ts';
import { type Model, walk } from './walk.ts';

export interface Covered {
  reached: readonly string[];
  missing: readonly string[];
}

export interface CoverageReport {
  states: Covered;
  transitions: Covered;
  /** As `point: fault`. */
  faults: Covered;
  /** The share that was reached, of all three together, from 0 to 1. */
  share: number;
  /** What does not count, and why. */
  apart: readonly { what: string; why: string }[];
  /** The same for people. */
  toString(): string;
}

export interface CoverageOptions {
  /** The least share, from 0 to 1. */
  atLeast?: number;
}

export interface Reach {
  states: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  faults: ReadonlySet<string>;
}

export interface Possible extends Reach {
  /** Faults that can happen nowhere in this job. */
  nowhere: readonly string[];
}

const unreachable = 'the chart cannot come to it with these settings, whatever happens';
const orders = ['engine.trigger', 'engine.pause', 'engine.resume', 'settings.changed', 'predecessor.succeeded'];

/**
 * Names places, as `point: fault`. Where one step calls several services, as a fallback does, the service is named as well.
 *
 * @param known all places that there are
 */
export function placeNames(known: readonly Place[]): (place: Place) => string {
  const services = new Map<string, Set<string>>();
  for (const { point } of known) {
    if (point.service !== undefined)
      services.set(point.label, (services.get(point.label) ?? new Set()).add(point.service));
  }
  return ({ point: { label, service }, fault }) => {
    const isOneOfSeveral = service !== undefined && (services.get(label)?.size ?? 0) > 1;
    return `${label}${isOneOfSeveral ? ` (${service})` : ''}: ${fault.name}`;
  };
}

/** @throws {PathsError} `COVERAGE_LOW`, naming what is missing; `OPTION_INVALID` */
export function coverageOf(reached: Reach, possible: Possible, options: CoverageOptions = {}): CoverageReport {
  const { atLeast } = options;
  const stray = Object.keys(options).find((name) => name !== 'atLeast');
  if (stray !== undefined) {
    throw new PathsError('OPTION_INVALID', `coverage: found the unknown option '${stray}', expected 'atLeast'.`);
  }
  if (atLeast !== undefined && !(atLeast >= 0 && atLeast <= 1)) {
    throw new PathsError(
      'OPTION_INVALID',
      `atLeast: found ${found(atLeast)}, expected a share from 0 to 1, such as 0.9.`,
    );
  }
  const states = split(reached.states, possible.states);
  const transitions = split(reached.edges, possible.edges);
  const faults = split(reached.faults, possible.faults);
  const all = [states, transitions, faults];
  const [hit, missed] = [sum(all, 'reached'), sum(all, 'missing')];
  const share = hit + missed === 0 ? 1 : hit / (hit + missed);
  const apart = [...apartOf(reached, possible), ...nowhere(possible)];
  const report = { states, transitions, faults, share, apart };
  const text = textOf(report);
  if (atLeast !== undefined && share < atLeast) {
    const message = `Found ${percent(share)} of what can go wrong on the paths, expected at least ${percent(atLeast)}. Give more faults, a larger depth, or crash: true.\n${text}`;
    throw new PathsError('COVERAGE_LOW', message);
  }
  return Object.defineProperty(report, 'toString', { value: () => text });
}

/**
 * What a chart with the engine's settings can come to at all, when the worst happens that this job can meet.
 *
 * @param window one that a step of the job waits for; undefined when none does
 */
export function reachable(
  config: Config,
  engine: string,
  startAt: number,
  window: string | undefined,
): Pick<Reach, 'states' | 'edges'> {
  const { settings } = config.engines.get(engine) as NonNullable<ReturnType<Config['engines']['get']>>;
  const model: Model = {
    machine: engineMachine,
    settings: settings as unknown as { [key: string]: Json },
    events: [...stepEvents, ...(settings.schedule ? [] : [{ type: 'engine.trigger' }])],
    outputs: { runEngine: [() => ({})], awaitActor: [() => null] },
    errors: [...failuresOf(config), ...(window === undefined ? [] : [closed(window, startAt)])],
    abstract: (snapshot) => {
      const { run, failures, due } = snapshot.context as unknown as EngineContext;
      return [
        run && [run.attempt < settings.retry.tries, run.refreshed, run.startedAt === null],
        Math.min(failures, settings.maxFailures),
        due !== null,
      ];
    },
    startAt,
  };
  const { paths, states } = walk(model);
  return {
    states: new Set([...states].filter(isLeaf).map(stateIn)),
    edges: new Set([...paths.keys()].filter((edge) => !isOrder(edge) && !isProgress(edge))),
  };
}

/** Whether an edge counts: the steps of a run that stays where it is do not. */
export function counts(edge: string): boolean {
  return !isOrder(edge) && !isProgress(edge);
}

const stepEvents: EventObject[] = ['step.begun', 'step.completed', 'step.failed', 'step.skipped'].map((type) => ({
  type,
  step: 'one',
  output: null,
}));

/** As a step fails that has to wait for its hours. */
function closed(window: string, startAt: number): Failure {
  return { class: 'degraded', code: closedCode, message: '', step: 'one', window, until: startAt + 3_600_000 };
}

/** One failure of each class, as far as there is something that can fail so. */
function failuresOf({ services, tokens }: Config): Failure[] {
  const [service] = services.keys();
  const [token] = tokens.keys();
  const failure = (name: Failure['class'], code: string, rest: Partial<Failure> = {}): Failure => ({
    class: name,
    code,
    message: '',
    ...rest,
  });
  return [
    failure('recoverable', 'ECONNRESET'),
    failure('bug', 'TypeError'),
    ...(service === undefined ? [] : [failure('degraded', 'BREAKER_OPEN', { service }), failure('fatal', 'HTTP_403')]),
    ...(token === undefined
      ? []
      : [failure('critical', 'HTTP_401', { token, ...(service !== undefined && { service }) })]),
  ];
}

function isOrder(edge: string): boolean {
  return orders.some((type) => edge.includes(` ─ ${type}`));
}

function isProgress(edge: string): boolean {
  return / ─ (step\.|service\.)/.test(edge);
}

const leaves = new Set(
  [...statesOf(engineMachine.root)].filter((state) => state.type === 'atomic').map(({ id }) => id),
);

function isLeaf(id: string): boolean {
  return leaves.has(id);
}

function stateIn(id: string): string {
  return id.replace(/^engine\./, '');
}

function split(reached: ReadonlySet<string>, possible: ReadonlySet<string>): Covered {
  return {
    reached: [...possible].filter((each) => reached.has(each)),
    missing: [...possible].filter((each) => !reached.has(each)),
  };
}

function apartOf(reached: Reach, possible: Reach): { what: string; why: string }[] {
  return [...leaves]
    .map(stateIn)
    .filter((state) => !possible.states.has(state) && !reached.states.has(state))
    .map((what) => ({ what, why: what === 'paused' ? 'a person orders it' : unreachable }));
}

function nowhere({ nowhere: faults }: Possible): { what: string; why: string }[] {
  return faults.map((what) => ({ what, why: 'there is nothing in this job that it could happen to' }));
}

function sum(all: readonly Covered[], which: keyof Covered): number {
  return all.reduce((count, each) => count + each[which].length, 0);
}

function textOf({ states, transitions, faults, share, apart }: Omit<CoverageReport, 'toString'>): string {
  return [
    `${percent(share)} reached`,
    ...section('states', states),
    ...section('transitions', transitions),
    ...section('faults', faults),
    ...(apart.length > 0 ? ['does not count:', ...apart.map(({ what, why }) => `  ${what} (${why})`)] : []),
  ].join('\n');
}

function section(name: string, { reached, missing }: Covered): string[] {
  const all = reached.length + missing.length;
  return [`${name}: ${reached.length} of ${all}`, ...missing.map((each) => `  not reached: ${each}`)];
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
