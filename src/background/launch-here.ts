/**
 * What the service would be, installed by this very command: as whom it runs, and where everything is that it needs.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BackgroundError } from './background-error.ts';
import { type Credential, type Launch, type Profile, refuseUnwritable, searchPathOf } from './launch.ts';
import type { ServiceId } from './manager.ts';
import type { RunProgram } from './run-program.ts';
import type { Step } from './steps.ts';

/** What was asked for. Paths are absolute. */
export interface Wish extends ServiceId {
  profile: Profile;
  /** Whom the machine's service is to run as. */
  as: string | undefined;
  config: string;
  /** Undefined for where it is without being named. */
  data: string | undefined;
  port: string | undefined;
  reads: readonly string[];
  writes: readonly string[];
  envFile: string | undefined;
  credentials: readonly Credential[];
}

/** The process that installs it. */
export interface Here {
  node: string;
  flags: readonly string[];
  main: string;
  env: Readonly<Record<string, string | undefined>>;
  run: RunProgram;
}

/** @throws {BackgroundError} `SERVICE_UNFIT`; {NightshiftError} `SERVICE_PATH_UNUSABLE` */
export async function launchHere(wish: Wish, { node, flags, main, env, run }: Here): Promise<Launch> {
  const { name, scope, profile, config } = wish;
  const folder = dirname(config);
  const user = scope === 'system' ? await userOf(wish, env, run) : null;
  const isMadeUp = scope === 'system' && user === null;
  if (isMadeUp && profile === 'home') {
    throw new BackgroundError(
      'SERVICE_UNFIT',
      `--profile home: found a service of ${folder}, which is root's, expected one of a user with a home folder. Name the user with --as.`,
    );
  }
  const stateFolder = `/var/lib/${name}`;
  if (isMadeUp && wish.data !== undefined && wish.data !== stateFolder) {
    throw new BackgroundError(
      'SERVICE_UNFIT',
      `--data: found ${wish.data} for a service whose user systemd makes up, expected ${stateFolder}, which systemd gives to that user. Leave --data out, or name a user with --as.`,
    );
  }
  const data = wish.data ?? (isMadeUp ? stateFolder : join(folder, '.nightshift'));
  const real = existsSync(config) ? dirname(realpathSync(config)) : folder;
  const reads = [folder, real, codeOf(main), nodeFolder(node), ...wish.reads];
  const launch: Launch = {
    ...{ name, scope, profile, user, node, flags, main, config, data, port: wish.port, reads },
    searchPath: searchPathOf(profile, node, env.PATH ?? ''),
    writes: wish.writes,
    envFile: wish.envFile,
    credentials: wish.credentials,
  };
  for (const [what, text] of Object.entries({ node, main, config, data, '--env-file': wish.envFile ?? '' })) {
    refuseUnwritable(what, text);
  }
  for (const path of [...reads, ...wish.writes]) refuseUnwritable('a folder', path);
  for (const { id, path } of wish.credentials) refuseUnwritable(`--credential ${id}`, path);
  return launch;
}

/**
 * Refuses what would be installed and could not run, and says what has to be there before it does.
 *
 * @throws {BackgroundError} `SERVICE_UNFIT`
 */
export async function preparation(launch: Launch, run: RunProgram): Promise<Step[]> {
  const { main, config, data, writes, reads, envFile, credentials, user, scope } = launch;
  if (main.includes('/_npx/')) {
    throw new BackgroundError(
      'SERVICE_UNFIT',
      `${main}: found nightshift in a cache of npx, which comes and goes, expected it installed. Run: npm install nightshift`,
    );
  }
  mustExist(config, 'a config file. Run nightshift init to write one, or name another with --config');
  for (const path of [...writes, ...reads]) mustExist(path, 'a folder that there is');
  for (const path of [envFile, ...credentials.map((each) => each.path)]) {
    if (path !== undefined) mustExist(path, 'a file that there is');
  }
  if (scope === 'system' && user === null) return [];
  const found = statSync(data, { throwIfNoEntry: false });
  const give: Step[] = user === null ? [] : [{ do: 'run', words: ['chown', `${user}:`, data] }];
  if (!found) return [{ do: 'folder', path: data }, ...give];
  if (user === null) return [];
  const { out } = await run(['id', '-u', user]);
  if (found.uid === Number(out)) return [];
  throw new BackgroundError(
    'SERVICE_UNFIT',
    `${data}: found a data folder of user ${found.uid}, expected one of ${user}, whom the service runs as. Run: chown -R ${user}: '${data}'; or name another user with --as.`,
  );
}

function mustExist(path: string, expected: string) {
  if (!existsSync(path)) {
    throw new BackgroundError('SERVICE_UNFIT', `${path}: found no such file or folder, expected ${expected}.`);
  }
}

/**
 * Whom it runs as: who was named, whoever the config belongs to, or whoever has called sudo. Null when all of them are root: then nobody is
 * to be it.
 */
async function userOf({ as, config }: Wish, { SUDO_USER }: Here['env'], run: RunProgram): Promise<string | null> {
  if (as !== undefined) {
    if ((await run(['id', '-u', as])).code === 0) return as;
    throw new BackgroundError('SERVICE_UNFIT', `--as: found '${as}', expected a user of this machine.`);
  }
  const owner = statSync(dirname(config), { throwIfNoEntry: false })?.uid ?? 0;
  const { out, code } = owner === 0 ? { out: '', code: 1 } : await run(['id', '-nu', String(owner)]);
  if (code === 0) return out.trim();
  return SUDO_USER === undefined || SUDO_USER === 'root' ? null : SUDO_USER;
}

/** nightshift, with the packages it uses. */
function codeOf(main: string): string {
  const packages = '/node_modules/';
  const at = main.indexOf(packages);
  return at < 0 ? dirname(dirname(main)) : main.slice(0, at + packages.length - 1);
}

/** With npm, where it came with this Node. */
function nodeFolder(node: string): string {
  const prefix = dirname(dirname(node));
  return basename(dirname(node)) === 'bin' && existsSync(join(prefix, 'lib/node_modules')) ? prefix : node;
}
