import { expect, it } from 'vitest';
import { subjectFigures } from '../../../src/telemetry/metrics/figures.ts';
import { metricTables } from '../../../src/telemetry/metrics/tables.ts';

const now = { counts: { success: 2 }, states: { backoff: 10_000, 'held.forActor': 300_000 } };
const before = { states: { 'held.forActor': 1_400_000 } };

it('a time in a state has its trend against as long a time of the week before', () => {
  const subject = subjectFigures('engine/job', now, before, 1 / 7);
  expect(subject.states).toEqual([
    { state: 'held.forActor', ms: 300_000, before: 200_000, change: 0.5 },
    { state: 'backoff', ms: 10_000, before: 0, change: null },
  ]);
  const [table] = metricTables([subject]);
  expect([table?.head.at(-1), table?.rows[0]?.at(-1)]).toEqual([
    'TIME IN STATES',
    'held.forActor 5m (+50 %), backoff 10s (new)',
  ]);
});

it('a time in a state is shown alone where too little is known of the week before', () => {
  const subject = subjectFigures('engine/job', now, before, null);
  expect(subject.states[0]).toEqual({ state: 'held.forActor', ms: 300_000, before: null, change: null });
  expect(metricTables([subject])[0]?.rows[0]?.at(-1)).toBe('held.forActor 5m, backoff 10s');
});
