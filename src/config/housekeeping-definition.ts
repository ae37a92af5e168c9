/**
 * What a person writes about the housekeeping engines. `schedule` is a cron expression, read in the config's time zone;
 * paths are absolute, or relative to the folder that the config file is in.
 */
import type { CommandDefinition, Duration } from './definition.ts';

export interface BackupDefinition {
  /** Default `'30 3 * * *'`. */
  schedule?: string;
  /** Which copies stay: the latest few, and the newest of each of the latest days and weeks that have one. */
  keep?: {
    /** How many of the latest stay at any age. Default 3. */
    last?: number;
    /** Default 7. */
    daily?: number;
    /** Weeks begin on Monday. Default 4. */
    weekly?: number;
    /** Age at which a copy goes though it stands for its day or week. Default: none. */
    maxAge?: Duration;
  };
  /** Where the copies lie. Default: `backups` in the data folder. */
  dir?: string;
  /** What takes each copy elsewhere. A copy that it fails on stays; the run has failed then. Default: nothing. */
  upload?: UploadDefinition;
}

/**
 * A program, as `command()` takes it. In its arguments `{file}` stands for the path of the copy and `{name}` for its name; a line for a
 * shell has the path as `$NIGHTSHIFT_BACKUP`.
 */
export interface UploadDefinition extends CommandDefinition {
  /** When it is ended. Default `'30m'`. */
  timeout?: Duration;
}

export interface LogCleanupDefinition {
  /** Default `'0 4 * * *'`. */
  schedule?: string;
  /** Age at which entries leave the run ledger; the newest 50 of an engine stay at any age. Default `'90d'`. */
  keepLedger?: Duration;
  /** How many entries of an engine stay in the run ledger, whatever their age; at least 50. Default 20,000. */
  ledgerEntries?: number;
  /** Age at which records leave the quarantine. Default `'365d'`. */
  keepQuarantine?: Duration;
  /** How long the record of an engine, a service or a token stays that the config has no more. Default `'30d'`. */
  keepRemoved?: Duration;
  /** Folders with files of others to be cleared. Default: none. */
  folders?: readonly FolderDefinition[];
}

export interface FolderDefinition {
  path: string;
  /** Names of the files to remove: `*` stands for any characters, `?` for one, as in `'*.log'`. Folders in it are not looked into. */
  match: string;
  /** Time since the file was last written. */
  olderThan: Duration;
}

export interface LogAnalysisDefinition {
  /** Default `'50 6 * * *'`. */
  schedule?: string;
}

export interface DailyReportDefinition {
  /** Default `'0 7 * * *'`. */
  schedule?: string;
  /** Channels under `alerts` that are sent what it says, by name. Default: none. */
  send?: readonly string[];
}

export interface UpdatesDefinition {
  /** Default `'0 5 * * mon'`. */
  schedule?: string;
  /** Whether `npm` may be asked for advisories and releases, which it looks up in its registry. Default false. */
  network?: boolean;
}
