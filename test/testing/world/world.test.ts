import { createHook } from 'node:async_hooks';
import { pbkdf2, randomBytes, randomUUID, scrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { text as consumed } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { command, defineConfig, engine, oauth2 } from '../../../src/index.ts';
import type { EngineContext } from '../../../src/policies/engine.ts';
import { silence } from '../../../src/testing/faults/call-faults.ts';
import { asleep, dstChange } from '../../../src/testing/faults/machine-faults.ts';
import { answer } from '../../../src/testing/world/network.ts';
import { SimulationError } from '../../../src/testing/world/simulation-error.ts';
import { World, type WorldOptions } from '../../../src/testing/world/world.ts';

const minute = 60_000;

const context = (world: World, name: string) => world.host.read(`engine/${name}`).context as unknown as EngineContext;

const shop = defineConfig({
  tokens: {
    shop: oauth2({
      tokenUrl: 'https://login.example/token',
      clientId: 'nightshift',
      clientSecret: 'a-long-secret',
      refreshToken: 'a-long-refresh-token',
    }),
  },
  services: {
    shop: { url: 'https://shop.example', token: 'shop', quota: { limit: 1_000, per: 'hour' } },
    chat: { url: 'https://chat.example' },
  },
  engines: [
    engine('orders', {
      every: '20m',
      async run({ step, service }) {
        const orders = await step('fetch', async () => (await service('shop').fetch('/orders')).json());
        await step('rest', () => sleep(Math.random() * 10_000));
        await step('announce', () =>
          service('chat')
            .fetch('/', { method: 'POST' })
            .then(() => null),
        );
        return { orders, key: randomUUID(), bytes: randomBytes(4).toString('hex'), at: new Date().toISOString() };
      },
    }),
    command('import', { every: '1h', run: ['import'] }),
  ],
});

describe('the same seed', () => {
  const lived = async (seed: number) => {
    const options: WorldOptions = {
      config: shop,
      seed,
      services: { shop: ({ nth }) => (nth % 7 === 0 ? answer(503) : answer(200, [nth])) },
      writeMs: (random) => Math.floor(random() * 5),
    };
    await using one = new World(options);
    await one.run({ hours: 5 });
    one.crash();
    await one.run({ hours: 5 });
    return { lines: one.history.lines, digest: one.history.digest() };
  };

  it('gives the same history, byte for byte', async () => {
    const [one, other] = [await lived(5), await lived(5)];
    expect(one.lines.length).toBeGreaterThan(500);
    expect(other.lines).toEqual(one.lines);
    expect(other.digest).toBe(one.digest);
  });

  it('gives it also while somebody watches promises, and Node counts otherwise', async () => {
    const plain = await lived(5);
    const hook = createHook({ init: () => {} }).enable();
    const watched = await lived(5).finally(() => hook.disable());
    expect(watched.digest).toBe(plain.digest);
  });

  it('is not another seed', async () => {
    expect((await lived(5)).digest).not.toBe((await lived(6)).digest);
  });
});

describe('time', () => {
  it('goes on to what comes next, and costs nothing in between', async () => {
    await using world = new World({ config: shop });
    await world.run({ days: 1 });
    const ends = world.history.lines.filter((line) => line.includes('ledger engine/orders'));
    expect(ends).toHaveLength(72);
    expect(world.now).toBe(world.startedAt + 24 * 60 * minute);
  });

  it('is the world’s for the jobs, and the real one outside', async () => {
    const seen: unknown[] = [];
    const startAt = Date.UTC(2031, 5, 1);
    await using world = new World({
      startAt,
      config: {
        engines: [
          engine('look', {
            every: '1h',
            async run() {
              const since = performance.now();
              seen.push(Date.now(), new Date().toISOString(), new Date() instanceof Date, typeof Date());
              await new Promise<void>((done) => setTimeout(done, 3_000));
              await new Promise<void>((done) => setImmediate(done));
              seen.push(Date.now(), performance.now() - since);
              const late = AbortSignal.timeout(500);
              await sleep(1_000);
              seen.push(late.aborted);
            },
          }),
        ],
      },
    });
    await world.run({ minutes: 1 });
    expect(seen).toEqual([startAt, '2031-06-01T00:00:00.000Z', true, 'string', startAt + 3_000, 3_000, true]);
    expect(new Date().getUTCFullYear()).not.toBe(2031);
  });
});

/** A job that does this once, at the start of its world; resolves with how long that took there, in milliseconds. */
async function lengthOf(work: () => unknown): Promise<number | undefined> {
  let tookMs: number | undefined;
  const run = async () => {
    const since = Date.now();
    await work();
    tookMs = Date.now() - since;
    return 1;
  };
  await using world = new World({ config: { engines: [engine('work', { every: '1h', run })] } });
  await world.run({ minutes: 1 });
  return tookMs;
}

describe('work that waits for no time takes none', () => {
  const text = 'packed '.repeat(50_000);

  it.each<[string, () => unknown]>([
    ['ticks and promises in turns', () => inTurns((next) => process.nextTick(() => Promise.resolve().then(next)))],
    ['immediates', () => inTurns((next) => setImmediate(next))],
    ['Node’s streams', () => consumed(Readable.from(text.match(/.{7}/g) ?? []).pipe(new PassThrough()))],
    ['streams of the web', () => new Response(new Blob([text]).stream()).text()],
    ['web crypto', () => crypto.subtle.digest('SHA-256', Buffer.from(text))],
    ['keys', () => promisify(scrypt)('a password', 'salt', 32)],
    ['what takes long', () => promisify(pbkdf2)('a password', 'salt', 1_000_000, 32, 'sha512')],
    ['packing', () => promisify(gzip)(text)],
    [
      'packing in a stream',
      () => new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
    ],
  ])('%s', async (_, work) => {
    expect(await lengthOf(work)).toBe(0);
  });

  it('and an immediate that is taken back never comes', async () => {
    let came = false;
    const work = async () => {
      clearImmediate(
        setImmediate(() => {
          came = true;
        }),
      );
      await new Promise<void>((done) => setImmediate(done));
    };
    expect(await lengthOf(work)).toBe(0);
    expect(came).toBe(false);
  });
});

/** A hundred times, one after the other. */
function inTurns(turn: (next: () => void) => void): Promise<void> {
  return new Promise((done) => {
    let left = 100;
    const next = () => {
      left -= 1;
      if (left > 0) turn(next);
      else done();
    };
    turn(next);
  });
}

describe('what reaches outside', () => {
  it.each<[string, () => unknown]>([
    ['node:fs/promises.readFile', () => readFile('/etc/hostname')],
    ['node:net.connect', () => connect(80, '127.0.0.1')],
    ['https://elsewhere.example/', () => fetch('https://elsewhere.example/')],
  ])('fails loudly: %s', async (what, reach) => {
    await using world = new World({
      config: { engines: [engine('reach', { every: '1h', run: async () => void (await reach()) })] },
    });
    const failure = await world.run({ minutes: 1 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SimulationError);
    expect(String(failure)).toContain(what);
  });

  it('may be done by a double of the step', async () => {
    await using world = new World({
      config: {
        engines: [
          engine('files', { every: '1h', run: ({ step }) => step('read', () => readFile('/etc/hostname', 'utf8')) }),
        ],
      },
      steps: { files: { read: () => 'a made-up host' } },
    });
    await world.run({ minutes: 1 });
    expect(context(world, 'files').lastGood).toBe('a made-up host');
  });

  it('is let through outside of worlds', async () => {
    await using world = new World({ config: shop });
    await world.run({ minutes: 1 });
    await expect(readFile(import.meta.filename, 'utf8')).resolves.toContain('is let through');
  });
});

describe('a crash', () => {
  it('loses what was not on the disk, and nothing that was', async () => {
    const done: string[] = [];
    await using world = new World({
      config: {
        engines: [
          engine('walk', {
            every: '1h',
            async run({ step }) {
              for (const name of ['one', 'two', 'three']) {
                await step(name, async () => {
                  done.push(name);
                  await sleep(10_000);
                });
              }
            },
          }),
        ],
      },
    });
    await world.run({ ms: 15_000 });
    world.crash();
    await world.run({ minutes: 2 });
    expect(done).toEqual(['one', 'two', 'two', 'three']);
    expect(context(world, 'walk').last?.result).toBe('success');
  });

  it('ends what was under way: the dead process hears no answer, and asks for nothing more', async () => {
    const heard: string[] = [];
    await using world = new World({
      config: {
        services: { chat: { url: 'https://chat.example' } },
        engines: [
          engine('ask', {
            every: '1h',
            async run({ service, runId }) {
              await service('chat').fetch('/first');
              heard.push(runId);
              await service('chat').fetch('/second');
            },
          }),
        ],
      },
      services: { chat: () => answer(200, {}) },
    });
    await world.run({ ms: 4 });
    world.crash();
    await world.run({ minutes: 5 });
    const calls = world.history.lines.filter((line) => / → chat /.test(line)).map((line) => line.slice(-6));
    expect(calls).toEqual(['/first', '/first', 'second']);
    expect(heard).toHaveLength(1);
  });

  it('is over after the time that it takes', async () => {
    await using world = new World({ config: shop });
    await world.run({ hours: 1 });
    world.crash(10 * minute);
    await world.run({ minutes: 9 });
    expect(() => world.host).toThrow('No process lives');
    await world.run({ minutes: 2 });
    expect(world.host.addresses()).toContain('engine/orders');
  });
});

describe('a world that has been closed', () => {
  it('is let go of, with whatever waited in its processes when they died', async () => {
    const lived = async () => {
      await using world = new World({ config: shop, services: { shop: () => answer(503) } });
      await world.run({ hours: 2 });
      expect(world.host.status('engine/orders').snapshot.value).toMatchObject({ held: expect.anything() });
      world.crash();
      await world.run({ hours: 1 });
      return new WeakRef(world);
    };
    expect(await isLetGoOf(await lived())).toBe(true);
  });
});

describe('a process that was killed', () => {
  it('is let go of while its world goes on, though it waited for an answer that never comes', async () => {
    await using world = new World({ config: shop, faults: { call: () => silence } });
    await world.run({ hours: 1, ms: 1_000 });
    const dead = new WeakRef(world.host);
    world.crash();
    await world.run({ minutes: 1 });
    expect(await isLetGoOf(dead)).toBe(true);
  });
});

/** Of what nobody holds any more. */
async function isLetGoOf(left: WeakRef<object>): Promise<boolean> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let n = 0; n < 10 && left.deref(); n++) {
    await new Promise((turned) => setImmediate(turned));
    collect();
  }
  return left.deref() === undefined;
}

