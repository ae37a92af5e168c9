import childProcess, { ChildProcess, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import nodeCrypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import dnsPromises from 'node:dns/promises';
import fs from 'node:fs';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import inspector from 'node:inspector';
import { builtinModules } from 'node:module';
import net, { Socket } from 'node:net';
import os from 'node:os';
import { join } from 'node:path';
import perfHooks, { performance } from 'node:perf_hooks';
import sqlite, { DatabaseSync } from 'node:sqlite';
import timersPromises, { scheduler } from 'node:timers/promises';
import tls from 'node:tls';
import tty from 'node:tty';
import { promisify } from 'node:util';
import v8 from 'node:v8';
import vm from 'node:vm';
import workers, { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { engine } from '../../../src/index.ts';
import { outsideModules } from '../../../src/testing/world/sandbox-outside.ts';
import { SimulationError } from '../../../src/testing/world/simulation-error.ts';
import { World } from '../../../src/testing/world/world.ts';

// What a job's file has at hand before there is a world.
const database = new DatabaseSync(':memory:');
const udp = dgram.createSocket('udp4');
const unconnected = new Socket();
const resolver = new dns.Resolver();
const agent = new http.Agent();
const script = new vm.Script('Date.now()');
const keptSleep = promisify(setTimeout);
const { readFile: keptReadFile } = fs.promises;
const { connect: keptConnect } = net;
const ecKey = nodeCrypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsaKey = nodeCrypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const shared = new Int32Array(new SharedArrayBuffer(4));

const startAt = Date.UTC(2031, 5, 1, 12);

/** A job that does this once, in a world of that seed; resolves with what it came to. */
async function lived(work: () => unknown, seed = 1): Promise<unknown> {
  let came: unknown;
  const run = async () => {
    came = await work();
    return 1;
  };
  await using world = new World({ seed, startAt, config: { engines: [engine('work', { every: '1h', run })] } });
  await world.run({ minutes: 10 });
  return came;
}

describe('what is no part of a world fails loudly, also where a job swallows it', () => {
  it.each<[string, () => unknown]>([
    ['node:net.Socket', () => new Socket()],
    ['node:net.Socket.connect', () => unconnected.connect(80, '127.0.0.1')],
    ['node:net.Server', () => new net.Server()],
    ['node:net.createServer', () => net.createServer()],
    ['node:net.connect', () => net.connect(80, '127.0.0.1')],
    ['node:tls.connect', () => tls.connect(443, '127.0.0.1')],
    ['node:tls.TLSSocket', () => new tls.TLSSocket(unconnected)],
    ['node:dgram.createSocket', () => dgram.createSocket('udp4')],
    ['node:dgram.Socket.bind', () => udp.bind()],
    ['node:dns.lookup', () => dns.lookup('localhost', () => {})],
    ['node:dns.Resolver', () => new dns.Resolver()],
    ['node:dns.Resolver.resolve4', () => resolver.resolve4('localhost', () => {})],
    ['node:dns/promises.lookup', () => dnsPromises.lookup('localhost')],
    ['node:dns/promises.Resolver', () => new dnsPromises.Resolver()],
    ['node:http.request', () => http.request('http://127.0.0.1/')],
    ['node:http.ClientRequest', () => new http.ClientRequest('http://127.0.0.1/')],
    ['node:http.Agent', () => (agent as unknown as Record<'createSocket', () => void>).createSocket()],
    ['node:http.Server', () => new http.Server()],
    ['node:https.get', () => https.get('https://127.0.0.1/')],
    ['node:http2.connect', () => http2.connect('https://127.0.0.1/')],
    ['globalThis.WebSocket', () => new WebSocket('ws://127.0.0.1/')],
    ['globalThis.MessageChannel', () => new MessageChannel()],
    ['globalThis.BroadcastChannel', () => new BroadcastChannel('all')],
    ['URL.createObjectURL', () => URL.createObjectURL(new Blob([]))],
    ['LockManager.request', () => lockManager()?.request('one', () => {})],
    ['node:worker_threads.Worker', () => new Worker('', { eval: true })],
    ['node:worker_threads.MessageChannel', () => new workers.MessageChannel()],
    ['node:child_process.spawn', () => spawn('true')],
    ['node:child_process.execSync', () => childProcess.execSync('true')],
    ['node:child_process.ChildProcess', () => new ChildProcess()],
    ['node:cluster.fork', () => cluster.fork()],
    ['node:inspector.Session', () => new inspector.Session()],
    ['node:sqlite.DatabaseSync', () => new sqlite.DatabaseSync(':memory:')],
    ['node:sqlite.DatabaseSync.exec', () => database.exec('select 1')],
    // Node does not put another one into the place of what was imported by name from this module.
    ['node:sqlite.DatabaseSync.prepare', () => new DatabaseSync(':memory:').prepare('select 1')],
    ['node:fs.readFileSync', () => fs.readFileSync('/etc/hostname')],
    ['node:fs.existsSync', () => fs.existsSync('/etc/hostname')],
    ['node:fs.createReadStream', () => fs.createReadStream('/etc/hostname')],
    ['node:fs.ReadStream', () => Reflect.construct(fs.ReadStream, ['/etc/hostname'])],
    ['node:fs/promises.writeFile', () => writeFile('/tmp/never-written', '')],
    ['node:tty.ReadStream', () => new tty.ReadStream(0)],
    ['process.stdin', () => process.stdin],
    ['process.kill', () => process.kill(process.pid, 0)],
    ['process.abort', () => process.abort()],
    ['process.chdir', () => process.chdir('/')],
    ['process.report.getReport', () => process.report.getReport()],
    ['process.memoryUsage', () => process.memoryUsage()],
    ['node:os.loadavg', () => os.loadavg()],
    ['node:os.freemem', () => os.freemem()],
    ['node:v8.getHeapStatistics', () => v8.getHeapStatistics()],
    ['node:vm.runInNewContext', () => vm.runInNewContext('Date.now()')],
    ['node:vm.Script.runInNewContext', () => script.runInNewContext()],
    ['Atomics.wait', () => Atomics.wait(shared, 0, 0, 1)],
    ['Atomics.waitAsync', () => Atomics.waitAsync(shared, 0, 0, 1)],
    ['performance.nodeTiming', () => performance.nodeTiming],
    ['performance.mark', () => performance.mark('here')],
    ['node:perf_hooks.monitorEventLoopDelay', () => perfHooks.monitorEventLoopDelay()],
    ['node:crypto.generateKeyPairSync', () => nodeCrypto.generateKeyPairSync('ed25519')],
    ['node:crypto.generateKeyPair', () => promisify(nodeCrypto.generateKeyPair)('ed25519')],
    ['node:crypto.generatePrimeSync', () => nodeCrypto.generatePrimeSync(64)],
    ['node:crypto.ECDH.generateKeys', () => nodeCrypto.createECDH('secp256k1').generateKeys()],
    ['node:crypto.publicEncrypt', () => nodeCrypto.publicEncrypt(rsaKey.publicKey, Buffer.from('a'))],
    ['node:crypto.sign', () => nodeCrypto.sign('sha256', Buffer.from('a'), ecKey)],
    ['node:crypto.Sign.sign', () => nodeCrypto.createSign('sha256').update('a').sign(ecKey)],
    [
      'crypto.subtle.generateKey of Ed25519',
      () => crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'] as never),
    ],
  ])('%s', async (what, reach) => {
    const failure = await lived(async () => {
      try {
        await reach();
      } catch {}
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SimulationError);
    expect(String(failure)).toContain(what);
    expect(String(failure)).toContain('no part');
    expect(String(failure)).toContain('under steps');
  });

  it('also by a function that was taken from its place before', async () => {
    const begun: [string, () => unknown][] = [
      ['Timeout', () => keptSleep(1)],
      ['FSREQPROMISE', () => keptReadFile('/etc/hostname')],
      ['node:net.Socket.connect', () => keptConnect(80, '127.0.0.1')],
    ];
    for (const [what, reach] of begun) {
      const failure = await lived(() => void Promise.resolve(reach()).catch(() => {})).catch((error: unknown) => error);
      expect(String(failure)).toContain(what);
    }
  });

  it('names every module that Node has, or has it reach nowhere', () => {
    // Whatever is new in Node has to be put into one of the lists.
    const ofTheWorld = ['crypto', 'os', 'perf_hooks', 'process', 'timers', 'timers/promises', 'v8', 'vm', 'zlib'];
    const reachNowhere = [
      ...['assert', 'assert/strict', 'async_hooks', 'buffer', 'console', 'constants', 'diagnostics_channel', 'domain'],
      ...['events', 'path', 'path/posix', 'path/win32', 'punycode', 'querystring', 'stream', 'stream/consumers'],
      ...['stream/promises', 'stream/web', 'string_decoder', 'sys', 'url', 'util', 'util/types'],
      // They read modules, which is let through, and what is refused elsewhere, as process.stdin.
      ...['module', 'node:sea', 'node:test', 'node:test/reporters', 'readline', 'readline/promises', 'repl'],
    ];
    const known = new Set([...outsideModules, ...ofTheWorld, ...reachNowhere]);
    expect(builtinModules.filter((name) => !name.startsWith('_') && !known.has(name))).toEqual([]);
  });
});

function lockManager(): { request(name: string, held: () => void): unknown } | undefined {
  return (globalThis as { navigator?: { locks?: ReturnType<typeof lockManager> } }).navigator?.locks;
}

describe('time is the world’s', () => {
  it.each<[string, () => unknown, unknown]>([
    ['a date that is formatted', () => new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(), '6/1/2031'],
    [
      'its parts',
      () =>
        new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).formatToParts().find(({ type }) => type === 'year')?.value,
      '2031',
    ],
    ['another date that is formatted', () => new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(0), '1/1/1970'],
    ['a date of a date', () => (new Date(0).constructor as typeof Date).now(), startAt],
    ['a date in the language of its place', () => new Date().toLocaleDateString('en', { timeZone: 'UTC' }), '6/1/2031'],
    ['performance.now', () => performance.now(), 0],
    ['performance.timeOrigin', () => performance.timeOrigin, startAt],
    ['process.hrtime', () => process.hrtime(), [0, 0]],
    ['process.hrtime.bigint', () => process.hrtime.bigint(), 0n],
    [
      'a length by process.hrtime',
      () =>
        lengthBy(
          () => process.hrtime(),
          (since) => process.hrtime(since),
        ),
      [1, 0],
    ],
    ['process.uptime', () => process.uptime(), 0],
    ['os.uptime', () => os.uptime(), 0],
    ['an interval', () => ticksOf(timersPromises.setInterval(1_000, 'tick')), ['tick', 'tick', startAt + 2_000]],
    ['scheduler.wait', () => scheduler.wait(1_000).then(() => Date.now()), startAt + 1_000],
    ['scheduler.yield', () => scheduler.yield().then(() => Date.now()), startAt],
    ['a timer that begins anew', () => refreshed(), startAt + 1_500],
    ['the instant of an event', () => new Event('now').timeStamp, 0],
    ['a file of now', () => new File([], 'new').lastModified, startAt],
    ['a file of then', () => new File([], 'old', { lastModified: 5 }).lastModified, 5],
    ['the name of the machine', () => os.hostname(), 'world'],
    ['the number of the process', () => process.pid, 1_001],
  ])('%s', async (_, work, expected) => {
    expect(await lived(work)).toEqual(expected);
  });
});

async function lengthBy<T>(begin: () => T, end: (since: T) => T): Promise<T> {
  const since = begin();
  await timersPromises.setTimeout(1_000);
  return end(since);
}

async function ticksOf(interval: AsyncIterable<string>): Promise<unknown[]> {
  const ticks: unknown[] = [];
  for await (const tick of interval) if (ticks.push(tick) === 2) break;
  return [...ticks, Date.now()];
}

function refreshed(): Promise<number> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(Date.now()), 1_000);
    setTimeout(() => timer.refresh(), 500);
  });
}

