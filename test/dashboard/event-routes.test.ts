import { get } from 'node:http';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Changes, Frame } from '../../src/dashboard/changes.ts';
import { serveEvents } from '../../src/dashboard/event-routes.ts';
import type { PageView } from '../../src/dashboard/page-view.ts';
import { eventually } from '../eventually.ts';
import { type Served, secret, serveBreaker } from './served-breaker.ts';

let served: Served;

beforeAll(async () => {
  served = await serveBreaker();
});

afterAll(() => served.end());

/** The events of a stream, one after the other. */
async function* events(signal: AbortSignal): AsyncGenerator<{ name: string; text: string }> {
  const answer = await fetch(`${served.url}/api/events`, { signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  let rest = '';
  for await (const text of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(part) ?? [];
      yield { name, text: data };
    }
  }
}

it('begins with everybody, goes on with who changes, and lets no secret out', async () => {
  const end = new AbortController();
  const seen: string[] = [];
  let all = '';
  for await (const { name, text } of events(end.signal)) {
    all += text;
    if (name !== 'actors') continue;
    const [view] = (JSON.parse(text) as { actors: PageView[] }).actors;
    seen.push(`${view?.kind}/${view?.id} ${view?.state}`);
    if (view?.state === 'isolated') break;
    await served.host.send('breaker/shop', { type: 'breaker.isolate', reason: `for ${secret}` } as never);
  }
  end.abort();
  expect(seen).toEqual(['breaker/shop closed', 'breaker/shop isolated']);
  expect(all).toContain('for [secret]');
  expect(all).not.toContain(secret);
});

it('answers no other page, and nobody by another name', async () => {
  const answer = await fetch(`${served.url}/api/events`, { headers: { origin: 'http://evil.example' } });
  expect(answer.status).toBe(403);
  const { port } = new URL(served.url);
  const status = await new Promise((answered) => {
    const headers = { host: `rebound.example:${port}` };
    get(`${served.url}/api/events`, { headers }, (found) => answered(found.resume().statusCode));
  });
  expect(status).toBe(403);
});

it('ends before it tells anything to one who may see no more', async () => {
  let [isWelcome, ended] = [true, false];
  let tell: (frame: Frame) => void = () => {};
  const watch = (watcher: typeof tell) => {
    tell = watcher;
    return () => {
      ended = true;
    };
  };
  const app = new Hono();
  serveEvents(app, { changes: { watch } as Changes, redact: (text) => text }, () => isWelcome);
  const answer = await app.request('/api/events');
  const beat = (state: string): Frame => ({ name: 'beat', data: { at: 1, state, storeError: null, quarantine: 0 } });
  tell(beat('running'));
  isWelcome = false;
  tell(beat('draining'));
  const told = await answer.text();
  expect(told).toContain('running');
  expect(told).not.toContain('draining');
  expect(ended).toBe(true);
});

it('has no more than fifty who watch at once, and room again when they have gone', async () => {
  const end = new AbortController();
  const open = () => fetch(`${served.url}/api/events`, { signal: end.signal });
  const answers = await Promise.all(Array.from({ length: 50 }, open));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect((await open()).status).toBe(503);
  end.abort();
  await eventually('room for another', async () => {
    const again = new AbortController();
    const { status } = await fetch(`${served.url}/api/events`, { signal: again.signal });
    again.abort();
    return status === 200;
  });
});
