import { describe, expect, it } from 'vitest';
import type { EngineContext } from '../../src/policies/engine.ts';
import type { Run } from '../../src/policies/run.ts';
import type { Schedule } from '../../src/policies/schedule.ts';
import { lastKnownAt, setRight, waitsPast } from '../../src/policies/set-right.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 10, 28, 12);
const ahead = 1_000 * hour;
const hourly: Schedule = { kind: 'cron', expression: '0 * * * *', timeZone: 'UTC', offsetMs: 0 };
const often: Schedule = { kind: 'every', everyMs: hour, offsetMs: 0 };
const followed = (...times: number[]): Schedule => ({ kind: 'after', times, offsetMs: 0 });
const run = { id: 'a.1', attemptAt: now + ahead, startedAt: null } as Run;
const context = { anchorAt: now - hour, due: null, last: null, run: null, hold: null, retryAt: 0 } as EngineContext;

describe('an engine', () => {
  it.each([
    ['is not due at all', null, now - hour, false],
    ['is due, or was', { at: now, schedule: hourly }, now - hour, false],
    ['waits for the next time of its schedule', { at: now + hour, schedule: hourly }, now - hour, false],
    ['waits for a later one', { at: now + 2 * hour, schedule: hourly }, now - hour, true],
    ['has an interval that counts on', { at: now + hour, schedule: often }, now - hour, false],
    ['has one that begins in times to come', { at: now + ahead, schedule: often }, now + ahead - hour, true],
    ['follows what has not been yet', { at: now + ahead, schedule: followed(now + ahead) }, now, true],
  ])('that %s: whether it waits past its schedule', (_, due, anchorAt, expected) => {
    expect(waitsPast({ due, anchorAt }, now)).toBe(expected);
  });

  it('knows the latest of its instants to have been', () => {
    expect(lastKnownAt(context)).toBe(now - hour);
    expect(lastKnownAt({ ...context, last: { run: 'a.0', result: 'success', endedAt: now } })).toBe(now);
    expect(lastKnownAt({ ...context, run })).toBe(now + ahead);
  });
});

describe('set right', () => {
  it('what has been was before now, and what has not is as far away as it was', () => {
    const last = { run: 'a.0', result: 'success', endedAt: now + ahead } as const;
    const hold = { kind: 'trouble', reason: 'down', until: now + ahead + 30_000 } as const;
    const due = { at: now + ahead, schedule: followed(now - hour, now + ahead) };
    const right = setRight(
      { ...context, anchorAt: now + ahead, retryAt: now + ahead + 5_000, last, run, hold, due },
      ahead,
      now,
    );
    expect(right).toMatchObject({
      anchorAt: now,
      retryAt: now + 5_000,
      last: { endedAt: now },
      run: { attemptAt: now },
    });
    expect(right).toMatchObject({
      hold: { until: now + 30_000 },
      due: { at: now, schedule: followed(now - hour, now) },
    });
  });

  it('what was before the clock went wrong is as it was', () => {
    const right = { ...context, due: { at: now + hour, schedule: hourly }, retryAt: now - 1 };
    expect(setRight(right, ahead, now)).toEqual(right);
  });
});
