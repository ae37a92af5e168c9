import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const place = new Workplace();
let service: Running;
beforeAll(() => {
  place.write('nightshift.config.ts', config);
});
afterAll(() => place.dispose());

const today = () => new Intl.DateTimeFormat('sv', { timeZone: 'Pacific/Kiritimati' }).format();
const facts = (out: string) => JSON.parse(out) as DailyReport;

describe('a report', () => {
  it('is not there where nothing has run yet, and that says what to do', async () => {
    const { code, err } = await place.run('report');
    expect(code).toBe(1);
    expect(err).toContain('nightshift.db: found no store, expected one. Start the service: nightshift start');
  });

  it('is made of the last 24 hours, while the service runs', async () => {
    service = await place.start();
    await place.runOnce(service, 'hello', 'broken');
    const running = await place.run('report');
    expect(running).toMatchObject({ code: 0, err: '' });
    expect(running.out).toContain(`Nightshift, ${today()}\n`);
    expect(running.out).toMatch(/\d thing(s need| needs) a person/);
    expect(running.out).toContain('1 run ended well, 1 failed.');
    expect(running.out).toContain('engine/broken');
    expect(running.out).toContain('nightshift resume broken');
    expect(running.out).not.toContain('The service is down');
    expect(existsSync(join(place.data, 'reports'))).toBe(false);
  });

  it('of an earlier day covers that day', async () => {
    const { day, from, to, totals } = facts((await place.run('report', '--json', '--day', '2026-01-05')).out);
    expect([day, from, to]).toEqual([
      '2026-01-05',
      Date.parse('2026-01-05T00:00:00+14:00'),
      Date.parse('2026-01-06T00:00:00+14:00'),
    ]);
    expect(totals).toMatchObject({ ran: 0, failed: 0 });
  });

  it('that has been written is printed as it is, in every form, and has gone to the channels that the config names', async () => {
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

  it('is made when the service is down, too, and says that it is', async () => {
    await service.end('SIGTERM');
    expect((await place.run('report')).out).toMatch(
      /\n\nThe service is down: nothing goes on before nightshift start\.\n$/,
    );
  });

  it('of the last seven days has the errors by their signatures, the slowest, and what becomes of the disk', async () => {
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

  it('is made of what a service that was killed has settled', async () => {
    service = await place.start();
    await place.run('trigger', 'hello');
    await service.end('SIGKILL');
    const down = facts((await place.run('report', '--json')).out);
    expect(down).toMatchObject({ day: today(), timeZone: 'Pacific/Kiritimati', totals: { failed: 1 } });
    expect(down.totals.ran).toBeGreaterThan(0);
    expect(down.to - down.from).toBe(86_400_000);
  });
});

describe('refuses', () => {
  it.each<[string[], RegExp]>([
    [['--week', '--day', '2026-01-05'], /^--day: found beside --week, expected one of them\.$/],
    [['--markdown', '--html'], /^--markdown: found beside --html, expected one form\.$/],
    [['--html', '--json'], /"error":"--html: found beside --json, expected one form\."/],
    [['--day', '2026-02-30'], /^--day: found '2026-02-30', expected a day such as 2026-11-23\.$/],
    [['--day', 'yesterday'], /^--day: found 'yesterday', expected a day such as 2026-11-23\.$/],
    [['--day', '2999-01-01'], /^--day: found '2999-01-01', expected a day up to today, \d{4}-\d\d-\d\d\.$/],
  ])('%j', async (options, message) => {
    const { code, out, err } = await place.run('report', ...options);
    expect(code).toBe(2);
    expect((out + err).trimEnd()).toMatch(message);
  });
});