describe('chance is the seed’s', () => {
  it.each<[string, () => unknown]>([
    ['Math.random', () => Math.random()],
    ['crypto.randomUUID', () => crypto.randomUUID()],
    ['node:crypto.randomUUID', () => nodeCrypto.randomUUID()],
    [
      'node:crypto.randomUUIDv7',
      () => ('randomUUIDv7' in nodeCrypto ? (nodeCrypto as never as Uuids).randomUUIDv7() : Math.random()),
    ],
    ['crypto.getRandomValues', () => [...crypto.getRandomValues(new Uint32Array(4))]],
    ['node:crypto.getRandomValues', () => [...nodeCrypto.getRandomValues(new Uint8Array(4))]],
    ['node:crypto.webcrypto', () => nodeCrypto.webcrypto.randomUUID()],
    ['node:crypto.randomBytes', () => nodeCrypto.randomBytes(8).toString('hex')],
    [
      'node:crypto.randomBytes, called back',
      () => promisify(nodeCrypto.randomBytes)(8).then((made) => made.toString('hex')),
    ],
    ['node:crypto.pseudoRandomBytes', () => nodeCrypto.pseudoRandomBytes(8).toString('hex')],
    ['node:crypto.randomFillSync', () => nodeCrypto.randomFillSync(Buffer.alloc(8), 2, 4).toString('hex')],
    ['node:crypto.randomFill', () => promisify(nodeCrypto.randomFill)(Buffer.alloc(8)).then((made) => String(made))],
    ['node:crypto.randomInt', () => nodeCrypto.randomInt(1_000_000)],
    [
      'node:crypto.randomInt, called back',
      () => new Promise((tell) => nodeCrypto.randomInt(5, 1_000_000, (_, n) => tell(n))),
    ],
    ['node:crypto.generateKeySync', () => nodeCrypto.generateKeySync('aes', { length: 128 }).export().toString('hex')],
    [
      'node:crypto.generateKey',
      () => promisify(nodeCrypto.generateKey)('hmac', { length: 64 }).then((key) => key.export().toString('hex')),
    ],
    ['crypto.subtle.generateKey', () => webKey({ name: 'AES-GCM', length: 256 }, ['encrypt'])],
    ['crypto.subtle.generateKey of HMAC', () => webKey({ name: 'HMAC', hash: 'SHA-256' }, ['sign'])],
  ])('%s', async (_, draw) => {
    const drawn = await lived(draw);
    expect(drawn).toBeDefined();
    expect(await lived(draw)).toEqual(drawn);
    expect(await lived(draw, 2)).not.toEqual(drawn);
  });

  it('also what parts the fields of a form that is sent', async () => {
    const sent = async () => {
      const bodies: string[] = [];
      const run = async () => {
        const form = new FormData();
        form.set('name', 'value');
        await fetch('https://shop.example/', { method: 'POST', body: form });
        await fetch(new Request('https://shop.example/', { method: 'POST', body: form }));
        return 1;
      };
      await using world = new World({
        config: {
          services: { shop: { url: 'https://shop.example' } },
          engines: [engine('post', { every: '1h', run })],
        },
        services: {
          shop: ({ body, headers }) => {
            bodies.push(body, headers.get('content-type') ?? '');
            return new Response('{}');
          },
        },
      });
      await world.run({ minutes: 1 });
      return bodies;
    };
    const bodies = await sent();
    expect(bodies[2]).toContain('value');
    expect(await sent()).toEqual(bodies);
  });

  it('and what has none is let through', async () => {
    const done = await lived(async () => [
      nodeCrypto.sign('sha256', Buffer.from('a'), rsaKey.privateKey).length,
      nodeCrypto.createHmac('sha256', 'key').update('a').digest('hex').length,
      (await crypto.subtle.digest('SHA-256', Buffer.from('a'))).byteLength,
      await compiled(),
      Date.now() - startAt,
    ]);
    expect(done).toEqual([256, 64, 32, 'object', 0]);
  });
});

