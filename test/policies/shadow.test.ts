import { describe, expect, it } from 'vitest';
import type { EngineSettings } from '../../src/policies/settings.ts';
import { compare, type ShadowedEngine, type ShadowRun } from '../../src/policies/shadow.ts';

const at = (time: string) => Date.parse(`2026-11-${time}:00Z`);
const week = [{ from: at('16T00:00'), to: at('23T00:00') }];

const daily: EngineSettings = {
  schedule: { kind: 'cron', expression: '0 3 * * *', timeZone: 'UTC', offsetMs: 0 },
  window: null,
  windowName: null,
  retry: { baseMs: 1_000, capMs: 900_000, tries: 5, jitter: 'none' },
  cooldownMs: 0,
  timeoutMs: 3_600_000,
  graceMs: 60_000,
  catchUp: 'once',
  catchUpWithinMs: null,
  overlap: 'skip',
  maxFailures: 3,
};
const exitCodes: ShadowedEngine['exitCodes'] = new Map([
  [0, 'success'],
  [75, 'recoverable'],
  [69, 'degraded'],
  [9, 'fatal'],
]);

const run = (start: string, more: Partial<ShadowRun> & { tookMs?: number } = {}): ShadowRun => ({
  startedAt: at(start),
  endedAt: at(start) + (more.tookMs ?? 20_000),
  exitCode: 0,
  signal: null,
  ...more,
});
const nights = ['16', '17', '18', '19', '20', '21', '22'];
const everyNight = nights.map((day) => run(`${day}T03:00`));
const instead = (...runs: ShadowRun[]) =>
  [
    ...everyNight.filter(({ startedAt }) => !runs.some((each) => Math.abs(each.startedAt - startedAt) < 7_200_000)),
    ...runs,
  ].sort((one, other) => one.startedAt - other.startedAt);
const compared = (runs: ShadowRun[], settings: Partial<EngineSettings> = {}, watches = week) =>
  compare({ settings: { ...daily, ...settings }, exitCodes }, runs, watches);

