/**
 * Conditions: in how far somebody has to look at an engine. The order is that of attention.
 */
import type { Actor } from './actors.ts';

export type Condition = 'needsYou' | 'failing' | 'waiting' | 'running' | 'paused' | 'well';

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

export function conditionOf({ state, halted, givenUp, lastRun }: Actor): Condition {
  if (state === 'paused') return 'paused';
  if (halted || givenUp) return 'needsYou';
  if (state === 'backoff' || state === 'refreshing' || state === 'failure') return 'failing';
  if (state.startsWith('held')) return 'waiting';
  if (state === 'running' || state === 'ready') return 'running';
  return lastRun?.result === 'failure' ? 'failing' : 'well';
}

/** The colour of a state: of an engine's, or of any other actor's. */
export type Tone = 'well' | 'run' | 'wait' | 'bad' | 'idle';

export function toneOf(actor: Actor): Tone {
  if (actor.kind === 'engine') return tones[conditionOf(actor)];
  if (actor.halted || /^(revoked|missing|isolated|open\.|expired)/.test(actor.state)) return 'bad';
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
