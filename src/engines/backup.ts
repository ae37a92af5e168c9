/**
 * `backup`: every night a copy of the store, made while the service works, proved before it counts, taken elsewhere if somebody says how,
 * and a few of the old ones kept.
 */
import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import type { BackupConfig, FunctionEngine } from '../config/config.ts';
import type { RunScope } from '../config/run-scope.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import type { Children } from '../processes/children.ts';
import type { Address } from '../stream.ts';
import { builtInSettings, scheduled } from './built-in-settings.ts';
import { type Backup, type BackupPorts, backUpIntoFolder } from './make-backup.ts';

export interface BackupEnginePorts extends Pick<BackupPorts, 'dataDir' | 'timeZone' | 'env' | 'copy' | 'freeBytes'> {
  configDir: string;
  clock: Clock;
  /** Those that the service has started. */
  children: () => Children;
  /** Whom a start would look for. */
  wanted: () => Iterable<Address>;
}

/** How many of each kind are named in what a run returns. */
const namedMax = 100;
const timeoutMs = 3_600_000;

export function backupEngine(config: BackupConfig, ports: BackupEnginePorts): FunctionEngine {
  const limits = { timeoutMs: timeoutMs + (config.upload?.timeoutMs ?? 0) };
  return {
    id: 'backup',
    importance: 'low',
    settings: builtInSettings({ schedule: scheduled(config.schedule, ports.timeZone), ...limits }),
    run: (scope) => backUp(scope, config, ports),
  };
}

/** Where backups lie. @param configDir the folder of the config file */
export function backupDir({ dir }: Pick<BackupConfig, 'dir'>, dataDir: string, configDir: string): string {
  return dir === null ? dataDirAt(dataDir).backups : resolve(configDir, dir);
}

async function backUp(
  { log, signal, runId }: RunScope,
  config: BackupConfig,
  ports: BackupEnginePorts,
): Promise<Backup> {
  const { dataDir, configDir, wanted, children } = ports;
  const leftOut = (stream: string) => (count: number) => log.warn({ stream, count }, 'upload.lines.left.out');
  const alive = () => {};
  const backup = await backUpIntoFolder(backupDir(config, dataDir, configDir), config, {
    ...ports,
    signal,
    started: (pid, mark) => {
      const child = children().note(pid, { engine: 'backup', run: runId, mark });
      return { child, end: () => children().end(child) };
    },
    wanted: new Set(wanted()),
    out: { line: (line) => log.info({ line }, 'upload.out'), leftOut: leftOut('stdout'), alive },
    err: { line: (line) => log.warn({ line }, 'upload.err'), leftOut: leftOut('stderr'), alive },
  });
  const { file, changed, unusable, unconfigured } = backup;
  if (changed.length > 0) {
    const todo = 'the store itself has them so: nightshift doctor';
    log.warn({ file, count: changed.length, rows: changed.slice(0, 20), todo }, 'backup.rows.changed');
  }
  if (unusable.length > 0) {
    const todo = 'the store itself has them so; the next start puts them aside';
    log.warn({ file, count: unusable.length, records: unusable.slice(0, 20), todo }, 'backup.records.unusable');
  }
  return {
    ...backup,
    changed: changed.slice(0, namedMax),
    unusable: unusable.slice(0, namedMax),
    unconfigured: unconfigured.slice(0, namedMax),
  };
}
