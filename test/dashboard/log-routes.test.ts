import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono, type MiddlewareHandler } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LogAnswer } from '../../src/dashboard/log-answer.ts';
import { type LogPorts, serveLog } from '../../src/dashboard/log-routes.ts';

let folder: string;
let app: Hono;
const appWith = (logFolder: string | null, operator: MiddlewareHandler = (_, next) => next()) => {
  const host = { addresses: () => ['engine/shop', 'engine/mail'] };
  const levels = { all: () => ({ level: 'info', engines: {} }) };
  const hono = new Hono();
  serveLog(hono, { host, levels, logFolder, now: () => 9_000 } as unknown as LogPorts, operator);
  return hono;
};
const get = async (path: string, of = app) => {
  const answer = await of.request(`/api/actors/engine/${path}`);
  return { status: answer.status, body: (await answer.json()) as LogAnswer & { error?: string; near?: string } };
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-routes-'));
  const lines = [
    { level: 30, time: 1_000, actor: 'engine/shop', msg: 'run.succeeded' },
    { level: 30, time: 2_000, actor: 'engine/mail', msg: 'run.succeeded' },
    { level: 40, time: 3_000, engine: 'shop', msg: 'command.err', text: 'not found' },
    { level: 50, time: 4_000, actor: 'engine/shop', msg: 'run.failed' },
  ];
  writeFileSync(join(folder, 'nightshift.1.log'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  app = appWith(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

it('gives the latest lines of an engine, its own and those of its job, with all their facts', async () => {
  const { body } = await get('shop/log');
  expect(body).toMatchObject({ at: 9_000, isKept: true, isComplete: true });
  expect(body.lines.map(({ time }) => time)).toEqual([1_000, 3_000, 4_000]);
  expect(body.lines[1]).toEqual({ level: 40, time: 3_000, engine: 'shop', msg: 'command.err', text: 'not found' });
});

it('gives those of a level, those since an instant, and no more than are wanted', async () => {
  const times = async (query: string) => (await get(`shop/log?${query}`)).body.lines.map(({ time }) => time);
  expect(await times('level=warn')).toEqual([3_000, 4_000]);
  expect(await times('since=3000')).toEqual([3_000, 4_000]);
  expect(await times('lines=1')).toEqual([4_000]);
});

it.each([
  ['shop/log?level=loud', 400, "level: found 'loud', expected trace, debug, info, warn, error, fatal, silent."],
  ['shop/log?since=yesterday', 400, "since: found 'yesterday', expected epoch ms."],
  ['shop/log?lines=0', 400, "lines: found '0', expected 1 to 200."],
  ['shpo/log', 404, 'engine/shpo: there is no such engine. Did you mean engine/shop?'],
])('refuses %s with %i', async (path, status, error) => {
  expect(await get(path)).toMatchObject({ status, body: { error } });
});

it('says that no log is kept', async () => {
  expect((await get('shop/log', appWith(null))).body).toMatchObject({ lines: [], isKept: false });
});

it('lets everybody here read the log and its levels, and the operator alone change a level', async () => {
  const stranger = appWith(folder, async (context) => context.json({}, 401));
  const statusOf = async (path: string, method: string) =>
    (await stranger.request(path, { method, ...(method === 'POST' && { body: '{ "level": "debug" }' }) })).status;
  expect(await statusOf('/api/actors/engine/shop/log', 'GET')).toBe(200);
  expect(await statusOf('/api/log', 'GET')).toBe(200);
  expect(await statusOf('/api/log', 'POST')).toBe(401);
  expect(await statusOf('/api/log/engines/shop', 'POST')).toBe(401);
});
