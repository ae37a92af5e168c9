/**
 * The whole check-up: every check there is, in the order in which a person would mend what they find.
 *
 * It changes nothing but for one file that it writes and removes to measure the disk, and needs no running service. What cannot
 * be looked at because of something found before is left out.
 */
import { existsSync, statSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { diskFreeBytesDefault } from '../config/schema.ts';
import { secretsOf } from '../config/secrets-of.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { createRedactor, type Redactor } from '../persistence/redact.ts';
import type { KeyPlaces } from '../persistence/vault-key.ts';
import { Children } from '../processes/children.ts';
import { speaksForItself } from '../watchdog/sd-notify.ts';
import { checkAlerts } from './alerts.ts';
import { type AtWork, checkLeftovers, checkPort, checkService } from './at-work.ts';
import { checkBackground, type Kept } from './background.ts';
import { checkClock, isSynchronised } from './clock.ts';
import { checkDisk, diskRefuses, measureDisk } from './disk.ts';
import { checkClosed, checkConfigFile, checkDataFolder, checkSecrets, checkStrange } from './files.ts';
import { type Finding, findings } from './finding.ts';
import { checkListen } from './listen.ts';
import { checkNode, checkZones } from './node.ts';
import { checkReach, placesIn } from './reach.ts';
import { checkActors, checkStore } from './store.ts';
import { checkVault } from './vault.ts';

export interface CheckUpOptions {
  /** Absolute paths. */
  config: string;
  data: string;
  /** Where the service would listen. */
  port: number;
  env: NodeJS.ProcessEnv;
  /** What the environment said of the vault's key. */
  keys: KeyPlaces;
  clock: Clock;
  /** Who is at work on the data folder now. */
  atWork: () => Promise<AtWork>;
  /** The services that are there for it. */
  kept: () => Promise<Kept[]>;
}

export async function checkUp(options: CheckUpOptions): Promise<Finding[]> {
  const redactor = createRedactor();
  const found = await everything(options, redactor);
  // What an address or a record says may hold a secret.
  const clean = (text: string) => redactor.redact(text);
  return found.map((each) => ({ ...each, what: clean(each.what), ...(each.fix && { fix: clean(each.fix) }) }));
}

async function everything(
  { config: file, data, port, env, keys, clock, atWork, kept }: CheckUpOptions,
  redactor: Redactor,
): Promise<Finding[]> {
  const uid = process.geteuid?.();
  const { config, found: ofConfig } = await configIn(file, env);
  if (config) for (const secret of secretsOf(config)) redactor.add(secret.reveal());
  const folder = checkDataFolder(data, uid);
  const isThere = existsSync(data);
  const closed = folder.severity === 'ok' && isThere ? [...checkStrange(data), ...checkClosed(data)] : [];
  const isUsable = folder.severity === 'ok' && closed.length === 0;
  const early = [
    checkNode(process.versions.node, clock.now()),
    checkZones(process.versions.tz, config ? zonesIn(config) : [], clock.now()),
    ...checkClock({ lastKnownAt: isUsable ? lastWriteAt(data) : null, isSynchronised: isSynchronised() }, clock.now()),
    ...checkConfigFile(file, uid),
    ...ofConfig,
    ...(config ? [checkAlerts(config.alerts)] : []),
    ...(config?.listen ? [checkListen(config.listen, clock.now())] : []),
    ...(closed.length > 0 ? closed : [folder]),
  ];
  const reach = config ? checkReach(placesIn(config), clock) : [];
  // The service may have the port, and whether there is one stands in the folder.
  if (!isUsable) return [...early, ...(await reach)];
  if (!isThere) return [...early, await checkPort(port), ...(await reach)];
  const work = await atWork();
  const services = await kept();
  const { found: ofStore, actors } = checkStore(data);
  const isWhole = ofStore.every(({ severity }) => severity !== 'problem');
  const hasService = work.owner !== null || services.length > 0;
  return [
    ...early,
    ...checkSecrets(data),
    ...disk(data, config?.builtIn.resources?.diskFreeBytes ?? diskFreeBytesDefault, clock),
    ...ofStore,
    ...(isWhole ? await checkVault({ data, keys, hasService }) : []),
    checkService(work),
    ...checkBackground(services, work.owner, await speaksForItself()),
    ...(work.owner ? [] : [await checkPort(port), ...checkLeftovers(orphansIn(data, clock))]),
    ...checkActors(actors),
    ...(await reach),
  ];
}

async function configIn(file: string, env: NodeJS.ProcessEnv): Promise<{ config?: Config; found: Finding[] }> {
  const { ok, problem } = findings('config');
  try {
    const config = await loadConfig({ file, env });
    return { config, found: [ok(`${file} loads; engines: ${config.engines.size}`)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      found: error.problems.map(({ path, found, expected, fix }) =>
        problem(`${path}: found ${found}, expected ${expected}`, fix),
      ),
    };
  }
}

function zonesIn({ timeZone, windows, engines }: Config): string[] {
  const scheduled = [...engines.values()].flatMap(({ settings: { schedule } }) =>
    schedule?.kind === 'cron' ? [schedule.timeZone] : [],
  );
  return [...new Set([timeZone, ...[...windows.values()].map((window) => window.timeZone), ...scheduled])];
}

/** By the files' own times: with a clock that was set back they lie ahead. */
function lastWriteAt(data: string): number | null {
  const { store } = dataDirAt(data);
  const times = [store, `${store}-wal`].flatMap((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return times.length === 0 ? null : Math.max(...times);
}

function disk(data: string, freeBytes: number, clock: Clock): Finding[] {
  try {
    return checkDisk(measureDisk(data, clock), freeBytes, data);
  } catch (error) {
    return [diskRefuses(error, data)];
  }
}

function orphansIn(data: string, clock: Clock) {
  return new Children(dataDirAt(data).children, clock).orphans().filter(({ pids }) => pids.length > 0);
}
