import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { command } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FolderConfig, LogCleanupConfig } from '../../src/config/config.ts';
import { type LogCleanup, logCleanupEngine } from '../../src/engines/log-cleanup.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import { Workplace } from '../actors/effects/workplace.ts';
import { testScope } from './run-scope.ts';

const dayMs = 86_400_000;
const now = Date.parse('2026-11-23T04:00:00Z');
const config: LogCleanupConfig = {
  schedule: '0 4 * * *',
  keepLedgerMs: 90 * dayMs,
  ledgerEntriesMax: 20_000,
  keepQuarantineMs: 365 * dayMs,
  keepRemovedMs: 30 * dayMs,
  folders: [],
};

let folder: string;
let dataDir: string;
let logs: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-clean-'));
  dataDir = join(folder, 'data');
  logs = join(folder, 'logs');
  for (const made of [dataDir, logs]) mkdirSync(made);
  store = await openStore(`sqlite://${join(dataDir, 'nightshift.db')}`);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function file(path: string, days: number, text = '0123456789'): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  aged(path, days);
  return path;
}

function aged(path: string, days: number) {
  utimesSync(path, (now - days * dayMs) / 1_000, (now - days * dayMs) / 1_000);
}

const oldLogs: FolderConfig = { path: 'logs', match: '*.log', olderThanMs: 30 * dayMs };

function clean(...folders: FolderConfig[]): Promise<LogCleanup> {
  return cleanAt(now, store, folders);
}

async function cleanAt(at: number, rows: Store, folders: FolderConfig[] = []): Promise<LogCleanup> {
  return (await cleaning(at, rows, folders)).result;
}

async function cleaning(at: number, rows: Store, folders: FolderConfig[] = []) {
  const ports = { dataDir, configDir: folder, timeZone: 'UTC', clock: { now: () => at }, store: () => rows };
  const write = rows.write.bind(rows);
  const wanted = () => ['engine/back'] as const;
  const scope = testScope();
  const result = await logCleanupEngine({ ...config, folders }, { ...ports, write, wanted }).run(scope);
  return { result: result as LogCleanup, lines: scope.lines };
}

it('says what it removed, and how many bytes', async () => {
  const old = file(join(logs, 'a.log'), 31);
  file(join(logs, 'b.log'), 29);
  await store.write(
    Array.from({ length: 60 }, (_, n) => ledgerRow('engine/a', now - 91 * dayMs + n, n, { outcome: 'ran', due: null })),
  );
  await store.write([['quarantine:engine/a:1', JSON.stringify({ at: now - 366 * dayMs })]]);
  const done = { ledgerEntries: 10, quarantined: 1, records: 0, files: 1, bytes: 10, removed: [old] };
  expect(await clean(oldLogs)).toEqual(done);
  expect(await clean(oldLogs)).toEqual({
    ledgerEntries: 0,
    quarantined: 0,
    records: 0,
    files: 0,
    bytes: 0,
    removed: [],
  });
});

it('clears records of those that have left the config thirty days ago, and says whose', async () => {
  const row = (days: number) => JSON.stringify({ at: now - days * dayMs });
  const ids = ['gone', 'going', 'back'];
  await store.write([
    ...ids.map((id) => [`actor:engine/${id}`, '{}'] as const),
    ['removed:engine/gone', row(31)],
    ['removed:engine/going', row(29)],
    ['removed:engine/back', row(31)],
  ]);
  const { result, lines } = await cleaning(now, store);
  expect(result.records).toBe(1);
  expect(lines).toEqual([
    {
      level: 'info',
      facts: { actor: 'engine/gone', removedAt: '2026-10-23T04:00:00.000Z' },
      message: 'record.cleared',
    },
  ]);
  expect(await store.keys('actor:')).toEqual(['actor:engine/back', 'actor:engine/going']);
});

