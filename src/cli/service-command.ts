/**
 * What the actions of `service` have in common: what was asked for, by whom, and of which manager.
 */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackgroundError } from '../background/background-error.ts';
import type { Manager } from '../background/manager.ts';
import { type NotedFile, noteIn } from '../background/note.ts';
import { type RunProgram, runProgram, shellLine, type Words } from '../background/run-program.ts';
import { textOf } from '../persistence/file-kind.ts';
import type { PlaceOptions } from './place.ts';

export interface ServiceOptions extends PlaceOptions {
  name?: string;
  system?: boolean;
  user?: boolean;
  as?: string;
  profile?: string;
  read?: string[];
  write?: string[];
  envFile?: string;
  credential?: string[];
  manager?: string;
  print?: boolean;
  dryRun?: boolean;
  force?: boolean;
  follow?: boolean;
  lines?: string;
  json?: boolean;
}

/** Whoever types the command, and where. */
export interface Typist {
  platform: NodeJS.Platform;
  uid: number;
  user: string;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  node: string;
  flags: readonly string[];
  main: string;
  run: RunProgram;
  /** Epoch ms. */
  now: number;
}

/** One of them. */
export interface ServiceCommand {
  options: ServiceOptions;
  typist: Typist;
  manager: Manager;
  scope: 'user' | 'system';
  name: string;
}

/** Of the process that runs. */
export function typistHere(now: number): Typist {
  const { username, homedir, uid } = userInfo();
  return {
    platform: process.platform,
    uid,
    user: username,
    home: process.env.HOME || homedir,
    env: process.env,
    node: process.execPath,
    flags: process.execArgv.filter((flag) => !flag.startsWith('--inspect')),
    main: fileURLToPath(new URL(`../main${extname(import.meta.filename)}`, import.meta.url)),
    run: runProgram,
    now,
  };
}

/** What stands in the file of the service. @throws {BackgroundError} `SERVICE_NOT_INSTALLED`, `SERVICE_NOT_OURS` */
export function installed({ file }: Manager): NotedFile {
  if (!existsSync(file)) {
    throw new BackgroundError(
      'SERVICE_NOT_INSTALLED',
      `${file}: found no such file, expected the service's. Install it: nightshift service install`,
    );
  }
  const note = noteIn(textOf(file));
  if (note) return note;
  throw new BackgroundError(
    'SERVICE_NOT_OURS',
    `${file}: found a file that nightshift did not write, expected its own. Name another service with --name.`,
  );
}

/** @throws {BackgroundError} `SERVICE_NEEDS_ROOT` */
export function needRoot({ typist, name }: ServiceCommand, action: 'install' | 'uninstall') {
  if (typist.uid === 0) return;
  const { node, flags, main } = typist;
  // Behind two dashes, for Node takes some options for its own wherever they stand: --env-file is one.
  const again: Words = ['sudo', node, ...flags, '--', main, 'service', action, '--system', '--name', name];
  throw new BackgroundError(
    'SERVICE_NEEDS_ROOT',
    `service ${action}: found user ${typist.user}, expected root for a service of the machine. Run, with the same options: ${shellLine(again)}. A service of your own needs no root: leave --system out.`,
  );
}
