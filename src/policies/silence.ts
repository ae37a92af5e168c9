/**
 * Silence: why an engine that was due has not succeeded, as far as it can tell itself.
 */
import type { EngineContext } from './engine.ts';
import { stateName } from './state-name.ts';

export type Silence = {
  /** In words; null when the engine knows of nothing. */
  reason: string | null;
  /**
   * `always`: a person has paused it, or has been called already. `asLong`: it is held, be it for what its settings ask for, as a
   * window, or for a trouble that is told of itself. `never`: somebody should look.
   */
  excused: 'always' | 'asLong' | 'never';
};

/** @param value the engine's state, from its snapshot or from its record alike */
export function silenceOf(value: unknown, context: Partial<EngineContext>): Silence {
  const state = stateName(value);
  const { hold, run, failure, last, settings } = context;
  if (state === 'paused' || state === 'halted') return { reason: `the engine is ${state}`, excused: 'always' };
  if (hold && state.startsWith('held')) return { reason: hold.reason, excused: 'asLong' };
  if (state === 'backoff' && run && failure) {
    return {
      reason: `attempt ${run.attempt} of ${settings?.retry.tries} failed: ${failure.message}`,
      excused: 'never',
    };
  }
  if (run) {
    const since = new Date(run.startedAt ?? run.attemptAt).toISOString();
    return { reason: `its run has been under way since ${since}`, excused: 'never' };
  }
  const hasFailed = last?.result === 'failure' && failure;
  return { reason: hasFailed ? `its last run failed: ${failure.message}` : null, excused: 'never' };
}
