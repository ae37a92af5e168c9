/**
 * Telling an actor of something: it takes it as its chart says, and what the engine goes through then is noted.
 */
import type { EventObject } from 'xstate';
import type { Fence } from '../../actors/durable.ts';
import type { Json } from '../../json.ts';
import type { EngineContext } from '../../policies/engine.ts';
import type { Failure } from '../../policies/failure.ts';
import { stateName } from '../../policies/state-name.ts';
import type { DurableSnapshot } from '../../stream.ts';
import { taken } from './charts.ts';
import { engineOf, type Grounds, type Stand } from './stand.ts';
import { RunStates, withStates } from './states.ts';
import { working } from './work.ts';

type Told = Pick<Grounds, 'learnt' | 'chance'>;

export function told(stand: Stand, grounds: Told, actor: string, event: EventObject, fence?: Fence): Stand {
  const before = stand.actors[actor];
  if (!before) return stand;
  const kind = actor.split('/')[0] as string;
  const delivered = { ...event, at: stand.now, chance: grounds.chance, ...(fence && { fence }) };
  const { snapshot, states, edges } = taken(kind, before, delivered);
  const actors = { ...stand.actors, [actor]: snapshot };
  if (actor !== engineOf) return { ...stand, actors, needy: needyWith(stand, actor, snapshot) };
  return engineWent({ ...stand, actors, edges: [...stand.edges, ...edges] }, grounds, before, states);
}

/** An effect of an actor ends. */
export function ended(
  stand: Stand,
  grounds: Told,
  actor: string,
  id: string,
  how: { output: Json } | { error: Failure },
): Stand {
  const { ticket = '' } = stand.actors[actor]?.effects[id] ?? {};
  const type = 'error' in how ? `xstate.error.actor.${id}` : `xstate.done.actor.${id}`;
  const over = actor === engineOf ? { ...stand, work: null } : stand;
  return told(over, grounds, actor, { type, ...how } as EventObject, { kind: 'effects', id, ticket });
}

function engineWent(stand: Stand, { learnt }: Told, before: DurableSnapshot, states: string[]): Stand {
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
    trail: [...stand.trail, ...namesOf(states, stand.states.at(-1))],
    hasBegun: following.hasBegun,
    isOver: following.isOver,
    entered: isNews ? (state === 'running' ? null : state) : stand.entered,
  };
  if (state !== 'running') return { ...went, work: null };
  const isNewStart = engine.effects.run?.ticket !== before.effects.run?.ticket;
  return isNewStart ? working(went, learnt) : went;
}

/** Those who need a person, once an actor has come to where it stands now. */
function needyWith({ needy, now }: Stand, actor: string, snapshot: DurableSnapshot): Stand['needy'] {
  if (!actor.startsWith('token/')) return needy;
  const token = actor.slice('token/'.length);
  const { [token]: since = now, ...others } = needy;
  return snapshot.hasTag('waitsForHuman' as never) ? { ...others, [token]: since } : others;
}

/** What a path is named after: every state but those that say nothing. */
function namesOf(states: readonly string[], last: string | undefined): string[] {
  return withStates(last === undefined ? [] : [last], states)
    .slice(last === undefined ? 0 : 1)
    .filter((state) => !['ready', 'running', 'cooldown'].includes(state) && !state.startsWith('idle'));
}
