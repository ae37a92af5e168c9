/**
 * `log-cleanup`: every night what is old goes: ledger entries, records in quarantine, records of actors that the config has no more, files that runs and crashes left in
 * the data folder, and the files of others that the config names.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Clock } from '../clock.ts';
import type { FolderConfig, FunctionEngine, LogCleanupConfig } from '../config/config.ts';
import type { RunScope } from '../config/run-scope.ts';
import { type ClearOut, clearLedger, clearQuarantine } from '../persistence/clear-out.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { recordPrefix } from '../persistence/record.ts';
import { clearRemoved } from '../persistence/removed-actors.ts';
import { type RowSource, rowPages } from '../persistence/row-pages.ts';
import { lastCharacter } from '../persistence/store-rows.ts';
import type { EngineContext } from '../policies/engine.ts';
import { ClassifiedError } from '../policies/failure.ts';
import { fileNamesLike } from '../policies/file-names.ts';
import type { Address } from '../stream.ts';
import { builtInSettings, scheduled } from './built-in-settings.ts';
import { nothingRemoved, type Removed, removeOldFiles } from './old-files.ts';

export interface LogCleanupPorts {
  dataDir: string;
  configDir: string;
  timeZone: string;
  clock: Pick<Clock, 'now'>;
  /** Of the running service. */
  store: () => RowSource;
  write: ClearOut['write'];
  /** The actors of the whole configuration. */
  wanted: () => Iterable<Address>;
}

/** What a run returns. */
export interface LogCleanup {
  ledgerEntries: number;
  quarantined: number;
  /** Records of actors that the config has no more. */
  records: number;
  files: number;
  bytes: number;
  /** Whole paths of the files, of the first hundred. */
  removed: string[];
}

const dayMs = 86_400_000;
const timeoutMs = 3_600_000;
const reportsKeptMs = 400 * dayMs;
const report = /^\d{4}-\d\d-\d\d\.(md|html|json)$/;
/** What a crash leaves of files that are written whole or not at all, and of the try whether the folder can be written. */
const leftover = /^(\.writable-\d+|[\w.-]+\.new)$/;

export function logCleanupEngine(config: LogCleanupConfig, ports: LogCleanupPorts): FunctionEngine {
  return {
    id: 'log-cleanup',
    importance: 'low',
    settings: builtInSettings({ schedule: scheduled(config.schedule, ports.timeZone), timeoutMs }),
    run: (scope) => cleanUp(scope, config, ports),
  };
}

/** Everything is tried; what could not be removed is told at the end. */
async function cleanUp(
  { signal, log }: RunScope,
  config: LogCleanupConfig,
  ports: LogCleanupPorts,
): Promise<LogCleanup> {
  const { write } = ports;
  // Whoever says where the data folder is may say it with a link, as systemd does.
  const dataDir = realpathSync(ports.dataDir);
  const now = ports.clock.now();
  const rows = { store: ports.store(), write, signal };
  const ledgerEntries = await clearLedger(rows, now - config.keepLedgerMs, config.ledgerEntriesMax);
  const quarantined = await clearQuarantine(rows, now - config.keepQuarantineMs);

  const wanted = new Set<string>(ports.wanted());
  const cleared = await clearRemoved(rows, now - config.keepRemovedMs, (address) => wanted.has(address));
  for (const { address, at } of cleared)
    log.info({ actor: address, removedAt: new Date(at).toISOString() }, 'record.cleared');

  const removed = nothingRemoved();
  const leftovers = { isMeant: (name: string) => leftover.test(name), before: now - dayMs, deep: false };
  const [reports, { commands }] = [join(dataDir, 'reports'), dataDirAt(dataDir)];
  await removeOldFiles({ ...leftovers, folder: dataDir }, removed, signal);
  if (existsSync(reports)) {
    await removeOldFiles({ ...leftovers, folder: reports }, removed, signal);
    const old = { isMeant: (name: string) => report.test(name), before: now - reportsKeptMs, deep: false };
    await removeOldFiles({ ...old, folder: reports }, removed, signal);
  }
  if (existsSync(commands)) {
    const before = Math.min(now - dayMs, await firstBegun(rows.store));
    await removeOldFiles({ folder: commands, isMeant: () => true, before, deep: true }, removed, signal);
  }
  for (const folder of config.folders) await clearFolder(folder, ports, now, removed, signal);
  if (removed.problems.length > 0) throw incomplete(removed);
  const { files, bytes, names } = removed;
  return { ledgerEntries, quarantined, records: cleared.length, files, bytes, removed: names };
}

async function clearFolder(
  { path, match, olderThanMs }: FolderConfig,
  { configDir, dataDir }: LogCleanupPorts,
  now: number,
  removed: Removed,
  signal: AbortSignal,
) {
  const folder = resolve(configDir, path);
  if (isWithin(folder, dataDir)) {
    removed.problems.push(`${folder}: found a folder of nightshift's own data, expected another`);
    return;
  }
  const files = { folder, isMeant: fileNamesLike(match), before: now - olderThanMs, deep: false };
  await removeOldFiles(files, removed, signal);
}

/** The keys to the secrets are among the old files there. */
function isWithin(folder: string, dataDir: string): boolean {
  const real = (path: string) => (existsSync(path) ? realpathSync(path) : path);
  return `${real(folder)}${sep}`.startsWith(`${real(dataDir)}${sep}`);
}

/** When the oldest run began that is under way, epoch ms: what its program keeps is no older. */
async function firstBegun(store: RowSource): Promise<number> {
  const engines = `${recordPrefix}engine/`;
  let first = Number.POSITIVE_INFINITY;
  for await (const rows of rowPages(store, engines, `${engines}${lastCharacter}`)) {
    for (const { json } of rows) first = Math.min(first, begunAt(json));
  }
  return first;
}

function begunAt(json: string): number {
  try {
    const { run } = (JSON.parse(json) as { state: { context: EngineContext } }).state.context;
    return run ? (run.startedAt ?? run.attemptAt) : Number.POSITIVE_INFINITY;
  } catch {
    // What cannot be read may have begun at any time.
    return 0;
  }
}

function incomplete({ problems, files }: Removed) {
  const shown = problems.slice(0, 5).join('; ');
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  return new ClassifiedError({
    class: 'bug',
    code: 'CLEANUP_INCOMPLETE',
    message: `${files} old files were removed, but not all of them. ${shown}${more}. Mend the permissions, or builtIn.logCleanup.folders.`,
  });
}