describe('a folder of the config', () => {
  it('loses the old files of that name alone', async () => {
    file(join(logs, 'old.log'), 31);
    for (const [name, days] of Object.entries({ 'young.log': 1, 'old.txt': 400, '.old.log': 400, 'a/old.log': 400 })) {
      file(join(logs, name), days);
    }
    aged(join(logs, 'a'), 400);
    expect((await clean(oldLogs)).files).toBe(1);
    expect(readdirSync(logs).sort()).toEqual(['.old.log', 'a', 'old.txt', 'young.log']);
    expect(readdirSync(join(logs, 'a'))).toEqual(['old.log']);
  });

  it('is not left through a link: neither the link nor what it leads to goes', async () => {
    const outside = file(join(folder, 'outside/precious.log'), 400);
    symlinkSync(outside, join(logs, 'link.log'));
    symlinkSync(dirname(outside), join(logs, 'folder.log'));
    expect((await clean(oldLogs)).files).toBe(0);
    expect(readdirSync(logs).sort()).toEqual(['folder.log', 'link.log']);
    expect(existsSync(outside)).toBe(true);
  });

  it('is no link itself', async () => {
    const outside = file(join(folder, 'outside/precious.log'), 400);
    symlinkSync(dirname(outside), join(folder, 'linked'));
    await expect(clean({ ...oldLogs, path: 'linked' })).rejects.toMatchObject({
      code: 'CLEANUP_INCOMPLETE',
      message: expect.stringContaining('linked: found no folder in its place, expected one'),
    });
    expect(existsSync(outside)).toBe(true);
  });

  it('is not that of the service, whose keys are old files', async () => {
    const key = file(join(dataDir, 'vault.key'), 400);
    symlinkSync(dataDir, join(folder, 'disguised'));
    for (const path of ['data', 'data/', 'disguised', './logs/../data']) {
      await expect(clean({ path, match: '*', olderThanMs: 1 })).rejects.toThrow(
        "found a folder of nightshift's own data, expected another",
      );
    }
    mkdirSync(join(dataDir, 'backups'));
    await expect(clean({ path: 'data/backups', match: '*', olderThanMs: 1 })).rejects.toThrow("nightshift's own");
    expect(existsSync(key)).toBe(true);
    expect((await clean({ path: join(folder, 'logs'), match: '*', olderThanMs: 1 })).files).toBe(0);
  });

  it('that is not there is told, once all the others are cleared', async () => {
    const old = file(join(logs, 'old.log'), 31);
    await expect(clean({ ...oldLogs, path: 'lgos' }, oldLogs)).rejects.toThrow(
      `1 old files were removed, but not all of them. ${join(folder, 'lgos')}: found no folder of that name, expected one. Mend the permissions, or builtIn.logCleanup.folders.`,
    );
    expect(existsSync(old)).toBe(false);
  });
});

describe('the data folder', () => {
  it('loses what crashes left in it, a day later', async () => {
    const names = ['api.token.new', '.writable-123', 'reports/2026-11-20.md.new'];
    for (const name of names) file(join(dataDir, name), 2);
    for (const name of ['api.json.new', '.writable-124']) file(join(dataDir, name), 0.5);
    for (const name of ['vault.key', 'lock.db', 'new', '.writable-x', 'reports/2026-11-20.md']) {
      file(join(dataDir, name), 400);
    }
    const { removed } = await clean();
    expect(removed.sort()).toEqual(names.map((name) => join(dataDir, name)).sort());
    expect(readdirSync(join(dataDir, 'reports'))).toEqual(['2026-11-20.md']);
    expect(existsSync(join(dataDir, 'vault.key'))).toBe(true);
  });

  it('may be named by a link', async () => {
    const left = file(join(dataDir, 'vault.key.new'), 2);
    dataDir = join(folder, 'link');
    symlinkSync(join(folder, 'data'), dataDir);
    expect((await clean()).removed).toEqual([left]);
  });

  it('loses reports after 400 days', async () => {
    const old = ['2025-10-01.md', '2025-10-01.json'].map((name) => file(join(dataDir, 'reports', name), 401));
    for (const name of ['2025-10-20.md', '2025-10-20.json']) file(join(dataDir, 'reports', name), 399);
    file(join(dataDir, 'reports/notes.md'), 500);
    expect((await clean()).removed.sort()).toEqual(old.sort());
  });

  const run = (startedAt: number) => ({ state: { context: { run: { startedAt, attemptAt: startedAt } } } });

  it('loses what programs kept of runs that are over, and their folders when they are empty', async () => {
    await store.write([['actor:engine/a', JSON.stringify({ state: { context: { run: null } } })]]);
    file(join(dataDir, 'commands/engine-a/run-1'), 2);
    file(join(dataDir, 'commands/engine-b/run-2'), 0.5);
    expect((await clean()).removed).toEqual([join(dataDir, 'commands/engine-a/run-1')]);
    aged(join(dataDir, 'commands/engine-a'), 2);
    await clean();
    expect(readdirSync(join(dataDir, 'commands'))).toEqual(['engine-b']);
  });

  it('loses what a real program has kept whose run failed for good', async () => {
    const script = "require('fs').writeFileSync(process.env.NIGHTSHIFT_CHECKPOINT, 'page 7'); process.exit(3)";
    const place = await Workplace.open({ engines: [command('job', { run: [process.execPath, '-e', script] })] });
    try {
      const { last } = await place.run('job');
      const kept = join(place.folder, 'commands/job', last?.run ?? '', 'checkpoint');
      expect(existsSync(kept)).toBe(true);
      dataDir = place.folder;
      // What it kept is as old as its file, which is of today.
      const tomorrow = Date.now() + 2 * dayMs;
      expect((await cleanAt(tomorrow, place.store)).removed).toEqual([kept]);
    } finally {
      await place[Symbol.asyncDispose]();
    }
  });

  it('keeps those of runs that are under way, however long', async () => {
    const rows = Array.from({ length: 150 }, (_, n) => [`actor:engine/${n}`, JSON.stringify(run(now))] as const);
    await store.write([...rows, ['actor:engine/z', JSON.stringify(run(now - 10 * dayMs))]]);
    file(join(dataDir, 'commands/z'), 9.5);
    file(join(dataDir, 'commands/over'), 11);
    expect((await clean()).removed).toEqual([join(dataDir, 'commands/over')]);
    await store.write([['actor:engine/z', '{']]);
    file(join(dataDir, 'commands/over'), 11);
    expect((await clean()).removed).toEqual([]);
  });
});
