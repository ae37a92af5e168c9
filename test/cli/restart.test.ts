/**
 * The service after a kill, after a job that has ended it, and on a store in which not all is as it should be.
 */
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const config = (...engines: string[]) => `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { drain: '200ms' },
  engines: [${engines.map((id) => `engine('${id}', { run: () => 'well' })`).join(', ')}],
});
`;

describe('a store in which not all is as it should be', () => {
  const place = new Workplace();
  let service: Running;
  /** What is shown while nobody is at work. */
  let down: string;

  beforeAll(async () => {
    const names = ['paused', 'broke', 'unreadable', 'textless'];
    place.write('nightshift.config.ts', config(...names, 'gone'));
    await (await place.start()).end('SIGTERM');
    for (const id of ['paused', 'broke']) {
      place.changeRecord(`engine/${id}`, (record) => ({ ...record, halted: { at: 1, reason: 'it broke 4 times' } }));
    }
    place.changeRecord('engine/unreadable', () => ({ machine: 'engine', version: 99, settings: '', state: {} }));
    place.emptyRecord('engine/textless');
    down = (await place.run('status')).out;
    place.write('nightshift.config.ts', config(...names));
    service = await place.start();
  });
  afterAll(() => place.dispose());

  it('an engine that was given up is put back by resume or reset, and by nothing else', async () => {
    for (const name of ['trigger', 'pause']) {
      expect(await place.run(name, 'paused')).toMatchObject({
        code: 1,
        err: expect.stringContaining('it broke 4 times'),
      });
    }
    expect((await service.actors())['engine/paused']).toMatchObject({ halted: true, state: 'halted (in idle)' });
    expect(await place.run('resume', 'paused')).toMatchObject({ code: 0, out: 'engine/paused: idle\n' });
    expect(await place.run('reset', 'engine/broke')).toMatchObject({ code: 0, out: 'engine/broke: idle\n' });
    expect((await service.actors())['engine/paused']?.halted).toBe(false);
  });

  it('what cannot be read is named while the service is down, and when it is up again', async () => {
    expect(down).toMatch(/engine\/unreadable +unreadable .*quarantine/);
    expect(service.log()).toContain('record.quarantined');
    const { out } = await place.run('status');
    expect(out).toMatch(/engine\/unreadable +idle/);
    expect(out).toMatch(/In quarantine: engine\/unreadable: found version 99 of 'engine', expected at most \d/);
  });

  it('what is no text at all is put into quarantine as well, and the others start', async () => {
    expect(service.log()).toMatch(
      /"actor":"engine\/textless","reason":"found nothing, expected JSON\.".*record\.quarantined/,
    );
    expect((await service.actors())['engine/broke']?.state).toBe('idle');
  });

  it('who is in it and in the config no more is named, and that it is empty', async () => {
    await eventually(
      'word of it',
      () => /"count":1,"actors":\["engine\/gone"\].*"actors\.unconfigured"/.test(service.log()),
      service.log,
    );
    await service.end('SIGTERM');
    expect(service.log()).not.toContain('store.empty');
    for (const end of ['-wal', '-shm']) rmSync(join(place.data, `nightshift.db${end}`), { force: true });
    writeFileSync(join(place.data, 'nightshift.db'), '');
    service = await place.start();
    expect(service.log()).toContain('store.empty: everything begins afresh');
    expect(await service.end('SIGTERM')).toBe(0);
  });
});

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

it('brings a run back that a kill has cut off, and meanwhile status shows what the store says', async () => {
  place.write(
    'nightshift.config.ts',
    config('other').replace(
      'engines: [',
      "engines: [engine('slow', { run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }), ",
    ),
  );
  const service = await place.start();
  await place.run('trigger', 'slow');
  await service.end('SIGKILL');
  const { code, out } = await place.run('status');
  expect(code).toBe(0);
  expect(out).toMatch(/^The service is down; this is what its store in .* says\.\nAll \d+ engines were all right\.\n/);
  expect(out).toMatch(/engine\/slow +running/);
  expect(JSON.parse((await place.run('status', '--json')).out)).toMatchObject({ state: 'down' });

  const again = await place.start();
  expect((await again.actors())['engine/slow']?.state).toBe('running');
  const resumed =
    again
      .log()
      .split('\n')
      .find((line) => line.includes('"run.resumed"')) ?? '{}';
  expect(JSON.parse(resumed)).toMatchObject({
    actor: 'engine/slow',
    run: expect.stringMatching(/^slow\./),
    attempt: 1,
    finished: [],
  });
  expect(await again.end('SIGTERM')).toBe(0);
});

