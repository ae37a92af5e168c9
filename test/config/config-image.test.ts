import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigChange, configChanges } from '../../src/config/config-change.ts';
import { blindImage, configImage } from '../../src/config/config-image.ts';
import { bearer, command, engine, mail, oauth2, webhook } from '../../src/config/define.ts';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { resolveConfig } from '../../src/config/resolve.ts';

const key = Buffer.alloc(32, 1);
const secrets = ['the-old-secret', 'the-mail-password', 'the-refresh-token', 'the-client-secret', 'key=in-an-argument'];

let written: ConfigDefinition;
beforeEach(() => {
  written = {
    timeZone: 'UTC',
    windows: { day: { from: '09:00', to: '22:00' } },
    tokens: {
      shop: bearer('the-old-secret'),
      google: oauth2({
        tokenUrl: 'https://tokens.example',
        clientId: 'me',
        clientSecret: 'the-client-secret',
        refreshToken: 'the-refresh-token',
      }),
    },
    services: { shop: { url: 'https://shop.example', token: 'shop' }, any: { fallback: ['shop'] } },
    alerts: {
      channels: {
        chat: webhook({ url: 'https://chat.example/the-old-secret' }),
        post: mail({ host: 'mail.example', user: 'me', password: 'the-mail-password', from: 'a@b.c', to: 'a@b.c' }),
      },
    },
    maxConcurrent: 5,
    tags: { slow: { maxConcurrent: 1 } },
    engines: [
      engine('orders', {
        every: '5m',
        window: 'day',
        tags: ['slow'],
        output: z.object({ id: z.number() }),
        run: () => ({ id: 1 }),
      }),
      command('import', { schedule: '0 3 * * *', run: ['import', 'key=in-an-argument'], env: { A: 'the-old-secret' } }),
      command('shell', { run: 'curl the-old-secret', shell: true, stdin: 'the-old-secret' }),
    ],
  };
});

const image = (from = written, by: Uint8Array = key) => configImage(resolveConfig(from, {}), by);
const keyless = (from = written) => configImage(resolveConfig(from, {}), undefined);
/** What changes when the config is written otherwise. */
function changed(change: (config: ConfigDefinition) => ConfigDefinition): ConfigChange[] {
  const before = image();
  return configChanges(before, image(change(written)));
}
const inEngines = (at: number, more: object) => (config: ConfigDefinition) => ({
  ...config,
  engines: (config.engines ?? []).map((each, place) => (place === at ? { ...each, ...more } : each)) as never,
});
const standard = { version: 1, vendor: 'x', validate: () => {} };
/** As other libraries make them: plain objects that hold each other, or functions that tell what they are. */
const plain = (pattern: RegExp) => {
  const schema = { pattern, least: 1n, inner: {}, '~standard': standard };
  schema.inner = { schema };
  return schema;
};
const callable = (text: string) => Object.assign(() => {}, { toJSON: () => text, '~standard': standard });
const settingsOf = (changes: ConfigChange[]) => changes.flatMap(({ settings }) => settings.map(({ name }) => name));

