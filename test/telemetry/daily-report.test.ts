import { expect, it } from 'vitest';
import { byTrouble, EngineLog, type Entry, noCounts, reasonsMax, totalOf } from '../../src/telemetry/daily-report.ts';

const success: Entry = { at: 1, outcome: 'ran', due: { from: 0, to: 0 }, run: 'a.1', result: 'success', attempts: 1 };
const failure: Entry = { ...success, result: 'failure', reason: 'out of paper' };

function logOf(...entries: Partial<Entry>[]) {
  const log = new EngineLog('a');
  for (const [n, entry] of entries.entries()) log.add({ ...success, at: n, ...entry });
  return log;
}

it('counts each entry once, by what became of it', () => {
  const none = { result: undefined, run: undefined } as unknown as Partial<Entry>;
  const log = logOf(
    {},
    { outcome: 'late' },
    failure,
    { ...failure, outcome: 'late' },
    { ...none, outcome: 'coalesced' },
    { ...none, outcome: 'skipped', reason: 'the engine was paused' },
    { ...none, outcome: 'missed', reason: 'nobody was there' },
    { attempts: 3, skipped: ['announce'] },
  );
  expect(log.day()).toMatchObject({
    engine: 'a',
    ran: 2,
    late: 1,
    failed: 2,
    coalesced: 1,
    skipped: 1,
    missed: 1,
    degraded: 1,
    retried: 1,
    stepsLeftOut: ['announce'],
  });
});

it('tells of successes that were unusual, the latest first, and which services of a fallback answered', () => {
  const { odd, oddities, served } = logOf(
    { odd: ['far faster: 1s, usually 1m'], served: { llm: ['groq'] } },
    { served: { llm: ['groq', 'ollama'], mail: ['smtp'] } },
    { run: 'a.3', odd: ['far smaller: 3, usually at least 120'] },
  ).day();
  expect(odd).toBe(2);
  expect(oddities).toEqual([
    { run: 'a.3', what: ['far smaller: 3, usually at least 120'], at: 2 },
    { run: 'a.1', what: ['far faster: 1s, usually 1m'], at: 0 },
  ]);
  expect(served).toEqual({ llm: { groq: 2, ollama: 1 }, mail: { smtp: 1 } });
});

it('names what did not stop when it was told to, once, however its run ended', () => {
  const { abandoned } = logOf(
    { ...failure, abandoned: ["the step 'a'"] },
    { abandoned: ["the step 'a'", 'the run'] },
  ).day();
  expect(abandoned).toEqual(["the step 'a'", 'the run']);
});

it('puts the same reasons together, the latest first', () => {
  const skipped = { outcome: 'skipped', result: undefined } as unknown as Partial<Entry>;
  const log = logOf(
    { ...skipped, reason: 'the run a.x1.y had not ended yet' },
    failure,
    { ...skipped, reason: 'the run a.x2.z had not ended yet' },
    { ...skipped, reason: 'the run due at 2026-11-23T07:00:00.000Z began before it had ended' },
  );
  expect(log.day().reasons).toEqual([
    { outcome: 'skipped', reason: 'the run due at … began before it had ended', times: 1, lastAt: 3 },
    { outcome: 'skipped', reason: 'the run before had not ended yet', times: 2, lastAt: 2 },
    { outcome: 'failed', reason: 'out of paper', times: 1, lastAt: 1 },
  ]);
});

it('tells the latest reasons when there are many', () => {
  const reasons = Array.from({ length: 30 }, (_, n) => ({ ...failure, reason: `reason ${n}`, at: n }));
  expect(
    logOf(...reasons)
      .day()
      .reasons.map(({ lastAt }) => lastAt),
  ).toEqual(Array.from({ length: reasonsMax }, (_, n) => 29 - n));
});

it.each([
  ['failed, and then ran well', [failure, {}], { failed: 1, retried: 0, reason: 'out of paper', wellAt: 1 }],
  ['needed two attempts', [{ attempts: 2 }], { failed: 0, retried: 1, reason: null, wellAt: 0 }],
  [
    'failed, ran well, and was skipped then',
    [failure, {}, { outcome: 'skipped', result: undefined }],
    { failed: 1, retried: 0, reason: 'out of paper', wellAt: 1 },
  ],
  ['failed last', [{}, failure], undefined],
  ['failed, and was skipped then', [failure, { outcome: 'skipped', result: undefined }], undefined],
  ['had no trouble', [{}], undefined],
] as [string, Partial<Entry>[], object | undefined][])(
  'says of an engine whether it is well again: it %s',
  (_, entries, healed) => {
    expect(logOf(...entries).healed()).toEqual(healed && { engine: 'a', ...healed });
  },
);

it('adds the engines up, and puts trouble first', () => {
  const day = (engine: string, counts: object) => ({
    engine,
    ...noCounts(),
    ...counts,
    reasons: [],
    stepsLeftOut: [],
    abandoned: [],
    oddities: [],
    served: {},
  });
  const days = [day('b', { ran: 5 }), day('late', { late: 7 }), day('a', { ran: 1 }), day('broken', { failed: 1 })];
  expect(days.toSorted(byTrouble).map(({ engine }) => engine)).toEqual(['broken', 'late', 'a', 'b']);
  expect(totalOf(days)).toEqual({ ...noCounts(), ran: 6, late: 7, failed: 1 });
});