describe('a job that is followed', () => {
  it('differs in nothing when it ran each time that it was due', () => {
    expect(compared(everyNight)).toEqual({
      due: 7,
      ran: 7,
      failed: 0,
      lastFailure: null,
      unwatched: 0,
      differences: [],
    });
  });

  it('has failed as often as it ended badly, although that is no difference', () => {
    const runs = instead(
      run('17T03:00', { exitCode: 2 }),
      run('18T03:00', { exitCode: null, signal: 'SIGTERM' }),
      run('19T03:00', { endedAt: null, exitCode: null }),
      run('20T03:00', { exitCode: 127 }),
    );
    expect(compared(runs, { retry: { ...daily.retry, tries: 1 } })).toMatchObject({
      failed: 3,
      lastFailure: { at: at('20T03:00'), how: 'exit code 127' },
      differences: [{ kind: 'unended' }],
    });
  });

  it('was missed when nothing ran', () => {
    const { due, ran, differences } = compared(everyNight.filter((_, n) => n !== 2));
    expect({ due, ran }).toEqual({ due: 7, ran: 6 });
    expect(differences).toEqual([
      { kind: 'missed', at: at('18T03:00'), what: 'nothing was seen to run: here, it would have run' },
    ]);
  });

  it.each<[string, ShadowRun[], string, string]>([
    ['late', instead(run('18T03:10')), 'late', 'it began 10m after it was due'],
    ['by hand', [...everyNight, run('22T15:00')], 'unplanned', 'was not due'],
    ['twice', [...everyNight, run('22T03:00', { startedAt: at('22T03:00') + 30_000 })], 'double', 'a second time'],
    [
      'for too long',
      instead(run('18T03:00', { tookMs: 7_200_000 })),
      'stopped',
      'it took 2h: here, it would have been stopped after 1h',
    ],
    [
      'with a failure that passes',
      instead(run('18T03:00', { exitCode: 75 })),
      'retried',
      'exit code 75: here, it would have been tried again, 5 times in all, first after 1s',
    ],
    ['until a signal', instead(run('18T03:00', { exitCode: null, signal: 'SIGKILL' })), 'retried', 'SIGKILL ended it'],
    ['without what it needs', instead(run('18T03:00', { exitCode: 69 })), 'held', 'tried again every 30s'],
    ['to its fatal end', instead(run('18T03:00', { exitCode: 9 })), 'halted', 'would have halted'],
    ['without an end', instead(run('18T03:00', { endedAt: null })), 'unended', 'its end was not seen'],
  ])('that ran %s is told of', (_, runs, kind, what) => {
    const { differences } = compared(runs);
    expect(differences).toEqual([{ kind, at: expect.any(Number), what: expect.stringContaining(what) }]);
  });

  it('that began so late that it was something else was missed, and ran unplanned', () => {
    const { differences } = compared(instead(run('18T04:30')));
    expect(differences.map(({ kind }) => kind)).toEqual(['missed', 'unplanned']);
  });

  it('that fails again and again would have halted, once', () => {
    const failing = nights.map((day) => run(`${day}T03:00`, { exitCode: 1 }));
    expect(compared(failing).differences).toMatchObject([{ kind: 'halted', at: at('18T03:00') }]);
    expect(compared(failing.map((each, n) => (n % 2 ? each : { ...each, exitCode: 0 }))).differences).toEqual([]);
  });

  it.each([
    ['skip', 'would have been skipped'],
    ['queue', 'would have begun when that had ended'],
    ['cancel', 'would have been stopped for it'],
  ] as const)('that began while it still ran is told of, with overlap: %s', (overlap, what) => {
    const runs = instead(run('18T03:00', { tookMs: 600_000 }), run('18T03:08'));
    const found = compared(runs, { overlap }).differences.find(({ kind }) => kind === 'overlap');
    expect(found?.what).toBe(
      `the run before went on for 2m: here, ${overlap === 'cancel' ? 'that one' : 'it'} ${what}`,
    );
  });

  it('that would have been skipped is in the way of none after it', () => {
    const runs = ['03:00', '03:01', '03:02', '03:03'].map((time) => run(`18T${time}`, { tookMs: 90_000 }));
    const overlapping = (overlap: 'skip' | 'queue') =>
      compared(runs, { overlap }).differences.flatMap(({ kind, at }) => (kind === 'overlap' ? [at] : []));
    expect(overlapping('skip')).toEqual([at('18T03:01'), at('18T03:03')]);
    expect(overlapping('queue')).toEqual([at('18T03:01'), at('18T03:02'), at('18T03:03')]);
  });

  it('waits for its window', () => {
    const window = { from: '09:00', to: '17:00', timeZone: 'UTC' };
    const { differences } = compared(everyNight, { window, windowName: 'daytime' });
    expect(differences).toHaveLength(7);
    expect(differences[0]).toMatchObject({ kind: 'held', what: expect.stringContaining("'daytime' was closed") });
  });

  it('is not blamed for what nobody watched', () => {
    const watches = [
      { from: at('16T00:00'), to: at('17T12:00') },
      { from: at('19T12:00'), to: at('23T00:00') },
    ];
    const seen = everyNight.filter((_, n) => n < 2 || n > 3);
    expect(
      compared(
        seen.filter(({ startedAt }) => startedAt !== at('18T03:00')),
        {},
        watches,
      ),
    ).toMatchObject({
      due: 5,
      unwatched: 2,
      differences: [],
    });
  });

  it('with jitter may begin whenever it likes', () => {
    const schedule = { ...daily.schedule, offsetMs: 600_000 } as EngineSettings['schedule'];
    expect(compared(instead(run('18T04:10')), { schedule }).differences).toEqual([]);
  });

  it('without a calendar is judged by its ends alone', () => {
    const every = { kind: 'every', everyMs: 60_000, offsetMs: 0 } as const;
    const runs = [run('18T03:00'), run('18T03:30', { exitCode: 75 })];
    expect(compared(runs, { schedule: every })).toMatchObject({ due: 0, ran: 2, differences: [{ kind: 'retried' }] });
  });

  it('is not judged before its grace is over', () => {
    expect(compared([], {}, [{ from: at('16T00:00'), to: at('16T03:00') + 30_000 }])).toMatchObject({
      due: 0,
      differences: [],
    });
  });
});
