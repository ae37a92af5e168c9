/**
 * The states that an engine goes through in one run, as a path names them.
 */
import type { EngineContext } from '../../policies/engine.ts';
import { stateName } from '../../policies/state-name.ts';
import type { WorldEvent } from '../invariants/invariant.ts';

/** What an engine's transition is, for whoever follows a run. */
export interface Passage {
  /** True time, epoch ms. */
  at: number;
  /** The states passed through, the last one being where it stands. */
  states: string[];
  /** Whether a run is under way where it stands. */
  hasRun: boolean;
  event: { type: string };
}

/** Adds what was passed through, the same state twice in a row once. */
export function withStates(before: readonly string[], passed: readonly string[]): string[] {
  const all = [...before];
  for (const state of passed) if (all.at(-1) !== state) all.push(state);
  return all;
}

/** The transitions of an engine among all that happened. */
export function passagesOf(engine: string, events: readonly WorldEvent[]): Passage[] {
  return events.flatMap((event) => {
    const passage = passageOf(engine, event);
    return passage ? [passage] : [];
  });
}

export function passageOf(engine: string, event: WorldEvent): Passage | undefined {
  if (event.type !== 'transition' || event.transition.address !== `engine/${engine}`) return undefined;
  const { path, snapshot, event: cause } = event.transition;
  return {
    at: event.at,
    states: path.map(stateName),
    hasRun: (snapshot.context as unknown as EngineContext).run !== null,
    event: cause,
  };
}

/** Follows one run, from the engine's beginning until it is at rest after it. */
export class RunStates {
  states: string[] = [];
  /** When each of them was come to, by true time, epoch ms. */
  readonly instants: number[] = [];
  /** The run has begun. */
  hasBegun = false;
  /** It has ended, and the engine has rested. */
  isOver = false;

  take({ at, states, hasRun }: Passage): void {
    if (this.isOver) return;
    this.states = withStates(this.states, states);
    while (this.instants.length < this.states.length) this.instants.push(at);
    this.hasBegun ||= hasRun;
    const last = states.at(-1) ?? '';
    this.isOver = this.hasBegun && !hasRun && last !== 'cooldown';
  }
}
