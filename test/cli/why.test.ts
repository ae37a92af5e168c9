import { afterEach, beforeEach, expect, it } from 'vitest';
import { Workplace } from './nightshift.ts';

const config = `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  timeZone: 'Asia/Kathmandu',
  builtIn: { health: false, resources: false },
  engines: [
    engine('hello', { schedule: '0 3 * * *', run: () => 'done' }),
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

it('says in one sentence what an engine does, while the service runs and when it is down', async () => {
  const service = await place.start();
  await place.runOnce(service, 'hello', 'broken');
  const running = await place.run('why', 'hello');
  expect(running).toMatchObject({ code: 0, err: '' });
  expect(running.out).toMatch(/^hello is not due before .*03:00; its last run began at .* and ended well at .*\.\n$/);
  expect((await place.run('why', 'broken')).out).toMatch(
    /^broken stands still \(halted\): out of paper .* nightshift resume broken\.\n$/,
  );
  expect((await place.run('why', 'hello', '03:30')).out).toMatch(
    /^Nothing of hello was due at .*03:30; the next due time/,
  );
  await service.end('SIGTERM');
  expect(JSON.parse((await place.run('why', 'engine/hello', '--json')).out)).toMatchObject({
    engine: 'engine/hello',
    why: running.out.trimEnd(),
    state: 'idle',
    todo: null,
  });
});

it('refuses a time that is none and an engine that there is not, and says what there is', async () => {
  await (await place.start()).end('SIGTERM');
  expect(await place.run('why', 'hello', 'noon')).toMatchObject({
    code: 2,
    err: expect.stringContaining("noon: found no time, expected one such as 03:00 or '2026-11-23 03:00', in "),
  });
  expect(await place.run('why', 'hello', '2026-02-30 03:00')).toMatchObject({
    code: 2,
    err: expect.stringContaining('found no time'),
  });
  // Without hours of its own, an engine goes by the config's.
  for (const engine of ['hello', 'broken'])
    expect((await place.run('why', engine, 'noon')).err).toContain(', in Asia/Kathmandu.');
  expect((await place.run('why', 'hello')).out).toMatch(
    /\. The service is down: nothing goes on before nightshift start\.\n$/,
  );
  expect(await place.run('logs', '--engine', 'helo')).toMatchObject({ code: 2 });
  expect(await place.run('why', 'helo')).toMatchObject({
    code: 2,
    err: "helo: there is no such engine. Did you mean 'hello'? `nightshift status` lists them all.\n",
  });
});

it('without a store says how to make one', async () => {
  expect(await place.run('why', 'hello')).toMatchObject({ code: 1, err: expect.stringContaining('nightshift start') });
});
