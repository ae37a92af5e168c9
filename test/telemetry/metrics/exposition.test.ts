import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { expose, type Present, seriesMax } from '../../../src/telemetry/metrics/exposition.ts';
import { LiveSeries } from '../../../src/telemetry/metrics/live-series.ts';
import { Series } from '../../../src/telemetry/metrics/series.ts';
import { add, addState } from '../../../src/telemetry/metrics/tally.ts';
import { mustHave, promtool } from '../../demo/programs.ts';
import { pages } from '../../docs/markdown.ts';

const present: Present = {
  actors: [
    { kind: 'engine', state: 'idle', count: 3 },
    { kind: 'breaker', state: 'halfOpen.probing', count: 1 },
  ],
  quotas: [{ service: 'shop', used: 0.25 }],
  incidents: 1,
  memoryBytes: 80_000_000,
  cpuSeconds: 12.5,
  startedAt: Date.UTC(2026, 0, 5),
  diskFreeBytes: 5e9,
  loopDelayMs: 21,
};

/** One of everything that can be counted, with names that would break a careless line. */
function everything(): Series {
  const series = new LiveSeries();
  for (const ms of [40, 800, 90_000]) series.ended('engine/video', 'success', ms);
  series.count('engine/video', (video) => {
    for (const what of ['failure', 'attempts', 'late', 'skipped', 'missed', 'coalesced'] as const) add(video, what, 2);
    addState(video, 'held.forActor', 60_000);
  });
  series.countLength('engine/video', 'lag', 1_500);
  series.ended('step/video/say "hi"\\ and\nleave', 'success', 1_000);
  series.ended('service/shop', 'success', 120);
  series.ended('service/shop', 'failure', 30_000);
  series.count('service/shop', (shop) => add(shop, 'openings', 1));
  series.count('token/shop', (token) => add(token, 'success', 1));
  series.count('process/self', (process) => add(process, 'incidents', 1));
  return series.total();
}

const linesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

it('gives numbers of times, lengths as histograms in seconds, and what is the case at present', async () => {
  const { contentType, text } = await expose(everything(), present);
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text).toContain('# TYPE nightshift_runs_total counter');
  expect(linesOf(text, 'nightshift_runs_total')).toEqual([
    'nightshift_runs_total{engine="video",result="success"} 3',
    'nightshift_runs_total{engine="video",result="failure"} 2',
  ]);
  expect(linesOf(text, 'nightshift_run_duration_seconds')).toEqual(
    expect.arrayContaining([
      'nightshift_run_duration_seconds_bucket{engine="video",le="0.05"} 1',
      'nightshift_run_duration_seconds_bucket{engine="video",le="1"} 2',
      'nightshift_run_duration_seconds_bucket{engine="video",le="+Inf"} 3',
      'nightshift_run_duration_seconds_sum{engine="video"} 90.84',
      'nightshift_run_duration_seconds_count{engine="video"} 3',
    ]),
  );
  expect(text).toContain(
    'nightshift_step_duration_seconds_count{engine="video",step="say \\"hi\\"\\\\ and\\nleave"} 1',
  );
  expect(text).toContain('nightshift_state_seconds_total{engine="video",state="held.forActor"} 60');
  expect(text).toContain('nightshift_quota_used_ratio{service="shop"} 0.25');
  expect(text).toContain('nightshift_actors{kind="breaker",state="halfOpen.probing"} 1');
  expect(text).toContain('process_cpu_seconds_total 12.5');
});

it('speaks OpenMetrics to whoever asks for it', async () => {
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
  const { contentType, text } = await expose(everything(), present, accept);
  expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(text).toContain('# TYPE nightshift_runs counter\nnightshift_runs_total{engine="video",result="success"} 3\n');
  expect(text).not.toContain('_total_total');
  expect(text.endsWith('\n# EOF\n')).toBe(true);
});

it('has the metrics that the documentation lists, and no other', async () => {
  const { text } = await expose(everything(), present);
  const made = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  const { text: page = '' } = pages.find(({ file }) => file === 'docs/metrics.md') ?? {};
  const listed = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(made.toSorted()).toEqual(listed.toSorted());
});

it('leaves out what there is nothing to say of', async () => {
  const { text } = await expose(new Series(), { ...present, quotas: [] });
  expect(text).not.toContain('nightshift_runs_total');
  expect(text).not.toContain('nightshift_quota');
  expect(text).toContain('nightshift_open_incidents 1');
});

it('has few series however many engines there are, and loses none of their runs', async () => {
  const series = new LiveSeries();
  for (let n = 0; n < 5_000; n += 1) {
    series.ended(`engine/job-${n}`, 'success', 100);
    series.ended(`step/job-${n}/upload`, 'success', 100);
  }
  const { text } = await expose(series.total(), present);
  const runs = linesOf(text, 'nightshift_runs_total').filter((line) => line.includes('"success"'));
  expect(runs).toHaveLength(seriesMax + 1);
  expect(runs.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(5_000);
  expect(runs).toContain(`nightshift_runs_total{engine="*",result="success"} ${5_000 - seriesMax}`);
  expect(text.split('\n').length).toBeLessThan(10_000);
});

describe.skipIf(!promtool && !mustHave)('promtool', () => {
  it.each(['', 'of nothing'])('finds nothing amiss in the metrics %s', async (empty) => {
    const { text } = await expose(empty ? new Series() : everything(), present);
    const { status, stdout, stderr, error } = spawnSync(promtool ?? 'promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect({ error, status, stdout, stderr }).toEqual({ error: undefined, status: 0, stdout: '', stderr: '' });
  });
});
