/**
 * `service`: lets systemd or launchd keep the service running, shows how it stands, and takes it away again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackgroundError } from '../background/background-error.ts';
import { difference } from '../background/difference.ts';
import { managers, usualManager } from '../background/installed.ts';
import { type Credential, credentialIds, type Launch, type Profile } from '../background/launch.ts';
import { launchHere, preparation } from '../background/launch-here.ts';
import type { Manager, Standing } from '../background/manager.ts';
import { type NotedFile, noteIn, withoutNote } from '../background/note.ts';
import { raisedRights } from '../background/raised-rights.ts';
import { type RunProgram, runProgram, shellLine, type Words } from '../background/run-program.ts';
import { carryOut, type Step, stepLine } from '../background/steps.ts';
import { nearest } from '../config/nearest.ts';
import { NightshiftError } from '../errors.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { lockOwner } from '../persistence/lock.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { statusOf } from './status.ts';
import { UsageError } from './usage-error.ts';

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

interface Command {
  options: ServiceOptions;
  typist: Typist;
  manager: Manager;
  scope: 'user' | 'system';
  name: string;
}

const actions = { install, uninstall, status, logs } as const;
const profiles: readonly Profile[] = ['strict', 'home'];

/** @returns the exit code */
export async function service(action: string, options: ServiceOptions, typist: Typist): Promise<number> {
  const act = actions[oneOf('service', action, Object.keys(actions) as (keyof typeof actions)[])];
  if (options.system && options.user) throw new UsageError('found both --system and --user, expected one of them.');
  // As systemctl has it: root means the machine's, all others mean their own.
  const scope = options.system || (typist.uid === 0 && !options.user) ? 'system' : 'user';
  const name = options.name ?? 'nightshift';
  if (!/^[a-z0-9][\w.-]{0,60}$/i.test(name)) {
    throw new UsageError(`--name: found '${name}', expected letters, digits, dots and hyphens, as in nightshift-2.`);
  }
  const wanted = options.manager ?? usualManager(typist.platform);
  const make = managers[oneOf('--manager', wanted, Object.keys(managers) as (keyof typeof managers)[])];
  const manager = make({ id: { name, scope }, ...typist });
  return act({ options, typist, manager, scope, name });
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

async function install(command: Command): Promise<number> {
  const { options, typist, manager, scope } = command;
  const launch = await launchHere(wishOf(command), typist);
  if (manager.name === 'launchd' && scope === 'system' && launch.user === null) {
    throw new UsageError('--system: found nobody whom the service is to run as, expected a user. Name one with --as.');
  }
  const text = await manager.text(launch);
  if (options.print) {
    process.stdout.write(text);
    return 0;
  }
  const prepared = await preparation(launch, typist.run);
  await manager.check();
  const isNew = differs(manager.file, text, options);
  const steps: Step[] = [
    ...prepared,
    ...(isNew ? [{ do: 'write', file: manager.file, text } as const] : []),
    ...(await manager.activation(isNew)),
  ];
  for (const line of warnings(launch)) console.log(line);
  if (options.dryRun) return foretell(steps);
  if (scope === 'system') needRoot(command, 'install');
  if (!isNew) console.log(`${manager.file}: is as it should be`);
  await carryOut(steps, typist.run, (line) => console.log(line), manager.advice);
  console.log(`\n${closing(launch)}`);
  return 0;
}

/** @returns whether it has to be written */
function differs(file: string, text: string, { force }: ServiceOptions): boolean {
  if (!existsSync(file)) return true;
  const present = readFileSync(file, 'utf8');
  if (present === text) return false;
  if (force) return true;
  throw new BackgroundError(
    'SERVICE_DIFFERS',
    `${file}: found one that differs, expected none or this one. With --force it is replaced. Found (-) and wanted (+):\n${difference(withoutNote(present), withoutNote(text)).map(oneLine).join('\n')}`,
  );
}

/** What will be refused to the jobs, as far as the config shows it. */
function warnings({ config }: Launch): string[] {
  return raisedRights(readFileSync(config, 'utf8')).map(
    ({ program, line }) =>
      `warning: ${config}:${line}: found ${program}, which gets no rights in this unit (NoNewPrivileges=): that job will fail. Leave it where it is, or let a unit of root's do it.`,
  );
}

function closing({ data, scope, user }: Launch): string {
  const look = `nightshift status${scope === 'system' && user === null ? ` --data ${data}` : ''}`;
  return `It runs, and is started again whenever it ends. See: nightshift service status; ${look}`;
}

function foretell(steps: readonly Step[]): number {
  for (const step of steps) console.log(`would: ${stepLine(step)}`);
  return 0;
}

async function uninstall(command: Command): Promise<number> {
  const { options, typist, manager, scope } = command;
  const { file } = manager;
  const note = installed(manager);
  if (!note.untouched && !options.force) {
    throw new BackgroundError(
      'SERVICE_NOT_OURS',
      `${file}: found changes that nightshift did not make, expected the file as it was written. With --force it is removed all the same.`,
    );
  }
  const { before, after, left } = await manager.deactivation();
  const steps: Step[] = [...before, { do: 'remove', file }, ...after];
  if (options.dryRun) return foretell(steps);
  if (scope === 'system') needRoot(command, 'uninstall');
  await carryOut(steps, typist.run, (line) => console.log(line), manager.advice);
  for (const line of left) console.log(line);
  console.log(`${note.data}: is left as it is, with the state of all jobs`);
  return 0;
}

/** What stands in the file of the service. @throws {BackgroundError} `SERVICE_NOT_INSTALLED`, `SERVICE_NOT_OURS` */
function installed({ file }: Manager): NotedFile {
  if (!existsSync(file)) {
    throw new BackgroundError(
      'SERVICE_NOT_INSTALLED',
      `${file}: found no such file, expected the service's. Install it: nightshift service install`,
    );
  }
  const note = noteIn(readFileSync(file, 'utf8'));
  if (note) return note;
  throw new BackgroundError(
    'SERVICE_NOT_OURS',
    `${file}: found a file that nightshift did not write, expected its own. Name another service with --name.`,
  );
}

async function status({ options, typist, manager, scope, name }: Command): Promise<number> {
  const note = installed(manager);
  const standing = await manager.standing();
  const data = options.data === undefined ? note.data : placeOf(options).data;
  const own = await statusOf(data, typist.now).catch((error: unknown) => {
    if (error instanceof NightshiftError) return error;
    throw error;
  });
  const isBroken = own instanceof NightshiftError;
  if (options.json) {
    const { config, profile, untouched } = note;
    const found = isBroken ? { error: own.message, code: own.code } : { state: own.state, actors: own.actors.length };
    const { file, name: keeper } = manager;
    console.log(
      JSON.stringify({
        name,
        scope,
        manager: keeper,
        file,
        config,
        data,
        profile,
        untouched,
        ...standing,
        service: found,
      }),
    );
    return 0;
  }
  const lines = [
    `${name} (${scope}): ${standing.state}${standing.isEnabled ? '' : ', not enabled: it does not start by itself'}`,
    ...told(standing),
    `${manager.file}: profile ${note.profile}${note.untouched ? '' : ', changed since it was written'}`,
    ...standing.dropIns.map((file) => `${file}: changes it`),
    isBroken
      ? own.message
      : `The service is ${own.state}: ${own.actors.length} actors in ${data}. See: nightshift status`,
    ...stranger(manager, standing, data),
  ];
  console.log(lines.map(oneLine).join('\n'));
  return 0;
}

function told({ pid, restarts, says }: Standing): string[] {
  const facts = [
    ...(pid === null ? [] : [`process ${pid}`]),
    ...(restarts ? [`started again ${restarts === 1 ? 'once' : `${restarts} times`}`] : []),
    ...(says === null ? [] : [`says: ${says}`]),
  ];
  return facts.length > 0 ? [facts.join(', ')] : [];
}

/** Somebody else holds the data folder: the service could not start there. */
function stranger({ name }: Manager, { pid }: Standing, data: string): string[] {
  const owner = lockOwner(dataDirAt(data).lock);
  // launchd knows the warden alone.
  if (owner === null || owner.pid === null || owner.pid === pid || (name === 'launchd' && pid !== null)) return [];
  return [`Process ${owner.pid} holds the data folder, and is not this service's: end it, and the service takes over.`];
}

async function logs({ options, manager }: Command): Promise<number> {
  const { lines, follow = false } = options;
  if (lines !== undefined && !/^\d{1,9}$/.test(lines)) {
    throw new UsageError(`--lines: found '${lines}', expected a number of lines.`);
  }
  installed(manager);
  const [program, ...args] = manager.logs({ follow, lines });
  const child = spawn(program, args, { stdio: 'inherit' });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0 ? 0 : 1;
  } catch (cause) {
    throw new BackgroundError('SERVICE_NO_MANAGER', `${program}: found no such program, expected the system's own.`, {
      cause,
    });
  }
}