it.each([
  ['at once', 'run: () => { for (;;); }'],
  // Node cannot go on after this one: the name has to come from the next start.
  ['in a timer', 'run: () => new Promise(() => setTimeout(() => { for (;;); }, 5))'],
])('ends a job that loops for ever %s, by name, and starts afresh for the others', async (_, looper) => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { standstill: '3s' },
  engines: [
    engine('looper', { timeout: '5s', ${looper} }),
    engine('patient', { run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) }),
  ],
});
`,
  );
  const service = await place.start();
  await place.run('trigger', 'patient');
  const ended = once(service.child, 'exit');
  void place.run('trigger', 'looper');
  expect((await ended)[0]).toBeGreaterThan(0);
  const again = await place.start();
  const { 'engine/looper': failed, 'engine/patient': patient } = await again.actors();
  expect(failed).toMatchObject({ state: 'idle', reason: expect.stringContaining('held up the event loop') });
  expect(patient?.state).toBe('running');
  const { effects } = (await (await fetch(`${again.url}/api/actors/engine/patient`)).json()) as {
    effects: object;
  };
  expect(effects).toMatchObject({ run: { starts: 0 } });
  expect(existsSync(join(place.data, 'standstill.json'))).toBe(false);
});

it('gives up a job that kills the process, and no other', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { withinPeriod: '3s' },
  engines: [
    engine('patient', { run: ({ step, signal }) => step('wait', () => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))) }),
    engine('killer', { run: ({ step }) => step('kill', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 700) && new Promise(() => {})) }),
  ],
});
`,
  );
  let service = await place.start();
  let died = once(service.child, 'close');
  await place.run('trigger', 'patient');
  void place.run('trigger', 'killer');
  for (let death = 1; death <= 4; death++) {
    expect((await died)[1]).toBe('SIGKILL');
    service = await place.start();
    died = once(service.child, 'close');
  }
  const { 'engine/killer': killer, 'engine/patient': patient } = await service.actors();
  expect(killer).toMatchObject({ state: 'halted', reason: expect.stringContaining('the process died 4 times') });
  expect(patient).toMatchObject({ state: 'running', reason: null });
});

/** A queue that lives as long as the process, as of a pool of connections: what throws in it belongs to nobody. */
const pool =
  "const queue = []; setInterval(() => queue.shift()?.(), 5);\nconst broken = () => { throw new Error('in the pool'); };";

it('gives up a job that ends the process by an error that can be laid to nobody', async () => {
  place.write(
    'nightshift.config.ts',
    `
import { defineConfig, engine } from 'nightshift';
${pool}
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { maxRestarts: 1 },
  engines: [engine('killer', { run: () => new Promise(() => queue.push(broken)) })],
});
`,
  );
  const first = await place.start();
  const gone = once(first.child, 'exit');
  await place.send(first.url, 'engine/killer', 'engine.trigger').catch(() => {});
  expect((await gone)[0]).toBe(1);
  expect((await place.runAlone('start', '--port', '0')).code).toBe(1);
  const service = await place.start();
  expect((await service.actors())['engine/killer']).toMatchObject({
    state: 'halted',
    reason: expect.stringContaining('the process died 2 times'),
  });
  await service.end('SIGTERM');
});

it('keeps a grant that the server was just taking back when a job ends the process', async () => {
  let valid = 0;
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const grant = new URLSearchParams(await text(request)).get('refresh_token') ?? '';
    asked.push(grant);
    const isGood = grant === `refresh-${valid}-canary`;
    if (isGood) valid += 1;
    const tokens = { access_token: `access-${valid}-canary`, refresh_token: `refresh-${valid}-canary` };
    const answer = isGood ? { ...tokens, token_type: 'bearer', expires_in: 1_000 } : { error: 'invalid_grant' };
    // Late enough for the job to have ended the process by then.
    setTimeout(() => {
      response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }, 300);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = (engines: string) => `
import { defineConfig, engine, oauth2 } from 'nightshift';
${pool}
export default defineConfig({
  builtIn: { health: false, resources: false },
  tokens: { auth: oauth2({ tokenUrl: '${url}/token', clientId: 'me', refreshToken: 'refresh-0-canary' }) },
  services: { api: { url: '${url}', token: 'auth' } },
  engines: [${engines}],
});
`;
  place.write(
    'nightshift.config.ts',
    config("engine('killer', { every: '1h', run: () => new Promise(() => queue.push(broken)) })"),
  );
  expect((await place.runAlone('start', '--port', '0')).code).toBe(1);
  place.write('nightshift.config.ts', config(''));
  const service = await place.start();
  const fresh = async () => (await service.actors())['token/auth']?.state === 'fresh';
  await eventually('a fresh token', fresh, service.log);
  expect(asked).toEqual(['refresh-0-canary']);
  await service.end('SIGTERM');
  server.closeAllConnections();
  server.close();
});
