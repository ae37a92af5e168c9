/**
 * Where a forecast stands: the actors as their charts have them, the attempt under way, and how it came to that.
 */
import type { Config } from '../../config/config.ts';
import type { Json } from '../../json.ts';
import type { Failure } from '../../policies/failure.ts';
import { stateName } from '../../policies/state-name.ts';
import type { DurableSnapshot } from '../../stream.ts';
import type { Act, Attempt } from './attempt.ts';
import { begun } from './charts.ts';
import type { Disturbance } from './plan.ts';

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

/** What a forecast is worked out from. */
export interface Grounds {
  config: Config;
  engine: string;
  learnt: Learnt;
  /** Epoch ms. */
  startAt: number;
  /** The chance on every event, in [0, 1). */
  chance: number;
}

/** Somewhere on the way. Never changed: each move makes another. */
export interface Stand {
  now: number;
  /** Timers that ran out before the clock jumped are noticed from then on. */
  noticesAt: number;
  bornAt: number;
  /** When the machine fell asleep, by its own clock, and for how long: milliseconds. */
  sleeps: readonly { at: number; ms: number }[];
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
export interface Work {
  mishaps: Mishaps;
  acts: readonly Act[];
  skippable: ReadonlySet<string>;
  windows: ReadonlyMap<string, string>;
  next: number;
  /** When the act before happened. */
  at: number;
  /** The token that it waits for, and until when. */
  waitsFor: { token: string; until: number } | null;
}

/** The name of the engine among the actors. */
export const engineOf = 'engine';

/** Where everything stands before anything has happened. */
export function beginning({ config, engine: id, startAt: at, chance }: Grounds): Stand {
  const { tokens, services, engines } = config;
  const engine = begun('engine', id, engines.get(id)?.settings as unknown as Json, at, chance);
  const actors: Record<string, DurableSnapshot> = { [engineOf]: engine };
  for (const { name, settings } of tokens.values())
    actors[`token/${name}`] = begun('token', name, settings, at, chance);
  for (const { name, breaker, quota } of services.values()) {
    actors[`breaker/${name}`] = begun('breaker', name, breaker, at, chance);
    actors[`quota/${name}`] = begun('quota', name, quota, at, chance);
  }
  const state = stateName(engine.value);
  return {
    now: at,
    noticesAt: at,
    bornAt: at,
    sleeps: [],
    actors,
    work: null,
    used: 0,
    crashed: false,
    passed: {},
    entered: state,
    hasBegun: false,
    isOver: false,
    states: [state],
    trail: [],
    edges: [],
    plan: [],
    needy: {},
    missing: null,
  };
}

export function contextOf<Context>({ actors }: Pick<Stand, 'actors'>, actor: string): Context {
  return (actors[actor] as DurableSnapshot).context as unknown as Context;
}
