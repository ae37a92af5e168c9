import { expect, it } from 'vitest';
import { createRedactor } from '../../src/persistence/redact.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { LogLevels } from '../../src/telemetry/log-levels.ts';

const secret = 'canary/se"cret\\in\nlines-7f3a';

function logTo(lines: string[], { levels = new LogLevels('info'), pretty = false } = {}) {
  const redactor = createRedactor();
  redactor.add(secret);
  return createLog({
    levels,
    pretty: pretty && { timeZone: 'UTC' },
    redact: (text) => redactor.redact(text),
    write: (line) => lines.push(line),
  });
}

it('writes one JSON line an event, with its facts', () => {
  const lines: string[] = [];
  logTo(lines).info({ engine: 'hello', run: 'hello.1' }, 'run.succeeded');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    level: 30,
    engine: 'hello',
    run: 'hello.1',
    msg: 'run.succeeded',
  });
});

it('shows the routine only at debug', () => {
  const [quiet, chatty]: string[][] = [[], []];
  logTo(quiet as string[]).debug('step.kept');
  logTo(chatty as string[], { levels: new LogLevels('debug') }).debug('step.kept');
  expect([quiet?.length, chatty?.length]).toEqual([0, 1]);
});

it('has the level of the start again by default, of all as of one engine', () => {
  const levels = new LogLevels('warn');
  levels.set(null, 'debug');
  levels.set('hello', 'trace');
  levels.set(null, null);
  expect(levels.all()).toEqual({ level: 'warn', engines: { hello: 'trace' } });
  levels.set('hello', null);
  expect(levels.all()).toEqual({ level: 'warn', engines: {} });
});

it('writes the lines of one engine from a level of its own on, also of loggers that were there before', () => {
  const lines: string[] = [];
  const levels = new LogLevels('info');
  const log = logTo(lines, { levels });
  const ofRun = log.child({ engine: 'hello', run: 'hello.1' });
  const said = () => lines.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg);
  const speak = () => {
    ofRun.debug('of the run');
    log.debug({ actor: 'engine/hello' }, 'of the engine');
    log.debug({ actor: 'heartbeat/hello' }, 'of its heartbeat');
    log.debug({ actor: 'engine/other' }, 'of another');
    log.debug('of nobody');
  };
  speak();
  expect(said()).toEqual([]);
  levels.set('hello', 'debug');
  speak();
  expect(said()).toEqual(['of the run', 'of the engine', 'of its heartbeat']);
  levels.set('hello', null);
  levels.set('other', 'silent');
  levels.set(null, 'debug');
  speak();
  log.fatal({ actor: 'engine/other' }, 'of another');
  expect(said()).toEqual(['of the run', 'of the engine', 'of its heartbeat', 'of nobody']);
});

it('keeps an error whole: code, stack and the chain of causes', () => {
  const lines: string[] = [];
  const cause = Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });
  logTo(lines).error({ err: new Error('the call failed', { cause }) }, 'call.failed');
  expect(JSON.parse(lines[0] as string).err).toMatchObject({
    type: 'Error',
    message: 'the call failed',
    stack: expect.stringContaining('log.test.ts'),
    cause: { message: 'connection reset', code: 'ECONNRESET' },
  });
});

const inAnError = new Error(`refused ${secret}`, { cause: new Error(`GET /?key=${encodeURIComponent(secret)}`) });

it.each([
  ['the message', {}, `sent ${secret}`],
  ['a fact', { header: `Bearer ${secret}` }, 'call.sent'],
  ['a fact below others', { a: [{ b: secret }] }, 'call.sent'],
  ["an error's message, stack and cause", { err: inAnError }, 'call.failed'],
  ['JSON within a message', { body: JSON.stringify({ token: secret }) }, 'call.failed'],
  ['base64 within a header', { header: Buffer.from(`user:${secret}`).toString('base64') }, 'call.sent'],
])('lets no secret out in %s, neither as JSON nor in a terminal', (_, facts, message) => {
  for (const pretty of [false, true]) {
    const lines: string[] = [];
    logTo(lines, { pretty }).error(facts, message);
    const text = lines.join('');
    expect(text).toContain('[secret]');
    for (const part of ['canary', 'se"cret', '7f3a', Buffer.from('canary/se').toString('base64').slice(0, 8)]) {
      expect(text).not.toContain(part);
    }
    if (!pretty) expect(() => JSON.parse(text)).not.toThrow();
  }
});

it('is readable in a terminal, and without colours where they are not wanted', () => {
  const lines: string[] = [];
  const before = process.env.NO_COLOR;
  process.env.NO_COLOR = '1';
  try {
    logTo(lines, { pretty: true }).warn({ actor: 'engine/hello' }, 'state.changed');
  } finally {
    if (before === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = before;
  }
  expect(lines.join('')).toMatch(/WARN: state\.changed actor=engine\/hello\n/);
  expect(lines.join('')).not.toContain('\u001b');
});

it('shows a very long line in short where people read it, and gives it whole to the files', () => {
  const [shown, filed]: string[][] = [[], []];
  const log = createLog({
    levels: new LogLevels('info'),
    pretty: { timeZone: 'UTC' },
    redact: (text) => text,
    write: (line) => shown?.push(line),
    file: (line) => filed?.push(line),
  });
  log.info({ answer: 'x'.repeat(1_000_000) }, 'page.read');
  expect(shown?.[0]).toMatch(/page\.read.*x… 99\d,\d{3} characters more: nightshift logs --json/);
  expect(filed?.[0]?.length).toBeGreaterThan(1_000_000);
});
