/**
 * Channels against real receivers: what they are sent, and what is done when they do not take it.
 */
import { createServer, type Server } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConfigDefinition, engine, mail, webhook } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateName } from '../../src/policies/state-name.ts';
import { HttpServer } from './effects/http-server.ts';
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

function silentServer(): Promise<Server> {
  return new Promise((listening) => {
    const server = createServer((socket) => socket.unref());
    server.listen(0, '127.0.0.1', () => listening(server));
  });
}