describe('the image of a config', () => {
  it('holds no secret, and nothing that programs get', () => {
    const text = JSON.stringify([image(), keyless()]);
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('is the same for the same config, by the same key', () => {
    expect(configChanges(image(), JSON.parse(JSON.stringify(image())))).toEqual([]);
    expect(image(written, Buffer.alloc(32, 2))).not.toEqual(image());
    expect(blindImage(image(written, Buffer.alloc(32, 2)))).toEqual(keyless());
  });

  it('has a part for everything that has a name', () => {
    expect(Object.keys(image())).toEqual([
      'engine/orders',
      'engine/import',
      'engine/shell',
      'service/shop',
      'service/any',
      'token/shop',
      'token/google',
      'window/day',
      'tag/slow',
      'channel/chat',
      'channel/post',
      'settings',
    ]);
  });
});

describe('a change', () => {
  it('of an engine is told setting by setting, old and new', () => {
    expect(changed(inEngines(0, { every: '10m', timeout: '2m', retry: { tries: 3 }, heartbeat: false }))).toEqual([
      {
        part: 'engine/orders',
        what: 'changed',
        settings: [
          {
            name: 'schedule',
            before: { kind: 'every', everyMs: 300_000, offsetMs: 0 },
            after: { kind: 'every', everyMs: 600_000, offsetMs: 0 },
          },
          { name: 'retry.tries', before: 5, after: 3 },
          { name: 'timeoutMs', before: 3_600_000, after: 120_000 },
          { name: 'heartbeat', before: { graceMs: 300_000 }, after: false },
        ],
      },
    ]);
  });

  it.each<[string, (config: ConfigDefinition) => ConfigDefinition, string, string[]]>([
    ['a job', inEngines(0, { run: () => ({ id: 2 }) }), 'engine/orders', ['run']],
    ['an output', inEngines(0, { output: z.object({ id: z.string() }) }), 'engine/orders', ['output']],
    ['what is expected', inEngines(0, { expect: () => 'nothing' }), 'engine/orders', ['expect']],
    [
      'a function in a schema',
      inEngines(0, { output: z.object({ id: z.number().refine((id) => id > 0) }) }),
      'engine/orders',
      ['output'],
    ],
    [
      'a process of its own',
      inEngines(0, { isolate: 'process', memory: '1MB' }),
      'engine/orders',
      ['isolate', 'memoryBytes'],
    ],
    ['tags', inEngines(0, { tags: [] }), 'engine/orders', ['tags']],
    [
      'supervision',
      (config) => ({ ...config, supervision: { maxRestarts: 9, withinPeriod: '2m' } }),
      'settings',
      ['supervision.maxRestarts', 'supervision.withinPeriodMs'],
    ],
    [
      'arguments of a program',
      inEngines(1, { command: { run: ['import', 'key=another'], env: { A: 'the-old-secret' } } }),
      'engine/import',
      ['command.args'],
    ],
    [
      'variables of a program',
      inEngines(1, { command: { run: ['import', 'key=in-an-argument'], env: { A: 'other-secret', B: 'b' } } }),
      'engine/import',
      ['command.env.A', 'command.env.B'],
    ],
    [
      'a line of the shell',
      inEngines(2, { command: { run: 'curl x', shell: true } }),
      'engine/shell',
      ['command.program', 'command.stdin'],
    ],
    [
      'a token',
      (config) => ({ ...config, tokens: { ...config.tokens, shop: bearer('the-new-secret') } }),
      'token/shop',
      ['source.secret'],
    ],
    [
      'hours, and not of each engine that keeps them',
      (config) => ({ ...config, windows: { day: { from: '08:00', to: '22:00' } } }),
      'window/day',
      ['hours'],
    ],
    ['a tag', (config) => ({ ...config, tags: { slow: { maxConcurrent: 2 } } }), 'tag/slow', ['maxConcurrent']],
    ['what holds for all', (config) => ({ ...config, maxConcurrent: 6 }), 'settings', ['maxConcurrent']],
    [
      'a channel',
      (config) => ({
        ...config,
        alerts: {
          channels: { ...config.alerts?.channels, chat: webhook({ url: 'https://chat.example/another-secret' }) },
        },
      }),
      'channel/chat',
      ['url'],
    ],
  ])('of %s is seen in its part', (_, change, part, settings) => {
    const changes = changed(change);
    expect(changes.map((each) => each.part)).toEqual([part]);
    expect(settingsOf(changes)).toEqual(settings);
  });

  it('of a schema is not one when it has been asked, and one of what is in it is', () => {
    const withSchema = (output: unknown) => image(inEngines(0, { output })(written));
    const made = () =>
      z.object({ id: z.bigint().default(1n), next: z.lazy(() => z.string()).transform((text) => text.length) });
    const asked = made();
    const before = withSchema(asked);
    asked.safeParse({ id: 5n, next: 'a' });
    expect([withSchema(asked), withSchema(made())]).toEqual([before, before]);
    expect(withSchema(plain(/one/))).toEqual(withSchema(plain(/one/)));
    const others = [plain(/one/), plain(/two/), callable('one'), callable('two'), made()].map(withSchema);
    const outputs = others.map((each) => JSON.stringify(each['engine/orders']?.output));
    expect(new Set(outputs).size).toBe(5);
  });

  it('of how many runs may be under way at once is not one of each engine', () => {
    const { maxConcurrent: _, ...unbounded } = written;
    expect(configChanges(image(unbounded), image()).map(({ part }) => part)).toEqual(['settings']);
  });

  it('of who is there at all is told', () => {
    const changes = changed((config) => ({
      ...config,
      engines: [engine('new', { run: () => 1 }), ...(config.engines ?? []).slice(1)],
    }));
    expect(changes).toEqual([
      { part: 'engine/new', what: 'added', settings: [] },
      { part: 'engine/orders', what: 'removed', settings: [] },
    ]);
  });

  it('of a secret alone is not seen by who has no key', () => {
    const after = keyless({ ...written, tokens: { ...written.tokens, shop: bearer('the-new-secret') } });
    expect(configChanges(blindImage(image()), after)).toEqual([]);
  });

  it('of a variable that has an odd name is one of that variable', () => {
    const env = (value: string) =>
      inEngines(1, { command: { run: ['import'], env: { secret: value, code: 'c' } } })(written);
    expect(settingsOf(configChanges(image(env('a')), image(env('b'))))).toEqual(['command.env.secret']);
  });
});