interface Uuids {
  randomUUIDv7(): string;
}

async function webKey(algorithm: object, usages: string[]): Promise<string> {
  const key = await crypto.subtle.generateKey(algorithm as never, true, usages as never);
  return Buffer.from(await crypto.subtle.exportKey('raw', key as never)).toString('hex');
}

async function compiled(): Promise<string> {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { compile(bytes: Buffer): Promise<unknown> } };
  return typeof (await WebAssembly.compile(Buffer.from([0, 97, 115, 109, 1, 0, 0, 0])));
}

describe('a job may', () => {
  it('import modules, and these may read files', () => {
    // As Node imports, and not as the test runner does.
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'nightshift-sandbox-'));
    fs.writeFileSync(
      join(folder, 'lazy.mjs'),
      "import fs from 'node:fs'; export default fs.readFileSync('text.txt', 'utf8');",
    );
    fs.writeFileSync(join(folder, 'text.txt'), 'read while it was loaded');
    const file = join(import.meta.dirname, 'fixtures', 'imports.ts');
    const options = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning', file];
    const printed = childProcess.execFileSync(process.execPath, options, { cwd: folder, encoding: 'utf8' });
    fs.rmSync(folder, { recursive: true });
    expect(printed).toBe('read while it was loaded\n');
  });

  it('print', async () => {
    expect(await lived(() => console.debug('printed', { inside: true }))).toBeUndefined();
    expect(await lived(() => process.stderr.write(''))).toBe(true);
  });
});

