/**
 * The config, for commands that must work where it does not: a copy is wanted most when something is broken, and what a service takes from
 * its environment is often not in that of a person's shell.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { wantedActors } from '../actors/wanted.ts';
import type { BackupConfig, Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadDefinition } from '../config/load.ts';
import { resolveConfig } from '../config/resolve.ts';
import { backupDir } from '../engines/backup.ts';
import type { Address } from '../stream.ts';
import { madeUpEnvironment } from '../testing/world/config-for-world.ts';
import { patiently } from './patiently.ts';
import { type Place, type PlaceOptions, placeOf } from './place.ts';
import { wholeConfig } from './whole-config.ts';

export interface KnownConfig {
  place: Place;
  /** In which days begin. */
  timeZone: string;
  /** Whom a start would look for; undefined when the config does not tell. */
  wanted: ReadonlySet<Address> | undefined;
  /** What is wrong with the config; undefined when nothing is, or there is none. */
  problem: string | undefined;
  /**
   * How backups are made: as the config says, else as without one.
   *
   * @throws {ConfigError} when just that is wrong in it
   */
  backup: () => BackupConfig;
  /** Where backups lie. */
  backupDir: () => string;
}

/** @throws {ConfigError} when the one that was named is not there */
export async function knownConfig(options: PlaceOptions): Promise<KnownConfig> {
  const place = placeOf(options);
  const folder = dirname(place.config);
  const isMeant = options.config !== undefined || existsSync(place.config);
  const { definition, problem } = isMeant ? await definitionIn(place.config) : { definition: {}, problem: undefined };
  const { timeZone, builtIn } = (definition ?? {}) as { timeZone?: unknown; builtIn?: { backup?: unknown } };
  const own = builtIn?.backup || {};
  const backup = () =>
    resolveConfig({ timeZone, builtIn: { backup: own } }, process.env, folder).builtIn.backup as BackupConfig;
  const whole = isMeant && definition !== undefined ? wholeOf(definition, folder) : undefined;
  return {
    place,
    timeZone: whole?.config?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    wanted: whole?.config && wantedIn(whole.config, place),
    problem: problem ?? whole?.problem,
    backup,
    backupDir: () => backupDir(backup(), place.data, folder),
  };
}

async function definitionIn(file: string): Promise<{ definition?: unknown; problem: string | undefined }> {
  try {
    return { definition: await patiently(file, loadDefinition(file)), problem: undefined };
  } catch (error) {
    if (!(error instanceof ConfigError) || !existsSync(file)) throw error;
    return { problem: error.message };
  }
}

/** Which actors there are does not depend on what the environment gives. */
function wholeOf(definition: unknown, folder: string): { config?: Config; problem?: string } {
  try {
    return { config: resolveConfig(definition, madeUpEnvironment, folder) };
  } catch (error) {
    if (error instanceof ConfigError) return { problem: error.message };
    throw error;
  }
}

function wantedIn(config: Config, place: Place): ReadonlySet<Address> {
  return new Set(wantedActors(wholeConfig(config, place)).map(({ address }) => address));
}