describe('services', () => {
  it('ask for a token, which is renewed before it expires', async () => {
    await using world = new World({ config: shop });
    await world.run({ hours: 6 });
    const refreshes = world.history.lines.filter((line) => line.includes('→ token server'));
    expect(refreshes.length).toBeGreaterThan(5);
    expect(world.history.lines.filter((line) => line.includes('← 401'))).toEqual([]);
  });

  it('refuse one that was taken back, whereupon it is renewed', async () => {
    await using world = new World({ config: shop });
    await world.run({ minutes: 30 });
    world.authority.reject('shop');
    await world.run({ minutes: 30 });
    expect(world.history.lines.filter((line) => line.includes('← 401'))).toHaveLength(1);
    expect(context(world, 'orders').last?.result).toBe('success');
  });

  it('alert a person when a grant is taken back, who gives it again', async () => {
    const { helpfulPerson } = await import('../../../src/testing/world/alert-inbox.ts');
    await using world = new World({ config: shop, person: helpfulPerson });
    await world.run({ minutes: 30 });
    world.authority.revoke('shop');
    await world.run({ hours: 4 });
    expect(world.history.lines.filter((line) => line.includes('alert person opened token:shop'))).toHaveLength(1);
    expect(world.history.lines.filter((line) => line.includes('person gave the grant'))).toHaveLength(1);
    expect(world.host.read('token/shop').value).toBe('fresh');
    expect(context(world, 'orders').last?.result).toBe('success');
  });
});

