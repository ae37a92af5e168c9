import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { timeSpanMs } from '../../../src/moving-in/systemd/time-span.ts';

const spans =
  '5|5min 20s|1h30m|1.5h|2 weeks|1M|1month|1y|50us|5 m|1h 30|3days|1hr|0|100ms|5minutes|1d2h|2seconds'.split('|');

it('reads lengths of time as systemd does', () => {
  const said = execFileSync('systemd-analyze', ['timespan', ...spans], { encoding: 'utf8' });
  const inSystemd = [...said.matchAll(/μs: (\d+)/g)].map(([, us]) => Number(us) / 1_000);
  expect(spans.map(timeSpanMs)).toEqual(inSystemd);
  expect(timeSpanMs('infinity')).toBe(Number.POSITIVE_INFINITY);
});

it.each(['', '-5', '1h,5m', 'soon', '1 fortnight', `${'1'.repeat(60_000)}!`])('is told nothing by text %#', (text) => {
  expect(timeSpanMs(text)).toBeUndefined();
});
