/**
 * What the settings of all built-in engines have in common: one try a run, no rest, no window, and they do not halt for failures. A disk
 * that was full for a week, or a service that was down for a night, must not need a person for them to go on.
 */
import { defaultBackoff } from '../policies/backoff.ts';
import type { EngineSettings } from '../policies/settings.ts';

const minuteMs = 60_000;

/** @param its what this one has of its own */
export function builtInSettings(its: Pick<EngineSettings, 'schedule'> & Partial<EngineSettings>): EngineSettings {
  return {
    window: null,
    windowName: null,
    retry: { ...defaultBackoff, tries: 1 },
    cooldownMs: 0,
    timeoutMs: minuteMs,
    graceMs: minuteMs,
    catchUp: 'once',
    catchUpWithinMs: null,
    overlap: 'skip',
    maxFailures: Number.MAX_SAFE_INTEGER,
    ...its,
  };
}

/** @param at a cron expression */
export function scheduled(at: string, timeZone: string): EngineSettings['schedule'] {
  return { kind: 'cron', expression: at, timeZone, offsetMs: 0 };
}
