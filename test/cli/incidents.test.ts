/**
 * Incidents as a person meets them: in the terminal, and in a webhook's receiver, with the real service that is killed.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpServer, inTurn, ok, silence } from '../actors/effects/http-server.ts';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
let ops: HttpServer;
beforeEach(async () => {
  place = new Workplace();
  ops = await HttpServer.open();
  place.write(
    'nightshift.config.ts',
    `import { defineConfig, engine, env, webhook } from 'nightshift';
     export default defineConfig({
       builtIn: { health: false, resources: false },
       alerts: { channels: { ops: webhook({ url: env('OPS_URL') }) } },
       engines: [engine('press', { maxFailures: 1, run: () => { throw new Error('out of paper'); } })],
     });`,
  );
});
afterEach(async () => {
  place.dispose();
  await ops.close();
});

const titles = () => ops.arrivals.map(({ body }) => (JSON.parse(body) as { title: string }).title);
const start = () => place.start({ OPS_URL: `${ops.url}/hook/s3cret-path` });

it('shows an incident, takes it as known, and says when it is over', { timeout: 180_000 }, async () => {
  const service = await start();
  expect(await place.run('incidents')).toMatchObject({ code: 0, out: 'There is no incident.\n' });
  await place.run('trigger', 'press');
  await ops.arrival(1);
  await eventually('word of it', async () => (await service.actors())['incident/engine:press']?.state === 'open.told');
  const { out } = await place.run('incidents');
  expect(out).toMatch(/^press has stopped \(engine:press\), for \d+m?s\n {2}out of paper\n/);
  expect(out).toContain('  What to do: mend the cause, then: nightshift resume press\n');
  expect(out).toContain('  No more reminders: nightshift ack engine:press\n');
  expect(out).toMatch(/\n {2}Told: ops; a reminder comes in (1h|59m\d+s)\.\n/);
  expect(await (await fetch(`${service.url}/api/incidents`)).json()).toMatchObject({
    at: expect.any(Number),
    incidents: [{ cause: 'engine:press', state: 'open.told', informed: ['ops'], endedAt: null }],
  });
  const { out: standing } = await place.run('status');
  expect(standing).toContain('\n1 incident stands: nightshift incidents\n');
  expect(standing).toMatch(/incident\/engine:press +open\.\w+ .*press has stopped: out of paper/);
  // Who needs a person stands above all who are well.
  expect(standing).toMatch(/\nACTOR .*\nengine\/press +halted /);

  expect(await place.run('ack', 'engine:pres')).toMatchObject({
    code: 2,
    err: expect.stringContaining("Did you mean 'engine:press'?"),
  });
  expect(await place.run('ack', 'engine:press')).toMatchObject({
    code: 0,
    out: 'incident/engine:press: acknowledged\n',
  });
  expect(await place.run('ack', 'engine:press')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/found it acknowledged .*, where it takes no `nightshift ack`/),
  });
  expect((await place.run('incidents')).out).toContain(', acknowledged\n');

  await service.end('SIGTERM');
  expect((await place.run('incidents')).out).toMatch(/^press has stopped/);
  const [told] = JSON.parse((await place.run('incidents', '--json')).out);
  expect(told).toMatchObject({ cause: 'engine:press', severity: 'now', state: 'acknowledged', waiting: [] });

  const again = await start();
  await place.run('resume', 'press');
  await ops.arrival(2);
  expect(titles()).toEqual(['press has stopped', 'Over: press has stopped']);
  const shown = async () => (await place.run('incidents')).out;
  await eventually('no incident', async () => (await shown()).startsWith('There is no incident.\n'));
  expect(await shown()).toMatch(
    /^There is no incident\.\n\nOver within the last week:\n {2}press has stopped \(engine:press\), over for \S+; it lasted \S+\n$/,
  );
  expect((await place.run('status')).out).not.toContain('incident');
  expect(`${service.log()}${again.log()}`).not.toContain('s3cret-path');
  await again.end('SIGTERM');
});

it('sends an alert again, under the same key, when it was killed before the answer', async () => {
  ops.answer = inTurn(silence, ok());
  const service = await start();
  await place.run('trigger', 'press');
  await ops.arrival(1);
  await service.end('SIGKILL');
  const again = await start();
  await ops.arrival(2);
  const keys = ops.arrivals.map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(1);
  await eventually('word of it', async () => (await again.actors())['incident/engine:press']?.state === 'open.told');
  await again.end('SIGTERM');
  expect(ops.arrivals).toHaveLength(2);
});
