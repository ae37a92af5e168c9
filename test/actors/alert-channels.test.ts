/**
 * Channels against real receivers: what they are sent, and what is done when they do not take it.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConfigDefinition, desktop, engine, mail, notifyCommand, webhook } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stateName } from '../../src/policies/state-name.ts';
import { marked } from '../docs/markdown.ts';
import { HttpServer, json, ok } from './effects/http-server.ts';
import { Workplace } from './effects/workplace.ts';
import { MailServer } from './mail-server.ts';

type Channels = NonNullable<NonNullable<ConfigDefinition['alerts']>['channels']>;

const second = 1_000;
let place: Workplace;

/** An engine that halts with these words, and the channels that hear of it. */
async function halt(channels: Channels, words = 'out of paper') {
  const run = () => {
    throw Object.assign(new Error(words), { code: 'EACCES' });
  };
  place = await Workplace.open({ alerts: { channels }, engines: [engine('press', { run })] });
  await place.run('press');
}

async function inState(state: string) {
  const address = 'incident/engine:press' as const;
  const now = () => (place.host.addresses().includes(address) ? stateName(place.at(address).value) : 'unknown');
  for (let turns = 0; now() !== state; turns++) {
    if (turns > 100_000) throw new Error(`the incident is ${now()}, expected ${state}`);
    await place.clock.advance(0);
    await nextTurn();
  }
}

afterEach(() => place[Symbol.asyncDispose]());

describe('a chat', () => {
  let chat: HttpServer;
  beforeEach(async () => {
    chat = await HttpServer.open();
  });
  afterEach(() => chat.close());

  const sent = async (shape: 'slack' | 'discord') => {
    await halt({ chat: webhook({ url: chat.url, shape }) }, 'bad <!channel> & @everyone');
    await inState('open.told');
    return JSON.parse(chat.arrivals[0]?.body ?? '') as { text: string };
  };

  it('of Slack is not called together by what an error says', async () => {
    expect((await sent('slack')).text).toContain('bad &lt;!channel&gt; &amp; @everyone');
  });

  it('of Discord neither', async () => {
    expect(await sent('discord')).toMatchObject({ allowed_mentions: { parse: [] } });
  });
});

describe('a mailbox', () => {
  const ends = { from: 'night@example.com', to: 'ada@example.com' };

  it('gets one message when it begins and one when it is over, also from a server that takes its time', async () => {
    await using server = await MailServer.open();
    server.refusals = 1;
    await halt({ post: mail({ host: '127.0.0.1', port: server.port, ...ends }) });
    await inState('open.retrying');
    await place.clock.advance(45 * second);
    await inState('open.told');
    await place.host.send('engine/press', { type: 'engine.resume' });
    server.refusals = 1;
    await inState('closing.retrying');
    await place.clock.advance(45 * second);
    await inState('resolved');
    const subjects = server.messages.map((message) => /^Subject: (.*)$/m.exec(message)?.[1]);
    expect(subjects).toEqual(['press has stopped', 'Over: press has stopped']);
    const ids = server.messages.map((message) => /^Message-ID: (.*)$/m.exec(message)?.[1]);
    expect(new Set(ids).size).toBe(2);
  });

  it('may have a lock', async () => {
    await using server = await MailServer.open();
    const lock = { user: 'night', password: 'a-long-password' };
    await halt({ post: mail({ host: '127.0.0.1', port: server.port, ...lock, ...ends }) });
    await inState('open.told');
    expect(server.logins).toEqual(['night:a-long-password']);
    expect(JSON.stringify(place.at('incident/engine:press').context)).not.toContain('a-long-password');
  });

  it('whose server says nothing is tried again', async () => {
    const server = await silentServer();
    try {
      const { port } = server.address() as { port: number };
      await halt({ post: mail({ host: '127.0.0.1', port, ...ends }) });
      await inState('open.sending');
      await place.clock.advance(21 * second);
      await inState('open.retrying');
      expect(place.at('incident/engine:press').context.failure).toMatchObject({
        code: 'ALERT_UNSENT',
        message: expect.stringContaining('took longer than 20s'),
      });
    } finally {
      server.close();
    }
  });
});

