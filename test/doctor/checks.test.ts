/**
 * Each check by itself: what it takes for well, and what it says of what is not.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { checkLeftovers, checkPort, checkService } from '../../src/doctor/at-work.ts';
import { checkUp } from '../../src/doctor/check-up.ts';
import { checkClock, isSynchronised } from '../../src/doctor/clock.ts';
import { checkDisk, diskRefuses, measureDisk } from '../../src/doctor/disk.ts';
import { checkClosed, checkConfigFile, checkDataFolder, checkSecrets, checkStrange } from '../../src/doctor/files.ts';
import { checkListen } from '../../src/doctor/listen.ts';
import { checkNode, checkZones } from '../../src/doctor/node.ts';
import { checkReach } from '../../src/doctor/reach.ts';
import { checkActors, checkStore } from '../../src/doctor/store.ts';
import { checkVault } from '../../src/doctor/vault.ts';
import type { Json } from '../../src/json.ts';
import { openStore } from '../../src/persistence/store.ts';
import { createVault, keyIdOf } from '../../src/persistence/vault.ts';
import { type KeyPlaces, keepKey, vaultKeyBytes } from '../../src/persistence/vault-key.ts';
import { Children, newMark } from '../../src/processes/children.ts';
import { selfSigned } from '../dashboard/self-signed.ts';
import { changeText } from '../persistence/change-text.ts';
import { withoutPrivileges } from '../privileges.ts';

const now = Date.UTC(2026, 10, 26);
const uid = process.geteuid?.();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('says of the certificate for other machines how long it is good, and when it is none', () => {
  const listen = { host: '0.0.0.0', port: 4443, ...selfSigned(folder, 'DNS:night.example', 20) };
  const madeAt = systemClock.now();
  const days = (count: number) => checkListen(listen, madeAt + count * 86_400_000);
  expect(days(1)).toMatchObject({
    severity: 'ok',
    what: expect.stringMatching(/^for DNS:night\.example, good until /),
  });
  expect(days(7)).toMatchObject({ severity: 'warning', fix: expect.stringContaining(`renew ${listen.certFile}`) });
  expect(days(21)).toMatchObject({ severity: 'problem', what: expect.stringContaining('was valid until') });
  expect(days(-1)).toMatchObject({ severity: 'problem', what: expect.stringContaining('is valid from') });
  writeFileSync(listen.certFile, '');
  expect(days(1)).toMatchObject({ severity: 'problem', what: expect.stringContaining('found something else in') });
});

describe('node', () => {
  it.each([
    ['24.21.0', 'ok', 'Node 24.21.0, which gets fixes until 2028-04-30'],
    ['22.18.0', 'ok', 'Node 22.18.0, which gets fixes until 2027-04-30'],
    ['25.1.0', 'problem', 'Node 25.1.0 gets no more fixes since 2026-06-01'],
    ['99.0.0', 'ok', 'Node 99.0.0'],
  ])('of version %s is %s', (version, severity, what) => {
    expect(checkNode(version, now)).toMatchObject({ check: 'node', severity, what });
  });

  it('says to which version to go when its own is about to end', () => {
    expect(checkNode('22.18.0', Date.UTC(2027, 3, 1))).toMatchObject({
      severity: 'warning',
      fix: 'Install Node 26: https://nodejs.org',
    });
  });
});

describe('time zones', () => {
  it.each([
    ['2026c', ['Europe/Berlin'], 'ok', 'time zone data 2026c, which knows Europe/Berlin'],
    ['2026c', ['Europe/Atlantis'], 'problem', 'Node does not know Europe/Atlantis'],
    [
      '2021a',
      ['UTC'],
      'warning',
      'time zone data 2021a, which knows UTC; it is 5 years old, and countries change their clocks',
    ],
    [undefined, ['UTC'], 'problem', 'Node has no time zone data'],
  ])('of release %s, with %s wanted, are %s', (release, wanted, severity, what) => {
    expect(checkZones(release, wanted, now)).toMatchObject({ severity, what });
  });
});

describe('clock', () => {
  it('is believed when nothing lies ahead of it and somebody keeps it right', () => {
    const found = checkClock({ lastKnownAt: now - 1_000, isSynchronised: true }, now);
    expect(found.map(({ severity }) => severity)).toEqual(['ok', 'ok']);
  });

  it('is not when the store was written two hours after what it says now', () => {
    expect(checkClock({ lastKnownAt: now + 7_200_000, isSynchronised: null }, now)[0]).toMatchObject({
      severity: 'problem',
      what: 'it is 2026-11-26T00:00:00.000Z by the clock, and the service has been at work 2h after that: nothing is due until then',
      fix: 'timedatectl set-ntp true',
    });
  });

  it('is warned of when nobody keeps it right', () => {
    expect(checkClock({ lastKnownAt: null, isSynchronised: false }, now)[1]).toMatchObject({ severity: 'warning' });
  });

  it('is kept right when systemd-timesyncd says so, not when it waits, and unknown without it', () => {
    expect(isSynchronised(folder)).toBeNull();
    mkdirSync(join(folder, 'timesync'));
    expect(isSynchronised(folder)).toBe(false);
    writeFileSync(join(folder, 'timesync/synchronized'), '');
    expect(isSynchronised(folder)).toBe(true);
  });
});

describe('files', () => {
  it('are well when they are the own alone', () => {
    const config = join(folder, 'nightshift.config.ts');
    writeFileSync(config, '', { mode: 0o644 });
    writeFileSync(join(folder, 'vault.key'), 'x', { mode: 0o600 });
    for (const name of ['lock.json', 'lock.db']) writeFileSync(join(folder, name), '{}', { mode: 0o644 });
    chmodSync(config, 0o600);
    const found = [...checkConfigFile(config, uid), checkDataFolder(folder, uid), ...checkSecrets(folder)];
    expect(found.map(({ severity }) => severity)).toEqual(['ok', 'ok', 'ok']);
  });

  it('are a problem when others may write the config or its folder', () => {
    const config = join(folder, "it's mine.ts");
    writeFileSync(config, '');
    chmodSync(config, 0o666);
    chmodSync(folder, 0o777);
    expect(checkConfigFile(config, uid)).toMatchObject([
      { severity: 'problem', fix: `chmod go-w '${folder}/it'\\''s mine.ts'` },
      { severity: 'problem', fix: `chmod go-w ${folder}` },
    ]);
  });

  it('are a problem when others may read a secret', () => {
    writeFileSync(join(folder, 'api.token'), 'x');
    chmodSync(join(folder, 'api.token'), 0o640);
    expect(checkSecrets(folder)).toEqual([
      {
        check: 'secrets',
        severity: 'problem',
        what: `${folder}/api.token has mode 640, expected 600: others can read it`,
        fix: `chmod 600 ${folder}/api.token`,
      },
    ]);
  });

  it('are a problem when others may look into a folder of them, and none behind a data folder that is closed', () => {
    mkdirSync(join(folder, 'backups'));
    chmodSync(join(folder, 'backups'), 0o755);
    mkdirSync(join(folder, 'logs'), { mode: 0o700 });
    chmodSync(folder, 0o700);
    expect(checkSecrets(folder)).toMatchObject([{ severity: 'ok' }]);
    chmodSync(folder, 0o755);
    expect(checkSecrets(folder)).toEqual([
      {
        check: 'secrets',
        severity: 'problem',
        what: `${folder}/backups has mode 755, expected 700: others can read what is in it`,
        fix: `chmod 700 ${folder}/backups`,
      },
    ]);
  });

  it('are a problem when they are closed to whoever looks, and are not called damaged', async () => {
    chmodSync(folder, 0o755);
    const [config, data] = [join(folder, 'nightshift.config.mjs'), join(folder, 'data')];
    writeFileSync(config, 'export default { engines: [] };', { mode: 0o644 });
    mkdirSync(data, { mode: 0o755 });
    writeFileSync(join(data, 'nightshift.db'), '', { mode: 0 });
    expect(withoutPrivileges(() => checkClosed(data))).toMatchObject([
      { severity: 'problem', what: `in ${data} what belongs to user ${uid} is closed to you: nightshift.db` },
    ]);
    chmodSync(data, 0);
    const hidden = withoutPrivileges(() => checkDataFolder(join(data, 'of mine'), uid));
    expect(hidden).toMatchObject({ severity: 'problem', what: expect.stringContaining('a folder on the way to it') });

    const never = () => Promise.reject(new Error('not looked at'));
    const place = { config, data: join(data, 'of mine'), port: 0, env: {}, keys: {}, clock: systemClock };
    const all = await withoutPrivileges(() => checkUp({ ...place, atWork: never, kept: never }));
    expect(all.filter(({ severity }) => severity === 'problem').map(({ check }) => check)).toEqual(['data folder']);
    expect(all.map(({ check }) => check)).not.toContain('store');
  });

  it('are named that are no files, and nothing is opened then', async () => {
    execFileSync('mkfifo', [join(folder, 'lock.db')]);
    mkdirSync(join(folder, 'nightshift.db-wal'));
    expect(checkStrange(folder)).toMatchObject([
      {
        severity: 'problem',
        what: expect.stringContaining('nightshift.db-wal: found a folder'),
        fix: expect.stringMatching(/^mv /),
      },
      {
        severity: 'problem',
        what: expect.stringContaining('lock.db: found a named pipe'),
        fix: `rm ${join(folder, 'lock.db')}`,
      },
    ]);
    const never = () => Promise.reject(new Error('not looked at'));
    const place = { config: join(folder, 'none.ts'), data: folder, port: 0, env: {}, keys: {}, clock: systemClock };
    const all = await checkUp({ ...place, atWork: never, kept: never });
    expect(all.filter(({ check }) => check === 'data folder')).toHaveLength(2);
  });

  it('may be in a data folder of somebody else that is open, which is not called theirs', () => {
    const stranger = (uid ?? 0) + 1;
    expect(checkDataFolder(folder, uid)).toMatchObject({ severity: 'ok', what: `${folder} is yours` });
    expect(checkDataFolder(folder, stranger)).toMatchObject({
      what: `${folder} is open to you, and belongs to user ${uid}`,
    });
  });

  it('may have no data folder yet, but no file in its place', () => {
    expect(checkDataFolder(join(folder, 'none'), uid)).toMatchObject({ severity: 'ok' });
    writeFileSync(join(folder, 'file'), '');
    expect(checkDataFolder(join(folder, 'file'), uid)).toMatchObject({
      severity: 'problem',
      fix: 'name another with --data',
    });
  });
});

describe('disk', () => {
  it('is measured by writing to it, and left as it was', () => {
    const { syncMs, freeBytes } = measureDisk(folder, systemClock);
    expect(syncMs).toBeGreaterThan(0);
    expect(freeBytes).toBeGreaterThan(0);
    // A second one would find the file of the first in its way.
    expect(measureDisk(folder, systemClock)).toBeDefined();
  });

  it('is warned of when it is slow, and a problem when it is nearly full', () => {
    const found = checkDisk({ syncMs: 250.4, freeBytes: 5_000_000 }, 1_000_000_000, '/data');
    expect(found).toMatchObject([
      {
        severity: 'warning',
        what: 'a synced write takes 251ms, and a run has some ten of them: expected at most 100ms',
      },
      { severity: 'problem', what: '5MB are free, expected 1GB (builtIn.resources.disk)' },
    ]);
  });

  it.each([
    ['ENOSPC', 'the disk of /data is full'],
    ['EROFS', 'the disk of /data can only be read'],
    ['EIO', '/data takes no file (EIO)'],
  ])('that answers %s is a problem', (code, what) => {
    expect(diskRefuses(Object.assign(new Error(code), { code }), '/data')).toMatchObject({ severity: 'problem', what });
  });
});

describe('the store', () => {
  const file = () => join(folder, 'nightshift.db');
  const fill = async () => {
    const store = await openStore(`sqlite://${file()}`);
    const big = JSON.stringify('x'.repeat(4_000));
    await store.write([
      ...Array.from({ length: 50 }, (_, n) => [`row:${n}`, big] as const),
      ['actor:engine/a', '{"state":{"value":"paused","context":{},"timers":{},"effects":{}},"halted":null}'],
      ['quarantine:1', '{}'],
    ]);
    await store.close();
  };

  it('is well when it is not there yet', () => {
    expect(checkStore(folder)).toMatchObject({ found: [{ severity: 'ok' }], actors: [] });
  });

  it.each(['vault.key', 'backups/nightshift-2026-11-23T02-30-00Z.db'])('is missed where there is a %s', (trace) => {
    mkdirSync(join(folder, 'backups'));
    writeFileSync(join(folder, trace), '');
    const what = `${file()} is not there, and ${join(folder, trace)} is: if there was something in it, a start would begin all of it afresh`;
    expect(checkStore(folder).found).toEqual([
      { check: 'store', severity: 'warning', what, fix: 'nightshift restore latest' },
    ]);
  });

  it('is missed where it is empty, and there is a vault.key', () => {
    writeFileSync(file(), '');
    expect(checkStore(folder)).toMatchObject({ found: [{ severity: 'ok' }], actors: [] });
    const key = join(folder, 'vault.key');
    writeFileSync(key, '');
    const what = `${file()} is empty, and ${key} is there: if there was something in it, a start would begin all of it afresh`;
    expect(checkStore(folder).found).toEqual([
      { check: 'store', severity: 'warning', what, fix: 'nightshift restore latest' },
    ]);
  });

  it('is looked through, and says what waits for a person', async () => {
    await fill();
    const { found, actors } = checkStore(folder);
    expect(found).toMatchObject([
      { severity: 'ok', what: `${file()} is whole; records: 1` },
      { severity: 'warning', what: 'records in quarantine: 1', fix: 'nightshift status' },
    ]);
    expect(checkActors(actors)).toEqual([
      { check: 'engines', severity: 'warning', what: 'engine/a is paused', fix: 'nightshift resume a' },
    ]);
  });

  it('is a problem when a page in the middle of it is damaged', async () => {
    await fill();
    const { open } = await import('node:fs/promises');
    const handle = await open(file(), 'r+');
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(2_048, 7), 0, 2_048, size / 2);
    await handle.close();
    expect(checkStore(folder).found).toMatchObject([
      {
        check: 'store',
        severity: 'problem',
        what: expect.stringContaining('found a damaged database'),
        fix: 'nightshift recover',
      },
    ]);
  });

  it('is a problem when a row is not as it was written', async () => {
    await fill();
    changeText(file(), 'actor:engine/a', '"paused"', '"passed"');
    const what = `${file()}: found actor:engine/a not as it was written, expected what its sum says`;
    expect(checkStore(folder).found[0]).toEqual({
      check: 'store',
      severity: 'problem',
      what,
      fix: 'nightshift recover',
    });
  });

  it('is a problem when its log is damaged', async () => {
    const store = await openStore(`sqlite://${file()}`);
    for (const key of ['a', 'b', 'c']) await store.write([[key, '1']]);
    const log = readFileSync(`${file()}-wal`);
    log[5_000] = (log[5_000] ?? 0) ^ 4;
    await store.close();
    writeFileSync(`${file()}-wal`, log);
    expect(checkStore(folder).found).toMatchObject([
      {
        severity: 'problem',
        what: expect.stringMatching(/-wal: found it damaged after \d+ bytes/),
        fix: 'nightshift recover',
      },
    ]);
  });

  it('is a problem of another kind when it is whole and closed to whoever looks, or so is its folder', async () => {
    await fill();
    const looks = () => withoutPrivileges(() => checkStore(folder)).found;
    const closed = (path: string) => ({
      check: 'store',
      severity: 'problem',
      what: expect.stringMatching(/nightshift\.db: could not be opened/),
      fix: expect.stringMatching(new RegExp(`^(chmod u\\+rwX|chown "\\$USER") ${path}$`)),
    });
    chmodSync(folder, 0o777);
    chmodSync(file(), 0);
    expect(looks()).toMatchObject([closed(file())]);
    chmodSync(file(), 0o666);
    chmodSync(folder, 0);
    expect(looks()).toMatchObject([closed(folder)]);
    chmodSync(folder, 0o700);
  });
});

describe('the key of the vault', () => {
  const keyFile = () => join(folder, 'vault.key');
  const [right, wrong] = [Buffer.alloc(vaultKeyBytes, 1), Buffer.alloc(vaultKeyBytes, 2)];
  const look = (keys: KeyPlaces = {}, hasService = false) => checkVault({ data: folder, keys, hasService });
  beforeEach(async () => {
    const rows = new Map<string, Json>();
    const aside = {
      get: async () => undefined,
      write: async ([row]: { key: string; value: Json }[]) => void (row && rows.set(row.key, row.value)),
    };
    await createVault({ key: right, store: aside }).put('token/shop', 'a grant');
    const store = await openStore(`sqlite://${join(folder, 'nightshift.db')}`);
    await store.write([...rows].map(([key, value]) => [key, JSON.stringify(value)] as const));
    await store.close();
  });

  it('is well when it opens every secret, wherever it comes from', async () => {
    expect(await look({ NIGHTSHIFT_KEY: right.toString('hex') })).toMatchObject([
      { check: 'vault', severity: 'ok', what: 'the key in NIGHTSHIFT_KEY opens every secret: 1' },
    ]);
    keepKey(keyFile(), right);
    expect(await look()).toMatchObject([{ severity: 'ok', what: `the key in ${keyFile()} opens every secret: 1` }]);
  });

  it('is a problem when it is gone or another one, unless a service may have been given the right one', async () => {
    const gone = /^secrets that cannot be opened: 1 of 1; they take the key [0-9a-f]{8}, and none is here$/;
    const fix = `put that key back into ${keyFile()} before the next start`;
    expect(await look()).toMatchObject([{ severity: 'problem', what: expect.stringMatching(gone), fix }]);
    expect(await look({}, true)).toMatchObject([{ severity: 'warning', what: expect.stringMatching(gone) }]);
    keepKey(keyFile(), wrong);
    expect(await look()).toMatchObject([{ severity: 'problem', what: expect.stringContaining(keyIdOf(wrong)), fix }]);
    expect(await look({ NIGHTSHIFT_KEY: 'short' })).toMatchObject([
      {
        severity: 'problem',
        what: expect.stringContaining('found 5 characters that are no key'),
        fix: 'put the key there that the secrets are under',
      },
    ]);
  });

  it('is of no concern where there is no store, or no secret', async () => {
    rmSync(join(folder, 'nightshift.db'));
    expect(await look()).toEqual([]);
    await (await openStore(`sqlite://${join(folder, 'nightshift.db')}`)).close();
    expect(await look()).toEqual([]);
  });

  it('is a problem where it is none, for a start refuses that even without a secret', async () => {
    rmSync(join(folder, 'nightshift.db'));
    const none = { severity: 'problem', what: expect.stringContaining('found 5 characters that are no key') };
    const fix = 'put a key there, and keep it: openssl rand -base64 32';
    expect(await look({ NIGHTSHIFT_KEY: 'short' })).toMatchObject([{ ...none, fix }]);
    writeFileSync(keyFile(), 'short', { mode: 0o600 });
    expect(await look()).toMatchObject([{ ...none, fix: `rm ${keyFile()}` }]);
  });
});

describe('who is at work', () => {
  it.each([
    [{ owner: null, state: null }, 'warning', 'no service is at work on the data folder', 'nightshift start'],
    [{ owner: { pid: 7, since: 1 }, state: 'running' }, 'ok', 'process 7 is running', undefined],
    [
      { owner: { pid: 7, since: 1 }, state: 'shadow' },
      'ok',
      'process 7 follows the schedule, and runs nothing; what it has seen: nightshift shadow report',
      undefined,
    ],
    [{ owner: { pid: 7, since: 1 }, state: 'draining' }, 'warning', 'process 7 is draining', 'nightshift status'],
    [
      { owner: { pid: 7, since: 1 }, state: null, silence: 'it does not answer' },
      'problem',
      'process 7 holds the data folder and does not answer: it does not answer',
      'nightshift logs -n 20; kill 7; if it is still there when it has had time to end: kill -9 7',
    ],
  ])('%o is %s', (work, severity, what, fix) => {
    expect(checkService(work)).toEqual({ check: 'service', severity, what, ...(fix && { fix }) });
  });

  it('finds out whether the port can be had', async () => {
    const server = await listening();
    const { port } = server.address() as { port: number };
    expect(await checkPort(port)).toMatchObject({ severity: 'problem', fix: `ss -ltnp 'sport = :${port}'` });
    server.close();
    await once(server, 'close');
    expect(await checkPort(port)).toMatchObject({ severity: 'ok' });
  });

  it('finds a program that has outlived its service, until it ends', async () => {
    const program = spawn('sleep', ['600']);
    await once(program, 'spawn');
    const children = new Children(folder, systemClock);
    children.note(program.pid as number, { engine: 'video', run: 'r1', mark: newMark('r1') });
    expect(checkLeftovers(children.orphans())).toMatchObject([
      { severity: 'warning', what: expect.stringContaining('of video'), fix: `kill ${program.pid}` },
    ]);
    program.kill('SIGKILL');
    await once(program, 'close');
    expect(checkLeftovers(children.orphans().filter(({ pids }) => pids.length > 0))).toMatchObject([
      { severity: 'ok' },
    ]);
  });
});

describe('what the jobs need', () => {
  it('can be reached, or not, or has no certificate that is trusted', async () => {
    const server = await listening();
    const { port } = server.address() as { port: number };
    const places = [
      { what: 'service up', url: `http://127.0.0.1:${port}/v1` },
      { what: 'service down', url: 'http://127.0.0.1:1' },
      { what: 'service plain', url: `https://127.0.0.1:${port}` },
      { what: 'service nowhere', url: 'https://no-such-name.invalid' },
    ];
    const found = await checkReach(places, systemClock);
    server.close();
    expect(found).toMatchObject([
      { check: 'service up', severity: 'ok', what: `127.0.0.1:${port} can be reached` },
      { check: 'service down', severity: 'problem', fix: 'curl -sSI http://127.0.0.1:1' },
      { check: 'service plain', severity: 'problem' },
      { check: 'service nowhere', severity: 'problem', what: expect.stringContaining('no-such-name.invalid') },
    ]);
  });
});

/** A server that says nothing but that the line is cut. */
async function listening(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
