/**
 * What the background service is to run, and what of the disk it needs for that: the same for every manager.
 *
 * A manager starts it with nothing of the shell that installed it, so everything is spelt out: the Node that runs now, the main
 * file that runs now, every path absolute.
 */
import { NightshiftError } from '../errors.ts';

/** A unit of one's own, or one of the machine's, which takes root to install. */
export type Scope = 'user' | 'system';

/** How much of the machine the jobs get: next to nothing, or the home folder and what programs there need. */
export type Profile = 'strict' | 'home';

/** A secret that the manager reads and lends to the service. */
export interface Credential {
  id: CredentialId;
  /** Absolute. One that ends with `.cred` is encrypted (`systemd-creds encrypt`). */
  path: string;
}

/** What the service looks for among its credentials. */
export const credentialIds = ['nightshift-key', 'nightshift-token'] as const;
export type CredentialId = (typeof credentialIds)[number];

/** Paths are absolute, and free of what {@link refuseUnwritable} refuses. */
export interface Launch {
  /** Of the service: `nightshift`. */
  name: string;
  scope: Scope;
  profile: Profile;
  /** Whom the machine's unit runs as; null for a user that is made up at its start. A unit of one's own runs as oneself. */
  user: string | null;
  /** The program that runs Node, with its own flags. */
  node: string;
  flags: readonly string[];
  /** nightshift's entry point. */
  main: string;
  config: string;
  data: string;
  /** As it was given; undefined for what the command takes without it. */
  port: string | undefined;
  /** `PATH` of the service and its jobs. */
  searchPath: string;
  /** Folders and files that must be readable wherever they are: the config's, nightshift's, Node's, and those that were named. */
  reads: readonly string[];
  /** Folders that jobs may write in besides the data folder. */
  writes: readonly string[];
  /** Variables of the service, a `NAME=value` to a line. */
  envFile: string | undefined;
  credentials: readonly Credential[];
}

/** What is started, word by word. */
export function commandLine({ node, flags, main, config, data, port }: Launch): [string, ...string[]] {
  const where = ['--config', config, '--data', data, ...(port === undefined ? [] : ['--port', port])];
  return [node, ...flags, main, 'start', ...where];
}

/**
 * Refuses what no quoting brings through a unit file unharmed.
 *
 * @throws {NightshiftError} `SERVICE_PATH_UNUSABLE`
 */
export function refuseUnwritable(what: string, text: string): void {
  const found = /[\p{Cc}"\\]/u.exec(text)?.[0];
  if (found === undefined) return;
  throw new NightshiftError(
    'SERVICE_PATH_UNUSABLE',
    `${what}: found ${JSON.stringify(text)}, expected a path without ${JSON.stringify(found)}, which a service's file cannot hold. Move it, or lead a link with another name there.`,
  );
}

/**
 * The search path of the service: first Node's own folder, so that `npm` is the one that belongs to it. Jobs of the home folder find
 * what whoever installs it finds; all others get what a machine has by itself.
 *
 * @param present `PATH` of whoever installs it
 */
export function searchPathOf(profile: Profile, node: string, present: string): string {
  const own = node.slice(0, node.lastIndexOf('/'));
  // What npm puts in front for the time of a script is no place of the person's.
  const found = present.split(':').filter((folder) => folder.startsWith('/') && !folder.includes('/node_modules/'));
  const folders = profile === 'home' ? found : [];
  return [...new Set([own, ...folders, ...standardPath])].join(':');
}

const standardPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