describe('a program', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nightshift-channel-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const script = (code: string) => [process.execPath, '-e', code] as const;

  it('gets the environment of the service, without the key of the vault', async () => {
    vi.stubEnv('NIGHTSHIFT_KEY', 'the-key-of-the-vault');
    vi.stubEnv('PAGER_ADDRESS', 'ada');
    const seen = join(folder, 'env.json');
    await halt({
      page: notifyCommand(script(`require('fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env))`)),
    });
    await inState('open.told');
    const env = JSON.parse(readFileSync(seen, 'utf8')) as Record<string, string>;
    expect(env).toMatchObject({ PAGER_ADDRESS: 'ada', NIGHTSHIFT_ALERT: expect.stringContaining('press has stopped') });
    expect(env).not.toHaveProperty('NIGHTSHIFT_KEY');
  });

  it('is told as the one of the page on alerts, which notes what it hears', async () => {
    const [program, noted] = [join(folder, 'pager.mjs'), join(folder, 'pager.log')];
    writeFileSync(program, marked('pager').text);
    await halt({ page: notifyCommand([process.execPath, program, noted]) });
    await inState('open.told');
    expect(readFileSync(noted, 'utf8')).toMatch(/^opened engine:press\npress has stopped\n\n.*out of paper/s);
  });

  it('may say as much as it likes, when it ends well', async () => {
    await halt({ page: notifyCommand(script("process.stderr.write('x'.repeat(200_000))")) });
    await inState('open.told');
  });

  it('that fails is asked what it said last, and no more than that', async () => {
    await halt({
      page: notifyCommand(script("process.stderr.write('x'.repeat(50_000) + ' no such pager'); process.exitCode = 3")),
    });
    await inState('open.retrying');
    const { message } = place.at('incident/engine:press').context.failure ?? { message: '' };
    expect(message).toMatch(/exit code 3.* no such pager$/s);
    expect(message.length).toBeLessThan(1_000);
  });

  it.runIf(process.platform === 'linux')('of the desktop shows the message', async () => {
    const seen = join(folder, 'shown');
    const program = join(folder, 'notify-send');
    writeFileSync(program, `#!/bin/sh\nfor word in "$@"; do echo "$word" >> '${seen}'; done\n`);
    chmodSync(program, 0o755);
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
    await halt({ desk: desktop() });
    await inState('open.told');
    const shown = readFileSync(seen, 'utf8');
    expect(shown).toMatch(/^--app-name=nightshift\npress has stopped\n.*out of paper/);
  });
});

describe('a channel', () => {
  let ops: HttpServer;
  let post: HttpServer;
  beforeEach(async () => {
    [ops, post] = [await HttpServer.open(), await HttpServer.open()];
  });
  afterEach(() => Promise.all([ops.close(), post.close()]));

  const titles = (server: HttpServer) =>
    server.arrivals.map(({ body }) => (JSON.parse(body) as { title: string }).title);
  const breaker = () => stateName(place.at('breaker/alert-ops').value);
  const states = () =>
    place.host
      .addresses()
      .filter((address) => address.startsWith('incident/'))
      .map((address) => `${address.slice('incident/'.length)} ${stateName(place.host.read(address).value)}`);
  /** Real answers come in while time passes, until it is so. */
  async function until(isSo: () => boolean) {
    for (let turns = 0; !isSo(); turns++) {
      if (turns > 20_000) throw new Error(`the incidents are ${states()}, the breaker is ${breaker()}`);
      await place.clock.advance(500);
      for (let n = 0; n < 5; n++) await nextTurn();
    }
  }

  it('that takes nothing is left alone, and is not told of that itself: another one is', async () => {
    ops.answer = json(500);
    await halt({ ops: webhook({ url: ops.url }), post: webhook({ url: post.url }) });
    await until(() => breaker() === 'open');
    const tries = ops.arrivals.length;
    expect(tries).toBe(3);
    await until(() => breaker() !== 'open');
    expect(ops.arrivals).toHaveLength(tries);
    await until(() => titles(post).includes('alert-ops is down'));
    ops.answer = ok();
    await until(() => states().includes('breaker:alert-ops resolved') && states().includes('engine:press open.told'));
    expect(titles(post)).toEqual(['press has stopped', 'alert-ops is down', 'Over: alert-ops is down']);
    expect(new Set(titles(ops))).toEqual(new Set(['press has stopped']));
  });

  it('that was not told of a beginning hears of no end', async () => {
    let isDown = true;
    place = await Workplace.open({
      alerts: { channels: { ops: webhook({ url: ops.url, severity: 'now' }), post: webhook({ url: post.url }) } },
      services: { shop: { breaker: { failures: 1, cooldown: '1h' } } },
      engines: [engine('press', { run: ({ service }) => service('shop').call(async () => isDown && resetByPeer()) })],
    });
    await place.trigger('press');
    await until(() => states().includes('breaker:shop open.told'));
    isDown = false;
    await until(() => states().includes('breaker:shop resolved'));
    expect(titles(post)).toEqual(['shop is down', 'Over: shop is down']);
    expect(titles(ops)).toEqual([]);
  });
});

function resetByPeer(): never {
  throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
}

function silentServer(): Promise<Server> {
  return new Promise((listening) => {
    const server = createServer((socket) => socket.unref());
    server.listen(0, '127.0.0.1', () => listening(server));
  });
}
