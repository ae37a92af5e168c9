/**
 * Conditions: in how far somebody has to look at an engine, as the service says, in words and colours.
 */
import type { Condition } from '../policies/condition.ts';
import type { Actor } from './actors.ts';

export type { Condition };
/** In the order of attention. */
export const conditions: readonly Condition[] = ['needsYou', 'failing', 'waiting', 'running', 'paused', 'well'];

export const conditionNames: Readonly<Record<Condition, string>> = {
  needsYou: 'Needs you',
  failing: 'Failing',
  waiting: 'Waiting',
  running: 'Running',
  paused: 'Paused',
  well: 'Well',
};

/** What each says, in a sentence. */
export const conditionMeanings: Readonly<Record<Condition, string>> = {
  needsYou: 'stand still until a person acts',
  failing: 'failed last, and try again by themselves',
  waiting: 'are due, and wait for something',
  running: 'are at work',
  paused: 'were paused by hand',
  well: 'have nothing to do now, and went well last',
};

export function conditionOf({ condition = 'well' }: Actor): Condition {
  return condition;
}

/** The colour of a state: of an engine's, or of any other actor's. */
export type Tone = 'well' | 'run' | 'wait' | 'bad' | 'idle';

export function toneOf(actor: Actor): Tone {
  if (actor.kind === 'engine') return tones[conditionOf(actor)];
  if (actor.halted || /^(revoked|missing|isolated|open\.|expired|unreadable)/.test(actor.state)) return 'bad';
  if (actor.kind === 'breaker' && actor.state === 'open') return 'bad';
  if (/^(halfOpen|retrying|exhausted|late|acknowledged)/.test(actor.state)) return 'wait';
  if (actor.state === 'open') return 'bad';
  if (actor.state === 'refreshing') return 'run';
  return actor.state === 'resolved' ? 'idle' : 'well';
}

const tones: Readonly<Record<Condition, Tone>> = {
  needsYou: 'bad',
  failing: 'bad',
  waiting: 'wait',
  running: 'run',
  paused: 'idle',
  well: 'well',
};
