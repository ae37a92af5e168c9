/**
 * Walks a chart along every edge it has.
 *
 * What can happen in a state is read from the durable snapshot itself: the events of the sample table, an
 * outcome for each effect that is wanted, and the timer that runs out first. Shortest paths lead to every state,
 * with the context cut down to what guards look at; from each, every move is tried, and each transition that it
 * takes is an edge of the walk.
 *
 * `@xstate/graph` has a walk of its own, which refuses charts that invoke or wait; here both are moves like any other.
 */
import { getShortestPaths } from '@xstate/graph';
import { type AnyStateMachine, createActor, type EventObject } from 'xstate';
import { statesOf } from '../../actors/chart-rules.ts';
import { type DeliveredEvent, type DurableLogic, durable } from '../../actors/durable.ts';
import type { Json } from '../../json.ts';
import type { Failure } from '../../policies/failure.ts';
import type { DurableSnapshot } from '../../stream.ts';

/** One thing that happens to an actor, or to the process it lives in. */
export type Move =
  /** After an outage the event comes before the timers that ran out meanwhile. */
  | { kind: 'event'; event: EventObject; outageMs?: number }
  | { kind: 'timer'; id: string; outageMs?: number }
  | { kind: 'done'; id: string; output: Json }
  | { kind: 'error'; id: string; error: Failure };

export interface Model {
  machine: AnyStateMachine;
  settings: { [key: string]: Json };
  /** Several of each type, so that every guard is met both ways. Some need to know where the actor stands. */
  events: readonly (EventObject | ((snapshot: DurableSnapshot, at: number) => EventObject))[];
  /** Those that make a difference just after an outage. */
  eventsAfterOutage?: readonly EventObject[];
  /** What effects may end with, by the name of their source. */
  outputs: Readonly<Record<string, readonly ((snapshot: DurableSnapshot, at: number) => Json)[]>>;
  errors: readonly Failure[];
  /** When it begins, epoch ms. Default: {@link startAt}. */
  startAt?: number;
  /** The part of the context that guards look at. */
  abstract: (snapshot: DurableSnapshot, now: number) => Json;
}

export interface Walk {
  /** Names of all transitions that the chart has. */
  edges: readonly string[];
  /** The shortest way over each edge that was found, by its name. */
  paths: ReadonlyMap<string, readonly Move[]>;
  states: ReadonlySet<string>;
}

/** Every walk begins here, epoch ms. */
export const startAt = Date.UTC(2026, 0, 5, 8);
/** The chance on every event. */
export const chance = 0.5;
/** Time goes on by this before each event and each outcome, in milliseconds. */
export const tickMs = 1;
/** How long nobody is there when the process is down. */
const outageMs = 3.75 * 3_600_000;

/** An event as the walk delivers it. */
export type Walked = DeliveredEvent & { move: Move };

export function walk(model: Model): Walk {
  const logic = durable(model.machine, () => {});
  const input = { id: 'one', settings: model.settings, at: model.startAt ?? startAt, chance };
  const key = (snapshot: DurableSnapshot) =>
    JSON.stringify([snapshot.value, model.abstract(snapshot, nowOf(model, snapshot))]);
  // The pure walk has no clock: each state remembers the instant of the event that led to it.
  const remembering = {
    ...logic,
    transition: (state: never, event: Walked, scope: never) => ({
      ...(logic.transition(state, event as never, scope) as object),
      lastAt: event.at,
    }),
  };
  const shortest = getShortestPaths(remembering as never, {
    input: input as never,
    events: ((snapshot: DurableSnapshot) =>
      movesOf(model, snapshot, nowOf(model, snapshot)).map(({ event }) => event)) as never,
    serializeState: key as never,
    serializeEvent: ((event: Walked) => JSON.stringify(event.move)) as never,
    limit: 200_000,
  }) as unknown as { state: DurableSnapshot; steps: { event: Walked }[] }[];

  const paths = new Map<string, readonly Move[]>();
  const states = new Set<string>();
  for (const { state, steps } of [...shortest].sort((a, b) => a.steps.length - b.steps.length)) {
    for (const node of (state as unknown as { _nodes: { id: string }[] })._nodes) states.add(node.id);
    const before = steps.flatMap(({ event }) => (event.move ? [event.move] : []));
    for (const { event, move } of movesOf(model, state, nowOf(model, state))) {
      for (const edge of edgesTaken(logic, state, event)) {
        if (!paths.has(edge)) paths.set(edge, [...before, move]);
        for (const id of passed(model.machine, edge)) states.add(id);
      }
    }
  }
  return { edges: edgesOf(model.machine), paths, states };
}

