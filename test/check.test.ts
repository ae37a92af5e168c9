import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actorCharts } from '../src/actors/actor-charts.ts';
import { wantedActors } from '../src/actors/wanted.ts';
import { type CheckResult, check } from '../src/check.ts';
import { checkText } from '../src/cli/check.ts';
import { bearer, engine } from '../src/config/define.ts';
import type { ConfigDefinition } from '../src/config/definition.ts';
import { resolveConfig } from '../src/config/resolve.ts';
import { recordKey } from '../src/persistence/record.ts';
import { openStore, type Store, type Write } from '../src/persistence/store.ts';
import { noteStart } from '../src/start-notes.ts';
import { realRecord } from './actors/real-record.ts';
import { removeRow } from './persistence/remove-row.ts';

const dayMs = 86_400_000;
const start = Date.parse('2026-11-01T00:00:00Z');
const now = start + 10 * dayMs;
const vaultKey = Buffer.alloc(32, 1);
const configFile = '/jobs/nightshift.config.ts';

const written: ConfigDefinition = {
  timeZone: 'UTC',
  tokens: { shop: bearer('the-old-secret') },
  engines: ['a', 'b', 'c'].map((id) => engine(id, { every: '5m', run: () => 1 })),
};
const resolved = (more: ConfigDefinition = {}) => resolveConfig({ ...written, ...more }, {});

let folder: string;
let file: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-check-'));
  file = join(folder, 'nightshift.db');
  store = await openStore(`sqlite://${file}`);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What a start with this config would have left, some time ago. */
async function started(config = resolved(), at = start): Promise<void> {
  const written: Promise<void>[] = [];
  await noteStart({
    store,
    write: (rows) => {
      written.push(store.write(rows));
      return Promise.resolve();
    },
    config,
    configFile,
    vaultKey,
    recorded: (await store.keys('actor:')).map((key) => key.slice('actor:'.length) as `engine/${string}`),
    known: wantedActors(config).map(({ address }) => address),
    log: { warn: () => {} },
    now: at,
  });
  await Promise.all(written);
}

function records(...ids: string[]): Write[] {
  return ids.map((id) => [recordKey(`engine/${id}`), realRecord(`engine/${id}`)]);
}

function checked(config = resolved(), key: Uint8Array | null = vaultKey): Promise<CheckResult> {
  return check({ store: file, config, configFile, vaultKey: key ?? undefined, now });
}

describe('of the config', () => {
  it('a check says what has changed since the last start', async () => {
    await started();
    expect((await checked()).changes).toEqual({ since: start, before: null, changes: [], hasSecrets: true });
    const { changes } = (await checked(resolved({ tokens: { shop: bearer('the-new-secret') }, engines: [] }))).changes;
    expect(changes.map(({ part, what }) => [part, what])).toEqual([
      ['token/shop', 'changed'],
      ['engine/a', 'removed'],
      ['engine/b', 'removed'],
      ['engine/c', 'removed'],
    ]);
  });

  it('a check without the key sees all but secrets, and says so', async () => {
    await started();
    const changed = resolved({ tokens: { shop: bearer('the-new-secret') }, traces: true });
    for (const key of [null, Buffer.alloc(32, 2)]) {
      const { changes, hasSecrets } = (await checked(changed, key)).changes;
      expect(hasSecrets).toBe(false);
      expect(changes).toMatchObject([{ part: 'settings', settings: [{ name: 'traces', before: false, after: true }] }]);
    }
  });

  it('a check of a store in which no start has noted its own compares with nothing', async () => {
    expect((await checked()).changes).toMatchObject({ since: null, changes: [] });
    await store.write([['host:config', '{"at":"never"}']]);
    expect((await checked()).changes).toMatchObject({ since: null, changes: [] });
  });

  it('a start by the same one writes nothing, and keeps since when it holds', async () => {
    await started();
    await started(resolved(), start + dayMs);
    expect((await checked()).changes.since).toBe(start);
  });
});

describe('of the records', () => {
  it('a check says which load, which do not, and why', async () => {
    await store.write([...records('a'), ['actor:engine/b', '{'], ['actor:incident/x', '{']]);
    expect((await checked()).records).toMatchObject({
      load: 1,
      migrated: [],
      quarantined: [{ reason: 'found {, expected JSON.', actors: ['engine/b', 'incident/x'] }],
      fresh: expect.arrayContaining(['engine/c', 'token/shop']),
      removed: [],
    });
  });

  it('a check counts those that are brought up to date, by kind and version', async () => {
    await store.write(records('a', 'b'));
    Object.assign(actorCharts.engine, { version: 2, migrations: { 1: (state: unknown) => state } });
    try {
      expect((await checked()).records.migrated).toEqual([{ kind: 'engine', from: 1, to: 2, records: 2 }]);
    } finally {
      Object.assign(actorCharts.engine, { version: 1, migrations: undefined });
    }
  });

  it('a check says until when those are kept that the config has no more', async () => {
    await store.write(records('a', 'gone', 'going'));
    const { engines = [] } = written;
    await started(resolved({ engines: [...engines, engine('going', { run: () => 1 })] }));
    expect((await checked()).records.removed).toEqual([
      { address: 'engine/going', until: now + 30 * dayMs },
      { address: 'engine/gone', until: start + 30 * dayMs },
    ]);
    const kept = resolved({ builtIn: { logCleanup: false } });
    expect((await checked(kept)).records.removed[0]?.until).toBeNull();
  });

  it('a check reads the store at one instant, whoever writes meanwhile', async () => {
    await store.write(records('a', 'gone'));
    await started();
    const found = checked();
    removeRow(file, 'removed:engine/gone');
    expect((await found).records.removed).toEqual([{ address: 'engine/gone', until: start + 30 * dayMs }]);
    expect((await checked()).records.removed).toEqual([{ address: 'engine/gone', until: now + 30 * dayMs }]);
  });

  it('a check of a folder without a store finds none', async () => {
    const nothing = await check({ store: null, config: resolved(), configFile, vaultKey: undefined, now });
    expect(nothing.records).toMatchObject({ load: 0, quarantined: [], removed: [] });
  });
});

