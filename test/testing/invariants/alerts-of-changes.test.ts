import { beforeEach, describe, expect, it } from 'vitest';
import { placeKey } from '../../../src/actors/effects/step-place.ts';
import type { IncidentContext } from '../../../src/machines/incident.ts';
import { alertsOfChanges } from '../../../src/testing/invariants/alerts-of-changes.ts';
import { FakeWorld, startAt } from './fake-world.ts';

const hourMs = 3_600_000;
const cause = 'breaker:shop';

let world: FakeWorld;
let context: Pick<IncidentContext, 'occurrence' | 'message' | 'kind' | 'informed' | 'told' | 'endedAt' | 'trouble'>;

beforeEach(() => {
  world = new FakeWorld(alertsOfChanges);
  world.begin();
  context = { occurrence: 0, message: 0, kind: 'resolved', informed: [], told: [], endedAt: null, trouble: null };
  becomes('resolved', 'xstate.init');
});

/** The incident changes, durably. */
function becomes(value: unknown, event: string, change: Partial<typeof context> = {}) {
  context = { ...context, ...change };
  world.transition(`incident/${cause}`, { value, context }, { event: { type: event } });
}

const trouble = (severity: 'now' | 'canWait') => ({ severity, title: 't', what: 'w', tried: null, todo: null });
const opens = () =>
  becomes({ open: 'sending' }, 'incident.opened', {
    occurrence: context.occurrence + 1,
    message: 1,
    kind: 'opened',
    told: [],
    informed: [],
    trouble: trouble('canWait'),
  });
const isTold = () => becomes({ open: 'sending' }, 'alert.sent', { told: ['person'], informed: ['person'] });
const next = (kind: IncidentContext['kind']) => ({ kind, message: context.message + 1, told: [] });

/** The message goes out. */
function sends({ kind = context.kind, message = context.message, occurrence = context.occurrence } = {}) {
  return world.callSent({
    service: 'alert-person',
    body: JSON.stringify({ kind, cause }),
    headers: { 'Idempotency-Key': placeKey(`${cause}#${occurrence}`, `${message} person`) },
  });
}

describe('alerts of changes', () => {
  it('are the opening, a turn for the worse, reminders that are due, and the end, each once', () => {
    opens();
    world.callEnded(sends());
    isTold();
    becomes({ open: 'sending' }, 'incident.updated', { ...next('opened'), trouble: trouble('now') });
    world.callEnded(sends());
    isTold();
    for (const waitMs of [hourMs, 4 * hourMs, 12 * hourMs, 24 * hourMs, 24 * hourMs]) {
      world.at += waitMs;
      becomes({ open: 'sending' }, 'xstate.after.untilReminder', next('reminder'));
      world.callEnded(sends());
      isTold();
    }
    becomes({ closing: 'sending' }, 'incident.resolved', { ...next('resolved'), endedAt: world.at });
    world.callEnded(sends());
    becomes({ closing: 'sending' }, 'alert.sent', { told: ['person'] });
    becomes('resolved', 'xstate.done.actor.alert');
    opens();
    sends();
    expect(world.found).toEqual([]);
  });

  it('may come again when the process died, or when the answer got lost', () => {
    opens();
    world.callEnded(sends(), { error: 'ECONNRESET' });
    world.callEnded(sends());
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.begin(2);
    sends();
    expect(world.found).toEqual([]);
  });

  it('do not come again once they were taken', () => {
    opens();
    world.callEnded(sends());
    sends();
    expect(world.found).toEqual([`the alert 'opened' of ${cause} to person is sent again, though it was taken`]);
  });

  it('do not come again once it is on disk that they were taken, in no process', () => {
    opens();
    isTold();
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.begin(2);
    sends();
    expect(world.found).toEqual([expect.stringContaining('though it is on disk that it was taken')]);
  });

  it('know what was written and never told of, because the process died', () => {
    const told = { occurrence: 1, message: 1, kind: 'opened', told: [], trouble: trouble('now') };
    world.rows.set(`actor:incident/${cause}`, { state: { value: { open: 'sending' }, context: told } });
    world.tell({ type: 'committed', keys: [`actor:incident/${cause}`] });
    world.tell({ type: 'process.ended', life: 1, how: 'killed' });
    world.begin(2);
    sends({ kind: 'opened', occurrence: 1, message: 1 });
    expect(world.found).toEqual([]);
  });

  it('do not come of what is over, except that it is', () => {
    opens();
    isTold();
    becomes({ closing: 'sending' }, 'incident.resolved', { ...next('resolved'), endedAt: world.at });
    sends({ kind: 'opened', message: 1 });
    becomes('resolved', 'xstate.done.actor.alert', { told: ['person'] });
    sends();
    expect(world.found).toEqual([
      expect.stringContaining('is of what is over'),
      expect.stringContaining('is of what is over'),
    ]);
  });

  it('are of the present message alone', () => {
    opens();
    sends({ message: 2 });
    sends({ kind: 'reminder' });
    expect(world.found).toEqual([
      expect.stringContaining('is not the present message'),
      expect.stringContaining("should be 'opened'"),
    ]);
  });

  it.each([
    ['it has not become worse', 'incident.updated', 'opened'],
    ['it came after 3599999 ms instead of 3600000', 'xstate.after.untilReminder', 'reminder'],
    ['it came by alert.sent', 'alert.sent', 'resolved'],
  ] as const)('are one too many when %s', (why, event, kind) => {
    opens();
    world.at += hourMs - 1;
    becomes({ open: 'sending' }, event, next(kind));
    expect(world.found).toEqual([expect.stringContaining(why)]);
  });

  it('are one too many when the same message opens it twice', () => {
    opens();
    becomes({ open: 'sending' }, 'incident.opened', { occurrence: 3 });
    expect(world.found).toEqual([expect.stringContaining('it is not the first of the next time')]);
  });

  it('are due to whoever was told of it: that it is over', () => {
    opens();
    isTold();
    becomes('resolved', 'incident.resolved', { ...next('resolved'), endedAt: startAt });
    expect(world.found).toEqual([`${cause}: person was told of it, and never that it is over`]);
  });
});
