/**
 * The real service on a real file system that is full for a while: a small one of its own, in a mount namespace that
 * only the service is in, and that the test reaches through /proc.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/persistence/ledger.ts';
import { openStore } from '../../src/persistence/store.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { HttpServer } from '../actors/effects/http-server.ts';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

const everyMs = 500;
const config = `
import { appendFile } from 'node:fs/promises';
import { defineConfig, engine, env, notifyCommand } from 'nightshift';
const note = "process.stdin.on('data', (d) => require('fs').appendFileSync('alerts.txt', String(d).split(String.fromCharCode(10))[0] + String.fromCharCode(10)))";
export default defineConfig({
  alerts: { channels: { file: notifyCommand([process.execPath, '-e', note]) } },
  builtIn: { health: false, resources: false },
  watchdog: { url: env('WATCHDOG_URL'), every: '500ms' },
  engines: [
    engine('tick', {
      every: '${everyMs}ms',
      run: ({ step, runId }) => step('write', () => appendFile('runs.txt', runId + '\\n')),
    }),
    engine('idle', { run: () => 'well' }),
  ],
});
`;

// Mount namespaces are Linux's own.
describe.runIf(process.platform === 'linux')('a disk that is full', () => {
  it('keeps every run from beginning and loses none; all goes on when there is room', {
    timeout: 180_000,
  }, async () => {
    place.write('nightshift.config.ts', config);
    await using outside = await HttpServer.open();
    const pings = () => outside.arrivals.map(({ path, body }) => `${path} ${body}`);
    const service = await place.startOnDisk(1_500_000, { WATCHDOG_URL: outside.url });
    const disk = (name: string) => join(place.data, name);
    const runs = () => readLines(join(place.folder, 'runs.txt'));
    await eventually('some runs', () => runs().length > 2);

    // SQLite follows the path through /proc to the file of that name out here: the store is another one.
    const other = join(place.folder, 'other');
    mkdirSync(other);
    const store = await openStore(`sqlite://${join(other, 'nightshift.db')}`);
    await store.write([['key', JSON.stringify('x'.repeat(10_000))]]);
    await store.close();

    const full = fill(disk('ballast'));
    expect(full.code).toBe('ENOSPC');
    const trouble = () => lines(service.log()).find(({ msg }) => msg === 'store.failing');
    const { err } = await eventually('word of it', trouble, service.log);
    expect(err.message).toMatch(/nightshift\.db: could not be written \(.*\)\. Make room on the disk/);
    const before = runs();
    const [exported] = await Promise.all([
      place.run('export', disk('state.jsonl'), '--data', other),
      wait(4 * everyMs),
    ]);
    expect(runs()).toEqual(before);
    const words = /state\.jsonl: could not be written \(ENOSPC.*Make room on the disk.*; nothing is left there\.\n$/;
    expect(exported).toMatchObject({ code: 1, err: expect.stringMatching(words) });
    expect(readdirSync(place.data).filter((name) => name.startsWith('state'))).toEqual([]);
    await expect(place.send(service.url, 'engine/idle', 'engine.trigger')).rejects.toThrow(/Make room on the disk/);
    expect(await (await fetch(`${service.url}/readyz`)).text()).toMatch(/Make room on the disk/);

    const alerts = () => readLines(join(place.folder, 'alerts.txt')).filter((title) => title.includes('the store'));
    await eventually('an alert', () => alerts().length === 1);

    const complaints = () => pings().filter((ping) => ping.startsWith('/fail'));
    await eventually('word to the watchdog', () => complaints().length > 0);
    expect(complaints()[0]).toMatch(/the store takes no writes: .*Make room on the disk/);
    const looks = pings().length;

    rmSync(disk('ballast'));
    await eventually('word of its end', () => lines(service.log()).some(({ msg }) => msg === 'store.recovered'));
    await eventually('food for the watchdog', () => pings().slice(looks).includes('/ '));
    await eventually('more runs', () => runs().length > before.length + 2);
    await eventually('both alerts', () => alerts().length === 2);
    expect(alerts()).toEqual(['the store takes no writes', 'Over: the store takes no writes']);

    const copy = join(place.folder, 'copy.db');
    for (const end of ['', '-wal']) copyFileSync(disk(`nightshift.db${end}`), `${copy}${end}`);
    const settled = readStoreFile(copy, 'ledger:engine/tick:')
      .flatMap(({ json }) => (JSON.parse(json) as LedgerEntry).due ?? [])
      .sort((a, b) => a.from - b.from);
    expect(settled.length).toBeGreaterThan(4);
    settled.reduce((last, next) => {
      expect(next.from, 'each due time once').toBe(last.to + everyMs);
      return next;
    });
    expect(new Set(runs()).size, 'no run did its step again').toBe(runs().length);
    expect(await service.end('SIGTERM')).toBe(0);
  });

  it('keeps the service from starting, which says that it wants room', async () => {
    place.write('nightshift.config.ts', 'export default { engines: [] };');
    mkdirSync(place.data);
    const { code, err } = await place.runOnFullDisk('start', '--port', '0');
    expect(code).toBe(1);
    expect(err).toMatch(
      /lock\.db: found that it cannot be locked \(.*full\), expected some room\. Make room on the disk/,
    );
    const seen = await place.runOnFullDisk('doctor', '--port', '0');
    expect(seen.out).toMatch(/^PROBLEM {2}disk .* is full\n +-> du /m);
  });
});

/** Writes until there is no room. @returns the error that ended it */
function fill(file: string): NodeJS.ErrnoException {
  for (;;) {
    try {
      writeFileSync(file, 'x'.repeat(1_024), { flag: 'a' });
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
  }
}

function readLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

function lines(log: string): { msg: string; err: { message: string } }[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line));
}