describe('in words', () => {
  const config = { file: configFile, engines: 1_200, services: 1, tokens: 0 };
  const unchanged = { since: start, before: null, changes: [], hasSecrets: true };
  const calm = { load: 3, migrated: [], quarantined: [], fresh: [], removed: [] };

  it('a check of what stays as it is takes five lines', () => {
    expect(checkText({ config, missing: [], changes: unchanged, records: calm }, 'UTC').split('\n')).toEqual([
      '/jobs/nightshift.config.ts is good: 1,200 engines, 1 service, 0 tokens.',
      '',
      'Against the start of 2026-11-01 00:00 nothing of the config has changed. What its functions import, or take from around them, is not seen and may have changed.',
      '',
      '3 records would load.',
    ]);
  });

  it('a check names the first jobs that could not start, and counts the others', () => {
    const missing = Array.from({ length: 22 }, (_, n) => ({ engine: `job-${n}`, what: 'there is no folder /gone' }));
    const lines = checkText({ config, missing, changes: unchanged, records: calm }, 'UTC').split('\n');
    expect(lines.slice(1, 3)).toEqual(['Seen from here, these could not start:', '  job-0: there is no folder /gone']);
    expect(lines.slice(21, 23)).toEqual(['  job-19: there is no folder /gone', '  and 2 more']);
  });

  it('a check names parts that change alike together, and shows no digest', () => {
    const settings = [
      { name: 'timeoutMs', before: 60_000, after: 120_000 },
      { name: 'run', before: { code: 'aa' }, after: { code: 'bb' } },
      { name: 'memoryBytes', before: null, after: 1_000_000 },
      { name: 'heartbeat', before: { graceMs: 60_000 }, after: false },
      { name: 'watchdog', before: null, after: { url: { secret: 'aa' }, everyMs: 60_000, remindMs: [60_000] } },
      { name: 'command.exitCodes.3', before: 'success', after: 'bug' },
      { name: 'command.exitCodes.4', before: 'success', after: 'bug' },
      { name: 'command.exitCodes.5', before: 'success', after: 'fatal' },
      { name: 'command.env.KEY', before: { secret: 'aa' }, after: { secret: 'bb' } },
      { name: 'schedule', before: null, after: { kind: 'every', everyMs: 60_000, offsetMs: 5_000 } },
    ];
    const changes = [
      { part: 'engine/new', what: 'added' as const, settings: [] },
      { part: 'engine/a', what: 'changed' as const, settings },
      { part: 'engine/b', what: 'changed' as const, settings },
      { part: 'settings', what: 'changed' as const, settings: [{ name: 'log.level', before: 'info', after: 'warn' }] },
      { part: 'token/old', what: 'removed' as const, settings: [] },
    ];
    const text = checkText(
      { config, missing: [], changes: { ...unchanged, before: '/old.ts', changes }, records: calm },
      'UTC',
    );
    expect(text.split('\n').slice(2, 8)).toEqual([
      'Against the start of 2026-11-01 00:00 a restart would change:',
      '  another file: /old.ts before',
      '  new: engine/new',
      "  engine/a, engine/b: timeout: 1m → 2m; run: other code; memory: none → 1MB; heartbeat: { grace: 1m } → false; watchdog: none → { url: a value that is not shown, every: 1m, remind: [1m] }; command.exitCodes.3, 4: 'success' → 'bug'; command.exitCodes.5: 'success' → 'fatal'; command.env.KEY: another value; schedule: none → every 1m, moved by 5s",
      "  settings: log.level: 'info' → 'warn'",
      '  gone: token/old',
    ]);
  });

  it('a check says how many records load, how many do not, and because of what', () => {
    const actors = Array.from({ length: 30 }, (_, n) => `engine/${n}` as const);
    const records = {
      load: 4_970,
      migrated: [{ kind: 'engine', from: 1, to: 2, records: 4_000 }],
      quarantined: [{ reason: 'found version 3.', actors }],
      fresh: ['engine/new', 'heartbeat/new'] as const,
      removed: [
        { address: 'engine/gone' as const, until: start },
        { address: 'quota/gone' as const, until: start },
      ],
    };
    expect(
      checkText({ config, missing: [], changes: unchanged, records: { ...records, fresh: [...records.fresh] } }, 'UTC')
        .split('\n')
        .slice(4),
    ).toEqual([
      '4,970 records would load, 30 would not, because',
      expect.stringMatching(/^ {2}engine\/0, .*engine\/19 and 10 more: found version 3\.$/),
      'Those would go to quarantine, and their actors begin afresh.',
      '4,000 records of engine would go from version 1 to 2.',
      'Without a record, and so from the beginning: engine/new.',
      'Not in the config, and kept until 2026-11-01 00:00: engine/gone.',
    ]);
  });
});
