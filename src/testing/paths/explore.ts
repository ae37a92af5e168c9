/**
 * Exploring: every edge of the graph that the engine's chart makes together with what may go wrong.
 *
 * A node of it is where the engine, its breakers, quotas and tokens stand, and how far the run has come; an edge is what happens
 * next, or something that goes wrong with it. `@xstate/graph` finds the shortest way to each node; each edge on which something goes
 * wrong is one path, from the beginning over that edge to the end of the run.
 */
import { getShortestPaths } from '@xstate/graph';
import { NightshiftError } from '../../errors.ts';
import type { BreakerContext } from '../../machines/breaker.ts';
import type { EngineContext } from '../../policies/engine.ts';
import type { DurableSnapshot } from '../../stream.ts';
import type { Fault } from '../faults/fault.ts';
import type { Forecast } from './forecast.ts';
import { crash, type Disturbance, type Point } from './plan.ts';
import type { Stand } from './stand.ts';

export interface Bounds {
  /** Faults in one path. */
  depth: number;
  /** Whether the process may crash in a path as well, once. */
  crash: boolean;
  /** Nodes of the graph, at the most. */
  nodesMax: number;
}

/** More is to be explored than may be: `PATHS_TOO_MANY`. */
export class PathsError extends NightshiftError {}

/** A fault, and a point at which it can happen. */
export type Place = Pick<Disturbance, 'point' | 'fault'>;

type Walked = { type: string; disturbance?: Disturbance };

export interface Explored {
  /** What goes wrong on each path; nothing on the first. */
  plans: readonly (readonly Disturbance[])[];
  /** Where each fault could happen, be it on a path with more faults than these may have. */
  places: readonly Place[];
  /** What has to be rehearsed before more can be explored. */
  missing: readonly NonNullable<Stand['missing']>[];
}

/** @throws {PathsError} */
export function explore(forecast: Forecast, faults: readonly Fault[], bounds: Bounds): Explored {
  const first = forecast.first();
  const logic = {
    transition: (stand: Stand, { disturbance }: Walked) => ({
      status: 'active',
      ...(disturbance ? forecast.disturbed(stand, disturbance) : forecast.goneOn(stand)),
    }),
    getInitialSnapshot: () => ({ status: 'active', ...first }),
    getPersistedSnapshot: (stand: Stand) => stand,
    start() {},
  };
  const nodes = nodesOf(logic, (stand) => eventsOf(forecast, stand, faults, bounds), bounds);
  const plans: (readonly Disturbance[])[] = [[]];
  const places = new Map<string, Place>();
  const missing: NonNullable<Stand['missing']>[] = [];
  const edges = new Set<string>();
  for (const stand of nodes) {
    if (stand.missing) missing.push(stand.missing);
    // Also where the path has had as many faults as it may have: that is what a deeper one would reach.
    for (const { disturbance } of wrongAt(forecast, stand, faults)) places.set(keyOfPlace(disturbance), disturbance);
    for (const { type, disturbance } of eventsOf(forecast, stand, faults, bounds)) {
      const edge = `${keyOf(stand)} ${type}`;
      if (!disturbance || edges.has(edge)) continue;
      edges.add(edge);
      plans.push(forecast.disturbed(stand, disturbance).plan);
      places.set(keyOfPlace(disturbance), disturbance);
    }
  }
  return { plans, places: [...places.values()], missing };
}

function nodesOf(logic: object, events: (stand: Stand) => Walked[], { nodesMax }: Bounds): Stand[] {
  try {
    const paths = getShortestPaths(logic as never, {
      events: events as never,
      serializeState: ((stand: Stand) => `${stand.crashed} ${keyOf(stand)}`) as never,
      serializeEvent: (({ type }: Walked) => type) as never,
      limit: nodesMax,
    }) as unknown as { state: Stand; steps: unknown[] }[];
    // Whoever comes back from a crash is where one is who never crashed, and that one counts.
    return paths
      .toSorted(
        (one, other) =>
          Number(one.state.crashed) - Number(other.state.crashed) || one.steps.length - other.steps.length,
      )
      .map(({ state }) => state);
  } catch (error) {
    if (!/limit/i.test(String(error))) throw error;
    throw new PathsError(
      'PATHS_TOO_MANY',
      `Found more than ${nodesMax} places on the way to explore, expected fewer. Give a smaller depth, fewer faults, or a larger limit.`,
      { cause: error },
    );
  }
}

function eventsOf(forecast: Forecast, stand: Stand, faults: readonly Fault[], bounds: Bounds): Walked[] {
  if (stand.isOver || stand.missing) return [];
  const able = stand.used < bounds.depth ? faults : [];
  const crashes = bounds.crash && !stand.crashed ? [crash] : [];
  return [{ type: 'go on' }, ...wrongAt(forecast, stand, [...able, ...crashes])];
}

/** Which of the faults can happen with what happens next. */
function wrongAt(forecast: Forecast, stand: Stand, faults: readonly Fault[]): Required<Walked>[] {
  if (stand.isOver || stand.missing) return [];
  return forecast.chances(stand).flatMap((point) =>
    faults
      .filter((fault) => isAble(fault, point, stand))
      .map((fault) => {
        const disturbance = { point, skip: stand.passed[point.key] ?? 0, fault };
        return { type: `${point.key}=${fault.name}`, disturbance };
      }),
  );
}

function keyOfPlace({ point, fault }: Place): string {
  return `${point.key}=${fault.name}`;
}

/** Whether a fault can happen at a point. What happens to the machine does so at the first call of an attempt, and in each wait. */
function isAble(fault: Fault, { kind }: Point, { work }: Stand): boolean {
  if (fault === crash) return kind === 'amid' || kind === 'state';
  switch (fault.kind) {
    case 'call':
      return kind === (fault.to === 'token server' ? 'token' : 'call');
    case 'disk':
    case 'kill':
      return kind === 'commit';
    case 'program':
      return kind === 'program';
    case 'machine':
      return (
        kind === 'state' || (kind === 'amid' && !work?.acts.slice(0, work.next).some((act) => act.kind === 'call'))
      );
    default:
      return fault satisfies never;
  }
}

/** What tells one node from another: no instants, and of the contexts what the charts look at. */
function keyOf({ actors, work, used, entered, hasBegun, isOver, missing }: Stand): string {
  return JSON.stringify([
    Object.entries(actors).map(([actor, snapshot]) => [actor, snapshot.value, lookedAt(actor, snapshot)]),
    work && [work.mishaps, work.next, work.waitsFor?.token],
    [used, entered, hasBegun, isOver, missing],
  ]);
}

function lookedAt(actor: string, { context }: DurableSnapshot): unknown {
  if (actor === 'engine') {
    const { run, hold, failures, settings } = context as unknown as EngineContext;
    return [
      run && [
        Math.min(run.attempt, settings.retry.tries),
        run.refreshed,
        run.startedAt === null,
        Object.keys(run.steps),
        run.skipped,
        run.begun,
      ],
      hold && 'address' in hold ? hold.address : hold?.kind,
      Math.min(failures, settings.maxFailures),
    ];
  }
  if (!actor.startsWith('breaker/')) return null;
  const { recent, failedProbes, probe } = context as unknown as BreakerContext;
  // Successes before the last failures decide about a share alone.
  return [recent.replace(/^s+/i, ''), Math.min(failedProbes, 1), probe?.id];
}