describe('a machine', () => {
  it('that slept makes up for what it missed', async () => {
    await using world = new World({ config: shop });
    await world.run({ hours: 1, minutes: 5 });
    world.sleep(3 * 60 * minute);
    await world.run({ minutes: 2 });
    const outcomes = world.history.lines.filter((line) => line.includes('ledger engine/orders')).slice(-2);
    expect(outcomes[0]).toContain('"outcome":"coalesced"');
    expect(outcomes[1]).toContain('"outcome":"late"');
  });

  it.each([asleep(), dstChange()])(
    'with a call under way has used no more of a quota than was let out: $name',
    async (fault) => {
      const twelve = engine('twelve', {
        every: '1h',
        async run({ step, service }) {
          for (let nth = 1; nth <= 12; nth++)
            await step(`call ${nth}`, () =>
              service('shop')
                .fetch('/')
                .then(() => nth),
            );
        },
      });
      const services = { shop: { url: 'https://shop.example', quota: { limit: 10, per: 'hour' as const } } };
      await using world = new World({ config: { services, engines: [twelve] } });
      await world.run({ ms: 2 });
      expect(world.history.lines.filter((line) => / → shop /.test(line))).toHaveLength(1);
      world.happen(fault);
      await world.run({ hours: 3 });
      expect(world.judged()).toEqual([]);
      expect(world.history.lines.filter((line) => / ← 200/.test(line)).length).toBeGreaterThan(20);
    },
  );

  it('whose clock was set goes by the new time within half a minute', async () => {
    await using world = new World({ config: shop });
    await world.run({ hours: 1, minutes: 5 });
    const before = world.history.lines.length;
    world.setWall(15 * minute);
    await world.run({ ms: 31_000 });
    expect(world.history.lines.slice(before).filter((line) => line.includes('engine/orders idle'))).toHaveLength(1);
  });
});
