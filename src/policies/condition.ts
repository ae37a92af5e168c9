/**
 * Conditions: in how far somebody has to look at an engine, and whether anything is wrong with an actor of any kind. The page, `status` and
 * programs go by the same.
 */

/** In the order of attention. */
export type Condition = 'needsYou' | 'failing' | 'waiting' | 'running' | 'paused' | 'well';

/** As people are shown an actor. */
interface Shown {
  kind: string;
  /** As in `held.forActor`. */
  state: string;
  halted: boolean;
  /** What it waits for besides time. */
  waitsFor: readonly string[];
  lastRun: { result: 'success' | 'failure' } | null;
}

/** Of an actor whose record or context cannot be shown, whatever its kind. */
const unreadable = 'unreadable';
const obstacles = /^(breaker|token|quota|trouble)\//;

/** Of an engine. */
export function conditionOf({ state, halted, lastRun }: Pick<Shown, 'state' | 'halted' | 'lastRun'>): Condition {
  if (state === 'paused') return 'paused';
  if (halted || state === unreadable) return 'needsYou';
  if (state === 'backoff' || state === 'refreshing' || state === 'failure') return 'failing';
  if (state.startsWith('held')) return 'waiting';
  if (state === 'running' || state === 'ready') return 'running';
  return lastRun?.result === 'failure' ? 'failing' : 'well';
}

/** Whether it is not as it should be. Who waits for its hours or its turn, or was paused by hand, is. */
export function isTroubled(actor: Shown): boolean {
  const { kind, state, halted, waitsFor } = actor;
  if (halted || state === unreadable) return true;
  switch (kind) {
    case 'engine': {
      const condition = conditionOf(actor);
      return (
        condition === 'failing' || (condition === 'waiting' && waitsFor.some((address) => obstacles.test(address)))
      );
    }
    case 'breaker':
      return state !== 'closed';
    case 'token':
      return ['missing', 'retrying', 'expired', 'revoked'].includes(state);
    case 'quota':
      return state === 'exhausted';
    case 'incident':
      return state !== 'resolved';
    case 'heartbeat':
      return state === 'missing';
    default:
      return false;
  }
}