it('everything real is back once the last world is closed', async () => {
  const before = everything();
  const first = new World({ config: { engines: [] } });
  expect(everything()).not.toEqual(before);
  const second = new World({ config: { engines: [] } });
  await first.close();
  expect(everything()).not.toEqual(before);
  await second.close();
  const after = everything();
  expect(after.size).toBe(before.size);
  expect([...after].filter(([name, found]) => before.get(name) !== found)).toEqual([]);
  expect(new Socket()).toBeInstanceOf(net.Socket);
  expect(database.prepare('select 1 as one').get()).toEqual({ one: 1 });
});

/** Whatever Node has, by where it is. */
function everything(): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const note = (where: string, owner: object) => {
    for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      const is = get ?? value;
      if (typeof is !== 'function') continue;
      found.set(`${where}.${name}`, is);
      if (typeof is.prototype !== 'object' || is.prototype === null || is.prototype === owner) continue;
      for (const [method, held] of Object.entries(Object.getOwnPropertyDescriptors(is.prototype as object)))
        found.set(`${where}.${name}#${method}`, held.get ?? held.value);
    }
  };
  for (const name of builtinModules)
    if (!/^_|punycode|sys|wasi/.test(name)) note(name, process.getBuiltinModule(name) ?? {});
  for (const owner of [globalThis, Intl, Atomics, Math, performance, process.hrtime]) note(String(owner), owner);
  note('subtle', Object.getPrototypeOf(crypto.subtle));
  return found;
}
