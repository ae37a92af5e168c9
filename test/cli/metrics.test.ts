import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Overview, PastPoint } from '../../src/telemetry/metrics/overview.ts';
import { mustHave, promtool } from '../demo/programs.ts';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

const config = `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  services: { shop: {} },
  engines: [
    engine('buyer', { run: ({ step, service }) => step('buy', () => service('shop').call(async () => 'bread')) }),
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

const runsIn = (out: string) =>
  Object.fromEntries((JSON.parse(out) as Overview).subjects.map(({ subject, figures }) => [subject, figures]));

it('shows everybody, and one engine with its steps, while the service runs and when it is down', async () => {
  const service = await place.start();
  await place.runOnce(service, 'buyer', 'broken');
  const running = await place.run('metrics');
  expect(running).toMatchObject({ code: 0, err: '' });
  expect(running.out).toMatch(/^ENGINE +RUNS +SUCCESS +TRIES/);
  expect(running.out).toMatch(/^buyer +1 +100 % +1 /m);
  expect(running.out).toMatch(/^broken +1 +0 % +-/m);
  expect(running.out).toMatch(/^buyer\/buy +1 +100 %/m);
  expect(running.out).toMatch(/^shop +1 +100 %/m);
  await service.end('SIGTERM');
  const down = runsIn((await place.run('metrics', 'buyer', '--json')).out);
  expect(Object.keys(down)).toEqual(['engine/buyer', 'step/buyer/buy']);
  expect(down['engine/buyer']?.runs?.value).toBe(1);
});

it('goes on counting in the same hour after a restart, and loses what a killed service had not written', async () => {
  let service = await place.start();
  await place.runOnce(service, 'buyer', 'broken');
  await service.end('SIGTERM');
  service = await place.start();
  await place.run('trigger', 'buyer');
  await eventually(
    'a second run',
    async () => runsIn((await place.run('metrics', '--json')).out)['engine/buyer']?.runs?.value === 2,
    service.log,
  );
  await service.end('SIGKILL');
  expect(runsIn((await place.run('metrics', '--week', '--json')).out)['engine/buyer']?.runs?.value).toBe(1);
});

it('refuses an engine that has not run, and says what is missing where nothing has run yet', async () => {
  const nowhere = await place.run('metrics');
  expect(nowhere).toMatchObject({ code: 1 });
  expect(nowhere.err).toContain('found no store, expected one. Start the service: nightshift start');
  const service = await place.start();
  await place.runOnce(service, 'buyer', 'broken');
  const { code, err } = await place.run('metrics', 'buyr');
  expect(code).toBe(2);
  expect(err).toContain('buyr: found no run of such an engine in this period');
  expect(err).toContain('Did you mean buyer?');
});

it('gives pages what they draw, and refuses what it cannot read', async () => {
  const service = await place.start();
  await place.runOnce(service, 'buyer', 'broken');
  await service.end('SIGTERM');
  const { url } = await place.start();
  const get = async (path: string) => {
    const answer = await fetch(`${url}/api/metrics${path}`);
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

describe.skipIf(!promtool && !mustHave)('/metrics of a running service', () => {
  it('is what promtool finds nothing amiss in', async () => {
    const service = await place.start();
    await place.runOnce(service, 'buyer', 'broken');
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
