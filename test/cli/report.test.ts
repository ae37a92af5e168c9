import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DailyReport } from '../../src/telemetry/daily-report.ts';
import { type Running, Workplace } from './nightshift.ts';

const config = `
import { defineConfig, engine, notifyCommand } from 'nightshift';
export default defineConfig({
  timeZone: 'Pacific/Kiritimati',
  builtIn: { health: false, resources: false, dailyReport: { send: ['post'] } },
  alerts: { channels: { post: notifyCommand(['sh', '-c', 'cat >> told.txt'], { severity: 'now' }) } },
  engines: [
    engine('hello', { run: () => 'done' }),
    engine('broken', { maxFailures: 1, run() { throw new Error('out of paper'); } }),
  ],
});
`;

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
  place.write('nightshift.config.ts', config);
});
afterEach(() => place.dispose());

async function someRuns(): Promise<Running> {
  const service = await place.start();
  await place.runOnce(service, 'hello', 'broken');
  return service;
}

const today = () => new Intl.DateTimeFormat('sv', { timeZone: 'Pacific/Kiritimati' }).format();
const facts = (out: string) => JSON.parse(out) as DailyReport;

describe('without a written one', () => {
  it('makes the report of the last 24 hours on the spot, while the service runs and when it is down', async () => {
    const service = await someRuns();
    const running = await place.run('report');
    expect(running).toMatchObject({ code: 0, err: '' });
    expect(running.out).toContain(`Nightshift, ${today()}\n`);
    expect(running.out).toMatch(/\d thing(s need| needs) a person/);
    expect(running.out).toContain('1 run ended well, 1 failed.');
    expect(running.out).toContain('engine/broken');
    expect(running.out).toContain('nightshift resume broken');
    await service.end('SIGKILL');
    expect(running.out).not.toContain('The service is down');
    expect((await place.run('report')).out).toMatch(
      /\n\nThe service is down: nothing goes on before nightshift start\.\n$/,
    );
    const down = facts((await place.run('report', '--json')).out);
    expect(down).toMatchObject({ day: today(), timeZone: 'Pacific/Kiritimati', totals: { ran: 1, failed: 1 } });
    expect(down.to - down.from).toBe(86_400_000);
    expect(existsSync(join(place.data, 'reports'))).toBe(false);
  });

  it('of an earlier day covers that day', async () => {
    const service = await someRuns();
    await service.end('SIGTERM');
    const { day, from, to, totals } = facts((await place.run('report', '--json', '--day', '2026-01-05')).out);
    expect([day, from, to]).toEqual([
      '2026-01-05',
      Date.parse('2026-01-05T00:00:00+14:00'),
      Date.parse('2026-01-06T00:00:00+14:00'),
    ]);
    expect(totals).toMatchObject({ ran: 0, failed: 0 });
  });
});

it('of the last seven days has the errors by their signatures, the slowest, and what becomes of the disk', async () => {
  const service = await someRuns();
  await service.end('SIGTERM');
  const { period, from, to, errors, slowest, forecasts } = facts((await place.run('report', '--week', '--json')).out);
  expect([period, to - from]).toEqual(['week', 7 * 86_400_000]);
  expect(errors.errors).toMatchObject([
    { signature: 'Error out of paper', trend: 'new', times: 1, actors: ['engine/broken'] },
  ]);
  expect(slowest.map(({ subject }) => subject)).toEqual(expect.arrayContaining(['engine/hello', 'engine/broken']));
  expect(forecasts.quotas).toEqual([]);
  const { out } = await place.run('report', '--week');
  expect(out).toContain(`Nightshift, the week up to ${today()}\n`);
  expect(out).toMatch(/\n {2}new +1 +- +\S+ \S+ +broken +Error out of paper /);
});

it('prints the written one as it is, in every form, and has sent it to the channels that the config names', async () => {
  const service = await someRuns();
  await place.runOnce(service, 'daily-report');
  // What comes after it is not in it.
  await place.run('trigger', 'hello');
  const file = join(place.data, 'reports', today());
  const page = readFileSync(`${file}.md`, 'utf8');
  expect(page).toContain('1 run ended well, 1 failed.');
  expect((await place.run('report', '--day', '--markdown')).out).toBe(page);
  expect((await place.run('report', '--day', '--html')).out).toBe(readFileSync(`${file}.html`, 'utf8'));
  const written = JSON.parse(readFileSync(`${file}.json`, 'utf8'));
  const printed = (await place.run('report', '--day', today(), '--json')).out;
  expect(facts(printed)).toEqual(written);
  expect(printed.trimEnd()).not.toContain('\n');
  expect((await place.run('report', '--day')).out).toContain('1 run ended well, 1 failed.');
  // Without a day it is of now.
  expect(facts((await place.run('report', '--json')).out).madeAt).toBeGreaterThan(written.madeAt);
  const told = readFileSync(join(place.folder, 'told.txt'), 'utf8');
  expect(told).toContain(`Nightshift, ${today()}: `);
  expect(told).toContain('engine/broken: halted');
  // One of an older version, and one that is gone, are made anew.
  for (const unmake of [() => writeFileSync(`${file}.json`, '{"day":"x"}'), () => rmSync(`${file}.json`)]) {
    unmake();
    expect(facts((await place.run('report', '--day', '--json')).out).madeAt).toBeGreaterThan(written.madeAt);
  }
});

it('refuses two periods, and two forms', async () => {
  const cases: [string[], RegExp][] = [
    [['--week', '--day', '2026-01-05'], /^--day: found beside --week, expected one of them\.$/],
    [['--markdown', '--html'], /^--markdown: found beside --html, expected one form\.$/],
    [['--html', '--json'], /"error":"--html: found beside --json, expected one form\."/],
  ];
  for (const [options, message] of cases) {
    const { code, out, err } = await place.run('report', ...options);
    expect(code).toBe(2);
    expect((out + err).trimEnd()).toMatch(message);
  }
});

it('refuses a day that there is no report of', async () => {
  const service = await place.start();
  await service.end('SIGTERM');
  const cases: [string, RegExp][] = [
    ['2026-02-30', /^--day: found '2026-02-30', expected a day such as 2026-11-23\.$/],
    ['yesterday', /^--day: found 'yesterday', expected a day such as 2026-11-23\.$/],
    ['2999-01-01', /^--day: found '2999-01-01', expected a day up to today, \d{4}-\d\d-\d\d\.$/],
  ];
  for (const [day, message] of cases) {
    const { code, out, err } = await place.run('report', '--day', day);
    expect([code, out]).toEqual([2, '']);
    expect(err.trimEnd()).toMatch(message);
  }
});

it('says what is missing where nothing has run yet', async () => {
  const { code, err } = await place.run('report');
  expect(code).toBe(1);
  expect(err).toContain('nightshift.db: found no store, expected one. Start the service: nightshift start');
});
