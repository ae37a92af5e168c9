/**
 * `nightshift start --inspect`: the real service, watched over its WebSocket and, through the page that it serves, by the receiver that
 * Stately's own package has for its inspector.
 */
import { once } from 'node:events';
import { get } from 'node:http';
import { chromium as engine } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { createActor } from 'xstate';
import type { Host } from '../../src/actors/host.ts';
import { start } from '../../src/cli/start.ts';
import { type InspectorPorts, serveInspector } from '../../src/inspector/serve-inspector.ts';
import { supervisorMachine } from '../../src/machines/supervisor.ts';
import type { HostObserver } from '../../src/stream.ts';
import { type Running, Workplace } from '../cli/nightshift.ts';
import { chromium, mustHave } from '../demo/programs.ts';
import { root } from '../docs/markdown.ts';
import { eventually } from '../eventually.ts';

interface Message {
  type: string;
  sessionId: string;
  definition?: string;
  event?: { type: string };
  snapshot?: { status: string; value: unknown; context: { settings: { windowName: string } }; error?: string };
}

const secret = 'canary-secret-4711';
const config = `
import { bearer, defineConfig, engine, env } from 'nightshift';

export default defineConfig({
  supervision: { drain: '200ms' },
  builtIn: { health: false, resources: false },
  // The name of these hours stands in the chart and in the context of the engine: with the same word for a token, it must not be seen.
  windows: { '${secret}': { from: '00:00', to: '23:59' } },
  tokens: { shop: bearer(env('SHOP_TOKEN')) },
  services: { shop: { url: 'http://127.0.0.1:9', token: 'shop' } },
  engines: [
    engine('video', {
      window: '${secret}',
      async run({ step }) {
        await step('render', () => 1);
        return step('upload', () => 2);
      },
    }),
  ],
});
`;

/** A client of the WebSocket, with all that it has heard. */
function listener(url: string, options: ClientOptions = {}) {
  const texts: string[] = [];
  const socket = new WebSocket(url, options);
  socket.on('message', (text) => texts.push(String(text)));
  const heard = () => texts.map((text) => JSON.parse(text) as Message);
  return { socket, texts, heard, of: (actor: string) => heard().filter(({ sessionId }) => sessionId === actor) };
}

/** What happened, as a line each: the event, or where the actor stands. */
const lines = (messages: readonly Message[]) =>
  messages.map(({ type, event, snapshot }) =>
    type === '@xstate.event' ? event?.type : JSON.stringify(snapshot?.value),
  );

const run = [
  'engine.trigger',
  '{"running":"render"}',
  'step.completed',
  '{"running":"upload"}',
  'step.completed',
  '{"running":"upload"}',
  'xstate.done.actor.run',
  '{"idle":"onDemand"}',
];

