import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engine, type RunScope } from 'nightshift';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DailyReportPorts, dailyReportEngine } from '../../src/engines/daily-report.ts';
import { makeReport } from '../../src/engines/report-facts.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import type { DailyReport } from '../../src/telemetry/daily-report.ts';
import { Metrics } from '../../src/telemetry/metrics/overview.ts';
import { reportMessage } from '../../src/telemetry/report/message.ts';
import { verdictOf } from '../../src/telemetry/report/verdict.ts';
import { Workplace } from '../actors/effects/workplace.ts';
import { bookOf } from '../telemetry/errors/some-errors.ts';
import { testScope } from './run-scope.ts';

const minute = 60_000;
const dayMs = 86_400_000;

let folder: string;
let place: Workplace;
/** What the next runs of an engine do, in order; after that they end at once. */
let plans: Record<string, ((scope: RunScope) => unknown)[]>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-report-'));
  plans = {};
});

afterEach(async () => {
  await place[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function job(id: string, options: object = {}) {
  const run = (scope: RunScope) => plans[id]?.shift()?.(scope);
  return engine(id, { every: '10m', grace: '1m', retry: { base: '1s' }, ...options, run });
}

const fails = (message: string) => () => {
  throw new Error(message);
};

/** Real engines on a real host, with one of everything that can become of a due time. */
async function aDay() {
  plans = {
    broken: [fails('out of paper'), fails('out of paper')],
    mended: [fails('out of ink')],
    shaky: [
      () => {
        throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      },
    ],
    partial: [({ step, service }) => step('announce', () => service('x').call(async () => null), { whenDown: 'skip' })],
  };
  place = await Workplace.open({
    services: { x: {} },
    engines: [
      job('broken', { every: undefined, maxFailures: 2 }),
      job('mended', { every: undefined }),
      job('shaky', { every: undefined }),
      job('partial', { every: undefined }),
      job('regular'),
      job('strict', { catchUp: 'skip' }),
      job('paused'),
    ],
  });
  await place.clock.advance(0);
  await place.host.send('breaker/x', { type: 'breaker.isolate' });
  for (const id of ['broken', 'broken', 'mended', 'mended', 'partial']) await place.run(id);
  const well = place.reached('engine/shaky', ({ context }) => context.last !== null);
  await place.trigger('shaky');
  await place.state('engine/shaky', 'backoff');
  await place.clock.advance(minute);
  await well;
  await place.host.send('engine/paused', { type: 'engine.pause' });
  await place.crash(undefined, 35 * minute);
  await place.host.send('engine/paused', { type: 'engine.resume' });
  await place.clock.advance(5 * minute);
  const since = place.clock.now() - minute;
  for (const id of ['regular', 'strict', 'paused']) {
    await place.reached(`engine/${id}`, ({ context }) => (context.last?.endedAt ?? 0) >= since);
  }
}

async function made(more: object = {}): Promise<DailyReport> {
  const now = place.clock.now() + 1;
  return makeReport(place.store, {
    period: 'day',
    day: '2026-01-05',
    timeZone: 'UTC',
    from: now - dayMs,
    to: now,
    now,
    ...more,
  });
}

it('says what became of every run, from a real ledger', async () => {
  await aDay();
  const { engines, totals } = await made();
  const said = Object.fromEntries(
    engines.map(({ engine, reasons, stepsLeftOut, oddities: _, served: __, abandoned: ___, ...counts }) => [
      engine,
      {
        ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
        ...(reasons.length > 0 && {
          why: reasons.map(({ outcome, reason, times }) => `${outcome} ${times}: ${reason}`),
        }),
        ...(stepsLeftOut.length > 0 && { stepsLeftOut }),
      },
    ]),
  );
  expect(said).toEqual({
    broken: { failed: 2, why: ['failed 2: out of paper'] },
    mended: { ran: 1, failed: 1, why: ['failed 1: out of ink'] },
    shaky: { ran: 1, retried: 1 },
    partial: { ran: 1, degraded: 1, stepsLeftOut: ['announce'] },
    regular: { ran: 2, late: 1, coalesced: 1 },
    strict: { ran: 2, missed: 1, why: ['missed 1: nobody was there for more than 1m after it'] },
    paused: { ran: 2, skipped: 1, why: ['skipped 1: the engine was paused'] },
  });
  expect(totals).toMatchObject({ ran: 9, late: 1, failed: 3, coalesced: 1, skipped: 1, missed: 1 });
  expect(engines.slice(0, 3).map(({ engine }) => engine)).toEqual(['broken', 'mended', 'strict']);
});

it('says what mended itself, and what does not without a person', async () => {
  await aDay();
  const { healed, todo } = await made();
  expect(healed.map(({ engine, reason }) => [engine, reason])).toEqual([
    ['mended', 'out of ink'],
    ['shaky', null],
  ]);
  expect(todo).toEqual([
    { actor: 'breaker/x', state: 'isolated', reason: expect.any(String), todo: 'nightshift reset x' },
    {
      actor: 'engine/broken',
      state: 'halted',
      reason: expect.stringContaining('2 failures in a row; the last one: out of paper'),
      todo: 'mend the cause, then: nightshift resume broken',
    },
  ]);
});

it('calls nothing well again that has failed and was not, and says when it runs next', async () => {
  plans = { mended: [fails('out of ink')], regular: [fails('out of paper'), fails('out of glue')] };
  place = await Workplace.open({ engines: [job('mended', { every: undefined }), job('regular')] });
  await place.clock.advance(0);
  await place.reached('engine/regular', ({ context }) => context.last !== null);
  for (let runs = 0; runs < 2; runs += 1) await place.run('mended');
  const first = await made();
  const nextAt = place.clock.now() + 10 * minute;
  const reason = expect.stringMatching(/^out of paper /);
  expect(first.failing).toEqual([{ actor: 'engine/regular', state: 'idle', reason, nextAt }]);
  expect(verdictOf(first)).toEqual({ isWell: false, text: '1 engine failed and is not well again yet' });
  expect(reportMessage(first).text).toContain('\nNot well again yet:\n- engine/regular: failed: out of paper ');
  await place.clock.advance(20 * minute);
  await place.reached('engine/regular', ({ context }) => context.last?.result === 'success');
  const later = await made();
  expect([later.failing, later.totals.failed]).toEqual([[], 3]);
  expect(verdictOf(later)).toEqual({ isWell: true, text: 'Nothing needs a person: what failed is well again' });
});

it('looks at the day that it is asked about alone', async () => {
  await aDay();
  const before = await made({ from: 0, to: place.clock.now() - 12 * 60 * minute });
  expect([before.engines, before.healed]).toEqual([[], []]);
  const { engines } = await made({ from: place.clock.now() - minute });
  expect(engines.map(({ engine }) => engine).sort()).toEqual(['paused', 'regular', 'strict']);
});

it('tells of open incidents, of what updates has found, of sleeps, and of what cannot be read', async () => {
  place = await Workplace.open({ engines: [] });
  const record = (value: string, context: object) =>
    JSON.stringify({ machine: 'm', state: { value, context, timers: {}, effects: {} }, halted: null });
  const findings = [{ severity: 'high', what: 'Node 23 is over.', fix: 'Move.' }];
  await place.store.write([
    [
      'actor:incident/provider-down',
      record('open', { trouble: { title: 'shop is down', what: 'it answers 503', todo: 'call the shop' } }),
    ],
    ['actor:incident/over', record('resolved', {})],
    ['actor:engine/updates', record('idle', { lastGood: { findings } })],
    ['actor:engine/z', '{'],
    ledgerRow('machine/clock', place.clock.now() - minute, 1, { kind: 'slept', from: 1, to: 2 }),
    ledgerRow('machine/clock', place.clock.now() - minute, 2, { kind: 'slept' }),
  ]);
  const report = await made();
  expect(report.upsets).toEqual([{ kind: 'slept', from: 1, to: 2 }]);
  expect(report.incidents).toEqual([
    { actor: 'incident/provider-down', state: 'open', reason: 'shop is down: it answers 503', todo: 'call the shop' },
  ]);
  expect(report.findings).toEqual(findings);
  expect(report.todo).toMatchObject([{ actor: 'engine/z', state: 'unreadable' }]);
});

it('tells of incidents that came and went at night, from a real ledger, each by its own day', async () => {
  let isDown = true;
  const call = ({ service }: RunScope) =>
    service('shop').call(async () => {
      if (isDown) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    });
  place = await Workplace.open({
    services: { shop: { breaker: { failures: 1, cooldown: '1m', cooldownMax: '1m' } } },
    engines: [engine('job', { retry: { base: '1s' }, run: call })],
  });
  const incidents = () => place.at('incident/breaker:shop');
  const isOver = (occurrence: number) =>
    place.reached(
      'incident/breaker:shop',
      ({ value, context }) => value === 'resolved' && context.occurrence === occurrence,
    );
  for (const occurrence of [1, 2]) {
    isDown = true;
    await place.trigger('job');
    await place.state('breaker/shop', 'open');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(20 * 1_000);
    await place.state('engine/job', 'held.forActor');
    isDown = false;
    await place.clock.advance(40 * 1_000);
    await isOver(occurrence);
    await place.clock.advance(60 * minute);
  }
  expect(incidents().context.occurrence).toBe(2);
  const { incidents: open, incidentsOver } = await made();
  expect(open).toEqual([]);
  expect(incidentsOver).toEqual([
    {
      cause: 'breaker:shop',
      title: 'shop is down',
      times: 2,
      lastedMs: 2 * minute,
      endedAt: place.clock.now() - 60 * minute,
    },
  ]);
  expect((await made({ from: place.clock.now() - 61 * minute })).incidentsOver).toMatchObject([{ times: 1 }]);
  expect((await made({ from: place.clock.now() - minute })).incidentsOver).toEqual([]);
});

it('tells which quotas are used up, by their limit or by what the service said, and until when', async () => {
  const quota = { limit: 1, per: 'day', resets: '00:00 UTC' } as const;
  place = await Workplace.open({
    services: { limited: { quota }, told: {}, free: { quota } },
    engines: [],
  });
  await place.clock.advance(0);
  await place.host.send('quota/limited', { type: 'quota.take' });
  const refused = { type: 'quota.refused', until: place.clock.now() + 5 * minute };
  await place.host.send('quota/told', refused);
  const midnight = (Math.floor(place.clock.now() / dayMs) + 1) * dayMs;
  const limited = { service: 'limited', until: midnight, reason: 'its 1 calls per day are used up' };
  expect((await made()).usedUp).toEqual([
    limited,
    {
      service: 'told',
      until: place.clock.now() + 5 * minute,
      reason: 'the service refused a call because of its quota',
    },
  ]);
  // As when the service is down, and nobody has noted that there is room again.
  expect((await made({ now: midnight - 1 })).usedUp).toEqual([limited]);
});

it('tells the errors of the day, what a week had of them, and what becomes of disk and quotas', async () => {
  plans = { broken: [fails('tray 1 is out of paper'), fails('tray 2 is out of paper')] };
  place = await Workplace.open({
    services: { x: { url: 'http://x.example', quota: { limit: 10, per: 'day', resets: '00:00 UTC' } } },
    engines: [job('broken', { every: undefined })],
  });
  const book = bookOf(place);
  await place.run('broken');
  await place.clock.advance(3 * dayMs);
  await place.run('broken');
  await book.stop();
  const { errors, forecasts } = await made();
  expect(errors.errors).toMatchObject([
    { signature: 'Error tray <n> is out of paper', trend: 'known', times: 1, actors: ['engine/broken'] },
  ]);
  expect(forecasts).toMatchObject({ disk: null, quotas: [{ service: 'x', limit: 10, used: 0, usedUpAt: null }] });
  const week = await made({ period: 'week', from: place.clock.now() - 7 * dayMs });
  expect(week).toMatchObject({ period: 'week', totals: { failed: 2 }, errors: { times: 2, counts: { new: 1 } } });
});

function portsWith(more: Partial<DailyReportPorts> = {}): DailyReportPorts {
  return {
    dataDir: folder,
    timeZone: 'Asia/Tokyo',
    clock: place.clock,
    store: () => place.store,
    overview: (now) => new Metrics(place.store).overview('day', now),
    redact: (text) => text.replaceAll('paper', '[secret]'),
    deliver: () => expect.unreachable('nobody is to be told'),
    ...more,
  };
}

it('writes the report of the day in every form, for its owner alone and without secrets, and a line in the log', async () => {
  await aDay();
  const scope = testScope();
  await place.clock.advance(10 * 60 * minute);
  const output = await dailyReportEngine({ schedule: '0 7 * * *', send: [] }, portsWith()).run(scope);
  const reports = join(folder, 'reports');
  expect(readdirSync(reports)).toEqual(['2026-01-06.html', '2026-01-06.json', '2026-01-06.md']);
  for (const name of readdirSync(reports)) {
    expect(statSync(join(reports, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(reports, name), 'utf8')).not.toContain('paper');
  }
  expect(statSync(reports).mode & 0o777).toBe(0o700);
  const { day, totals, from, to } = JSON.parse(readFileSync(join(reports, '2026-01-06.json'), 'utf8')) as DailyReport;
  expect([day, to - from]).toEqual(['2026-01-06', dayMs]);
  expect(totals.failed).toBe(3);
  expect(readFileSync(join(reports, '2026-01-06.md'), 'utf8')).toMatch(/^# Nightshift, 2026-01-06\n\n.* 3 failed/);
  expect(output).toEqual({ file: join(reports, '2026-01-06.md'), ...totals });
  expect(scope.lines).toEqual([
    {
      level: 'info',
      message: 'report.daily',
      facts: expect.objectContaining({ day, failed: 3, todo: 2, incidents: 1, findings: 0 }),
    },
  ]);
});

it('is sent to every channel that is named, without secrets, also when one of them does not take it', async () => {
  await aDay();
  const sent: [string, string][] = [];
  const deliver: DailyReportPorts['deliver'] = async (channel, { title, text }) => {
    if (channel === 'down') throw new Error('nobody is in');
    sent.push([channel, `${title}\n${text}`]);
  };
  const steps: string[] = [];
  const scope = testScope({
    step: ((name: string, work: () => unknown) => {
      steps.push(name);
      return work();
    }) as unknown as RunScope['step'],
    service: (name) => ({ call: (work: (call: object) => unknown) => work({ service: name }) }) as never,
  });
  const engine = dailyReportEngine({ schedule: '0 7 * * *', send: ['down', 'post'] }, portsWith({ deliver }));
  await expect(engine.run(scope)).rejects.toMatchObject({
    message: 'nobody is in',
    // What no engine could mend by another try, a channel may: it is asked again.
    failure: { class: 'recoverable' },
  });
  // Another attempt makes nothing anew, and tells nobody twice: finished steps are not done again.
  expect(steps).toEqual(['make', 'tell down', 'tell post']);
  expect(sent).toEqual([
    ['post', expect.stringMatching(/^Nightshift, 2026-01-05: 2 things need a person\n.*3 failed/)],
  ]);
  expect(sent[0]?.[1]).toContain('engine/broken: halted');
  expect(sent[0]?.[1]).not.toContain('paper');
});
