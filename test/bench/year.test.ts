import { expect, it } from 'vitest';
import { services } from '../../bench/year/jobs.ts';
import { day } from '../../bench/year/rates.ts';
import { yearPage } from '../../bench/year/report.ts';
import { type Outcome, simulate, ways } from '../../bench/year/simulate.ts';
import { weatherOf } from '../../bench/year/weather.ts';

const from = Date.UTC(2026, 0, 5);
const machine = {
  cpu: 'a processor',
  cores: 1,
  memoryGb: 1,
  node: 'v24',
  sqlite: '3',
  fdatasyncMs: 0,
  fsyncMs: 0,
  jsonUs: 0,
};

it('has the same weather for everybody, and a longer one begins as a shorter one does', () => {
  const [short, long] = [28, 56].map((days) => weatherOf(7, services, from, from + days * day));
  const until = from + 27 * day;
  const before = ({ at }: { at: number }) => at < until;
  expect(short?.happenings.filter(before)).toEqual(long?.happenings.filter(before));
  expect(short?.happenings.length).toBeGreaterThan(150);
  const met = (weather: typeof short) => {
    const names: string[] = [];
    for (let at = from; at < until; at += 60_000) names.push(weather?.faultOf('llm', at)?.name ?? '');
    return names;
  };
  expect(met(short)).toEqual(met(long));
  expect(new Set(met(short)).size).toBeGreaterThan(3);
  expect(met(weatherOf(8, services, from, from + 28 * day))).not.toEqual(met(short));
});

it('knows an outage from a moment in which a call fails', () => {
  const weather = weatherOf(7, services, from, from + 28 * day);
  const kinds = { out: 0, passing: 0 };
  for (let at = from; at < from + 28 * day; at += 10_000) {
    if (weather.isOut('drive', at)) kinds.out += 1;
    else if (weather.faultOf('drive', at)) kinds.passing += 1;
  }
  expect(kinds.out).toBeGreaterThan(kinds.passing);
  expect(kinds.passing).toBeGreaterThan(0);
});

it('compares three ways of living through two days: nothing of Nightshift is lost, and no quota overdrawn', async () => {
  const outcomes: Outcome[] = [];
  for (const way of ways) outcomes.push(await simulate(way, 44, 2));
  const [cron, script, nightshift] = outcomes;

  expect(nightshift).toMatchObject({ lost: 0, violations: 0, twice: 0, halted: [] });
  expect(nightshift?.due).toBe(810);
  // Each of the crashes is one for it too.
  expect(nightshift?.happened.crash).toBeGreaterThan(5);
  expect(Object.keys(nightshift?.fixes ?? {}).filter((what) => what !== 'token' && what !== 'store')).toEqual([]);
  // A grant is revoked, which takes a person.
  expect(nightshift?.happened.revoked).toBe(1);
  expect(nightshift?.fixes.token).toBe(1);
  expect(nightshift?.announcedAfterMs.map((ms) => ms <= 60_000)).toEqual([true]);

  expect(cron?.happened).toEqual(nightshift?.happened);
  expect(script?.happened).toEqual(nightshift?.happened);
  expect(cron?.due).toBe(nightshift?.due);
  // What is lost without it shows that there was something to be lost.
  expect(cron?.lost).toBeGreaterThan(script?.lost ?? 0);
  expect(script?.lost).toBeGreaterThan(0);
  expect(cron?.fixes.lock).toBeGreaterThan(0);
  expect(script?.fixes.lock).toBeUndefined();

  const page = yearPage(
    '2026-01-05',
    machine,
    outcomes.map((outcome) => ({ way: outcome.way, days: 2, outcomes: [outcome] })),
  );
  expect(page).toContain('|  | cron and scripts | the best script | Nightshift |');
  expect(page).toMatch(/\| lost tasks \| [\d.]+ % \| [\d.]+ % \| 0 % \|/);
  expect(page).toMatch(/\| calls past a quota, a week \| \S+ \| \S+ \| 0 \|/);
}, 900_000);