describe('a service that was started with --inspect', () => {
  const place = new Workplace();
  let service: Running;
  let url: string;
  let webSocket: string;

  beforeAll(async () => {
    place.write('nightshift.config.ts', config);
    service = await place.start({ SHOP_TOKEN: secret }, '--inspect', '0');
    const line = service
      .log()
      .split('\n')
      .find((each) => each.includes('inspector.ready'));
    ({ url, webSocket } = JSON.parse(line ?? '{}') as { url: string; webSocket: string });
  });
  afterAll(() => place.dispose());

  it('introduces every actor, and tells what becomes of a run, without the secret in it', async () => {
    const { texts, heard, of } = listener(webSocket);
    const addresses = ['supervisor', ...Object.keys(await service.actors())];
    await eventually('every actor', () => texts.length === addresses.length);
    expect(heard().map(({ type, sessionId }) => `${type} ${sessionId}`)).toEqual(
      addresses.map((address) => `@xstate.actor ${address}`),
    );
    const [video] = of('engine/video');
    expect(Object.keys(JSON.parse(video?.definition ?? '').states.running.states)).toEqual(['render', 'upload']);
    expect(video?.snapshot).toMatchObject({ status: 'active', value: { idle: 'onDemand' } });
    expect(of('supervisor')[0]?.snapshot?.value).toBe('running');

    await place.send(service.url, 'engine/video', 'engine.trigger');
    await eventually('the run', () => of('engine/video').length === 1 + run.length);
    expect(lines(of('engine/video').slice(1))).toEqual(run);
    for (const text of texts) expect(text).not.toContain(secret);
    expect(of('engine/video')[0]?.definition).toContain('[secret]: 00:00 to 23:59');
    expect(of('engine/video').at(-1)?.snapshot?.context.settings.windowName).toBe('[secret]');
  });

  it('refuses every other page, and a name that only leads here', async () => {
    const { port } = new URL(url);
    const refusal = async (options: ClientOptions) => {
      const { socket } = listener(webSocket, options);
      const [error] = (await once(socket, 'error')) as [Error];
      return error.message;
    };
    for (const origin of [
      'https://stately.ai',
      'http://evil.example',
      'null',
      `http://localhost:${Number(port) - 1}`,
    ]) {
      expect(await refusal({ origin })).toBe('Unexpected server response: 403');
    }
    expect(await refusal({ headers: { host: `rebound.example:${port}` } })).toBe('Unexpected server response: 403');
    const status = await new Promise((answered) => {
      get(url, { headers: { host: `rebound.example:${port}` } }, (found) => answered(found.resume().statusCode));
    });
    expect(status).toBe(403);
    const { socket } = listener(webSocket, { origin: url });
    await once(socket, 'open');
    socket.close();
  });

  it.runIf(chromium || mustHave)('shows it in a browser, to the receiver of the inspector there', async () => {
    const browser = await engine.launch({ executablePath: chromium ?? 'chromium', args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      const received: Message[] = [];
      await page.exposeFunction('received', (message: Message) => received.push(message));
      const body = `<!doctype html><script type="module">${await receiver()}</script>`;
      await page.route('https://stately.ai/**', (route) => route.fulfill({ contentType: 'text/html', body }));
      await page.goto(url);
      await eventually('the actors', () => received.some(({ sessionId }) => sessionId === 'engine/video'));
      expect(await page.locator('p').textContent()).toBe('');
      received.length = 0;
      await place.send(service.url, 'engine/video', 'engine.trigger');
      await eventually(
        'the run',
        () => received.filter(({ sessionId }) => sessionId === 'engine/video').length >= run.length,
      );
      expect(lines(received.filter(({ sessionId }) => sessionId === 'engine/video'))).toEqual(run);
      expect(JSON.stringify(received)).not.toContain(secret);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('tells whoever watches of its end, and ends in good order', async () => {
    const { socket, of } = listener(webSocket);
    await eventually('the supervisor', () => of('supervisor').length === 1);
    const closed = once(socket, 'close');
    expect(await service.end('SIGTERM')).toBe(0);
    const [code] = await closed;
    expect(code).toBe(1001);
    expect(lines(of('supervisor').slice(1))).toEqual(['supervisor.stop', '"draining"']);
  });
});

/** Stately's own receiver, as a page that has the inspector in it would load it. */
async function receiver(): Promise<string> {
  const code = `
    import { createBrowserReceiver } from '@statelyai/inspect';
    createBrowserReceiver().subscribe((message) => window.received(message));`;
  const bundle = await rolldown({
    cwd: root,
    input: 'receiver',
    platform: 'browser',
    plugins: [
      {
        name: 'receiver',
        resolveId: (id) => (id === 'receiver' ? 'receiver' : null),
        load: (id) => (id === 'receiver' ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ minify: true });
  await bundle.close();
  return output[0].code;
}

describe('the inspector', () => {
  const standing = { stand: { value: 'open', context: {}, timers: {}, effects: {} }, halted: null as unknown };
  let observer: HostObserver;
  const host = {
    addresses: () => ['breaker/shop'],
    standOf: () => standing,
    inspect: (each: HostObserver) => {
      observer = each;
      return () => {};
    },
  } as unknown as Host;
  const ports: InspectorPorts = {
    host,
    supervisor: createActor(supervisorMachine),
    engines: new Map(),
    port: 0,
    redact: (text) => text,
    dropped: () => {},
    failed: () => {},
  };

  it('says that an actor was given up, and that it is back', async () => {
    const inspector = await serveInspector(ports);
    const { texts, of } = listener(inspector.webSocket);
    await eventually('both actors', () => texts.length === 2);
    standing.halted = { at: 0, reason: 'it broke 4 times' };
    observer.crashed?.({ address: 'breaker/shop', at: 0, error: new Error('x'), halted: true });
    await eventually('that it was given up', () => texts.length === 3);
    standing.halted = null;
    observer.reset?.('breaker/shop');
    await eventually('that it is back', () => texts.length === 4);
    expect(of('breaker/shop').slice(1)).toMatchObject([
      { event: { type: 'actor.crashed' }, snapshot: { status: 'error', value: 'open', error: 'it broke 4 times' } },
      { event: { type: 'actor.reset' }, snapshot: { status: 'active', value: 'open' } },
    ]);
    await inspector.close();
  });

  it('says which port is taken, and how to choose another', async () => {
    const inspector = await serveInspector(ports);
    const port = Number(new URL(inspector.url).port);
    await expect(serveInspector({ ...ports, port })).rejects.toThrow(
      `127.0.0.1:${port}: found the port taken, expected a free one. Choose another with --inspect, or 0 for any.`,
    );
    await inspector.close();
  });

  it('says what is wrong with a port that is none', async () => {
    await expect(start({ inspect: 'x' }, {})).rejects.toThrow(
      "--inspect: found 'x', expected a number from 0 to 65535.",
    );
  });

  it('says what to install where the packages are not', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package '@statelyai/inspect'"));
    await expect(serveInspector(ports, missing)).rejects.toThrow(
      "--inspect: found no packages '@statelyai/inspect' and 'ws', expected both beside nightshift. Install them: npm install @statelyai/inspect ws",
    );
  });
});
