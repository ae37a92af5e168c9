/**
 * Plain words for the path to a worst moment: how an engine stands, and what happened, as one person tells another. The names by which a
 * fault can be asked for again are another matter.
 */
import { type Injection, injectionName } from '../world/chaos.ts';

const states: Readonly<Record<string, string>> = {
  ready: 'a run is about to begin',
  held: 'it waits',
  running: 'its job is at work',
  refreshing: 'it waits for a new token',
  backoff: 'it waits before it tries again',
  failure: 'the run failed',
  paused: 'somebody paused it',
  halted: 'it gave up, and needs a person',
};

/** @param state the outermost of an engine's chart */
export function stateWords(state: string): string {
  return states[state] ?? state;
}

/** What happened, without when: the path says that itself. */
export function faultWords(injection: Injection): string {
  const { name } = injection.fault;
  if ('call' in injection) return injectionName(injection);
  if ('write' in injection) return name.startsWith('killed ') ? `the process is ${name}` : `a write meets: ${name}`;
  if ('program' in injection) return `its program ${/^[a-z]+s\b/.test(name) ? name : `meets: ${name}`}`;
  return name.startsWith('killed, ') ? `the process is ${name}` : name;
}