function wishOf({ options, scope, name, manager }: Command) {
  const { as, read = [], write = [], envFile, credential = [], port, data } = options;
  if (as !== undefined && scope === 'user') {
    throw new UsageError(
      "--as: found it for a service of your own, which runs as you. With --system it is the machine's.",
    );
  }
  if (manager.name === 'launchd') refuseOnLaunchd(options);
  const place = placeOf(options);
  return {
    ...{ name, scope, as, port, config: place.config },
    profile: oneOf('--profile', options.profile ?? 'strict', profiles),
    data: data === undefined ? undefined : place.data,
    reads: read.map((path) => resolve(path)),
    writes: write.map((path) => resolve(path)),
    envFile: envFile === undefined ? undefined : resolve(envFile),
    credentials: credential.map(credentialIn),
  };
}

function refuseOnLaunchd({ profile, read, write, credential }: ServiceOptions) {
  const given = Object.entries({ profile, read, write, credential }).find(([, value]) => value !== undefined)?.[0];
  if (given === undefined) return;
  throw new UsageError(
    `--${given}: found it for launchd, which keeps nothing from a service and lends it nothing. Secrets go into --env-file.`,
  );
}

/** `nightshift-key:PATH` */
function credentialIn(text: string): Credential {
  const at = text.indexOf(':');
  if (at < 0)
    throw new UsageError(
      `--credential: found '${text}', expected a name and a file, as in nightshift-key:/etc/nightshift.key.`,
    );
  return { id: oneOf('--credential', text.slice(0, at), credentialIds), path: resolve(text.slice(at + 1)) };
}

function oneOf<T extends string>(what: string, found: string, known: readonly T[]): T {
  const one = known.find((each) => each === found);
  if (one !== undefined) return one;
  const near = nearest(found, known);
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
  throw new UsageError(`${what}: found '${found}', expected one of ${known.join(', ')}.${hint}`);
}

function needRoot({ typist, name }: Command, action: 'install' | 'uninstall') {
  if (typist.uid === 0) return;
  const { node, flags, main } = typist;
  const again: Words = ['sudo', node, ...flags, main, 'service', action, '--system', '--name', name];
  throw new BackgroundError(
    'SERVICE_NEEDS_ROOT',
    `service ${action}: found user ${typist.user}, expected root for a service of the machine. Run, with the same options: ${shellLine(again)}. A service of your own needs no root: leave --system out.`,
  );
}