/** What may happen next, as the walk delivers it. */
function movesOf(model: Model, snapshot: DurableSnapshot, now: number): { move: Move; event: Walked }[] {
  const at = now + tickMs;
  const timers = Object.entries(snapshot.timers).sort(([, a], [, b]) => a.dueAt - b.dueAt);
  const first = timers[0]?.[1].dueAt ?? Number.POSITIVE_INFINITY;
  const moves: { move: Move; event: Walked }[] = [];
  for (const [id, { ticket, dueAt, event }] of timers) {
    if (dueAt > first) continue;
    const fence = { kind: 'timers', id, ticket } as const;
    const onTime: Move = { kind: 'timer', id };
    const late: Move = { kind: 'timer', id, outageMs };
    moves.push({ move: onTime, event: { ...event, at: Math.max(dueAt, now), chance, fence, move: onTime } });
    moves.push({ move: late, event: { ...event, at: Math.max(dueAt, now) + outageMs, chance, fence, move: late } });
  }
  for (const event of model.eventsAfterOutage ?? []) {
    const move: Move = { kind: 'event', event, outageMs };
    moves.push({ move, event: { ...event, at: now + outageMs, chance, move } });
  }
  // What is due already comes before anything else.
  if (first <= at) return moves;
  for (const sample of model.events) {
    const event = typeof sample === 'function' ? sample(snapshot, at) : sample;
    moves.push({ move: { kind: 'event', event }, event: { ...event, at, chance, move: { kind: 'event', event } } });
  }
  for (const [id, { ticket, src }] of Object.entries(snapshot.effects)) {
    const fence = { kind: 'effects', id, ticket } as const;
    for (const make of model.outputs[src] ?? []) {
      const output = make(snapshot, at);
      const move: Move = { kind: 'done', id, output };
      moves.push({ move, event: { type: `xstate.done.actor.${id}`, output, at, chance, fence, move } as Walked });
    }
    for (const error of model.errors) {
      const move: Move = { kind: 'error', id, error };
      moves.push({ move, event: { type: `xstate.error.actor.${id}`, error, at, chance, fence, move } as Walked });
    }
  }
  return moves;
}

/** The instant of the event that led here. */
function nowOf(model: Model, snapshot: DurableSnapshot): number {
  const { lastAt } = snapshot as DurableSnapshot & { lastAt?: number };
  return lastAt ?? model.startAt ?? startAt;
}

/** The transitions that the event takes, one for each step through the chart. */
export function edgesTaken(logic: DurableLogic, state: DurableSnapshot, event: DeliveredEvent): string[] {
  const taken: string[] = [];
  const { value, context, timers, effects } = state;
  const actor = createActor(logic, {
    snapshot: { value, context, timers, effects } as never,
    inspect: (inspected) => {
      if (inspected.type !== '@xstate.microstep') return;
      for (const transition of inspected._transitions) taken.push(nameOf(transition as never));
    },
  });
  actor.start();
  actor.send(event as never);
  return taken;
}

interface Edge {
  source: { id: string };
  eventType: string;
  guard?: unknown;
  target?: readonly { id: string }[];
}

export function nameOf({ source, eventType, guard, target }: Edge): string {
  const named = typeof guard === 'string' ? guard : (guard as { type?: string } | undefined)?.type;
  const targets = target?.map(({ id }) => id).join('+') ?? '(stays)';
  return `${source.id} ─ ${eventType || 'always'}${named ? ` [${named}]` : ''} → ${targets}`;
}

/** The states that an edge leads into. */
export function passed(machine: AnyStateMachine, edge: string): string[] {
  const target = edge.slice(edge.indexOf('→') + 2);
  return [...statesOf(machine.root)].filter(({ id }) => id === target).map(({ id }) => id);
}

/** Names of all transitions that a chart has. */
export function edgesOf(machine: AnyStateMachine): string[] {
  return [...statesOf(machine.root)].flatMap((state) =>
    [...state.transitions.values(), state.always ?? []].flat().map((transition) => nameOf(transition as never)),
  );
}
