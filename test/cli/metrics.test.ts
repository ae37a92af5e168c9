/**
 * Metrics of a service, which is stopped, started again and killed on the way; and its traces, by the file that the documentation shows.
 */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Overview, PastPoint } from '../../src/telemetry/metrics/overview.ts';
import { mustHave, promtool } from '../demo/programs.ts';
import { blocks, root } from '../docs/markdown.ts';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const config = `
import './tracing.mjs';
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  traces: true,
  builtIn: { health: false, resources: false },
  services: { shop: {} },
  engines: [
    engine('buyer', { run: ({ step, service }) => step('buy', () => service('shop').call(async () => 'bread')) }),
    engine('broken', { maxFailures: 1, run() { throw new Error('out of paper'); } }),
  ],
});
`;

const runsIn = (out: string) =>
  Object.fromEntries((JSON.parse(out) as Overview).subjects.map(({ subject, figures }) => [subject, figures]));

const place = new Workplace();
let service: Running;
beforeAll(() => {
  place.write('nightshift.config.ts', config);
  place.write('tracing.mjs', blocks.find(({ text }) => text.startsWith('// tracing.mjs'))?.text ?? '');
  symlinkSync(join(root, 'node_modules/@opentelemetry'), join(place.folder, 'node_modules/@opentelemetry'));
});
afterAll(() => place.dispose());

describe('metrics', () => {
  it('say what is missing where nothing has run yet', async () => {
    const { code, err } = await place.run('metrics');
    expect(code).toBe(1);
    expect(err).toContain('found no store, expected one. Start the service: nightshift start');
  });
});

describe('while the service runs', () => {
  beforeAll(async () => {
    // Spans are handed on after five seconds otherwise.
    service = await place.start({ OTEL_BSP_SCHEDULE_DELAY: '100' });
    await place.runOnce(service, 'buyer', 'broken');
  });

  it('its runs are traces, with their steps', async () => {
    for (const name of ['run buyer', 'step buy', 'run broken']) {
      await eventually(`the span of ${name}`, () => service.log().includes(`name: '${name}'`), service.log);
    }
  });

  it('they show everybody', async () => {
    const { code, out, err } = await place.run('metrics');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ENGINE +RUNS +SUCCESS +TRIES/);
    expect(out).toMatch(/^buyer +1 +100 % +1 /m);
    expect(out).toMatch(/^broken +1 +0 % +-/m);
    expect(out).toMatch(/^buyer\/buy +1 +100 %/m);
    expect(out).toMatch(/^shop +1 +100 %/m);
  });

  it('they refuse an engine that has not run', async () => {
    const { code, err } = await place.run('metrics', 'buyr');
    expect(code).toBe(2);
    expect(err).toContain('buyr: found no run of such an engine in this period');
    expect(err).toContain('Did you mean buyer?');
  });

  it.skipIf(!promtool && !mustHave)('they are at /metrics, and promtool finds nothing amiss in it', async () => {
    const answer = await fetch(`${service.url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const input = await answer.text();
    expect(input).toContain('nightshift_runs_total{engine="buyer",result="success"} 1');
    const { status, stdout, stderr } = spawnSync(promtool ?? 'promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('after its end', () => {
  it('they show one engine with its steps', async () => {
    await service.end('SIGTERM');
    const down = runsIn((await place.run('metrics', 'buyer', '--json')).out);
    expect(Object.keys(down)).toEqual(['engine/buyer', 'step/buyer/buy']);
    expect(down['engine/buyer']?.runs?.value).toBe(1);
  });
});

describe('after a restart', () => {
  beforeAll(async () => {
    service = await place.start();
  });

  it('they give pages what they draw, and refuse what they cannot read', async () => {
    const get = async (path: string) => {
      const answer = await fetch(`${service.url}/api/metrics${path}`);
      return [answer.status, await answer.json()] as const;
    };
    const [, { points }] = (await get('/past?subject=engine/buyer&span=hour&count=48')) as [
      number,
      { points: PastPoint[] },
    ];
    expect(points.map(({ figures }) => figures.runs?.value)).toEqual([1]);
    expect(await get('?period=year')).toEqual([400, { error: "period: found 'year', expected day or week." }]);
    expect(await get('/past?span=minute')).toEqual([400, { error: "span: found 'minute', expected hour or day." }]);
    expect(await get('/past?count=9999')).toEqual([400, { error: "count: found '9999', expected 1 to 360." }]);
  });

  it('they go on counting in the same hour, and lose what a killed service had not written', async () => {
    await place.run('trigger', 'buyer');
    await eventually(
      'a second run',
      async () => runsIn((await place.run('metrics', '--json')).out)['engine/buyer']?.runs?.value === 2,
      service.log,
    );
    await service.end('SIGKILL');
    expect(runsIn((await place.run('metrics', '--week', '--json')).out)['engine/buyer']?.runs?.value).toBe(1);
  });
});
