import { Hono } from 'hono';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Listening, listen } from '../../src/dashboard/listen.ts';
import { serveReload } from '../../src/dashboard/reload-routes.ts';
import type { Reload } from '../../src/reload.ts';
import { eventually } from '../eventually.ts';

let server: Listening;
let answer: Reload;
let told: string[];
beforeEach(async () => {
  told = [];
  const app = new Hono();
  const ports = {
    reload: async () => {
      told.push('reload');
      return answer;
    },
    leave: () => told.push('leave'),
  };
  serveReload(app, ports, async (context, next) => {
    if (context.req.header('authorization') === 'mine') return next();
    return context.json({ error: 'not you' }, 401);
  });
  server = await listen(app, 0);
});
afterEach(() => server.close());

const order = (authorization = 'mine') =>
  fetch(`${server.url}/api/reload`, { method: 'POST', headers: { authorization } });

it('a reload that is taken is answered before the service leaves', async () => {
  answer = { taken: true, when: 'asked', drainMs: 5, changes: [] };
  const answered = await order();
  expect([answered.status, await answered.json()]).toEqual([200, answer]);
  await eventually('the service to leave', () => told.includes('leave'));
  expect(told).toEqual(['reload', 'leave']);
});

it.each([
  ['CONFIG_INVALID', 409],
  ['RELOAD_BUSY', 503],
])('a reload that is refused with %s is answered with %i, and nobody leaves', async (code, status) => {
  answer = { taken: false, code, error: 'why' };
  const answered = await order();
  expect([answered.status, await answered.json()]).toEqual([status, answer]);
  expect(told).toEqual(['reload']);
});

it('a reload is for the operator alone', async () => {
  expect((await order('somebody')).status).toBe(401);
  expect(told).toEqual([]);
});
