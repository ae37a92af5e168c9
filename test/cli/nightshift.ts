/**
 * The real command on a folder of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ActorView } from '../../src/dashboard/actor-view.ts';
import { eventually } from '../eventually.ts';
import { command, type Ended, nodeFlags } from './command-process.ts';

const root = join(import.meta.dirname, '../..');

export interface Running {
  child: ChildProcess;
  url: string;
  /** Everything it has written so far. */
  log: () => string;
  /** By address, from its interface. */
  actors(): Promise<Record<string, ActorView>>;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

interface Spawned {
  child: ChildProcess;
  out: () => string;
  err: () => string;
}

/** A folder in which `import 'nightshift'` leads to this repository. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'nightshift-cli-'));
  /** Where the data folder of the service can be seen. */
  data = join(this.folder, '.nightshift');
  readonly #running = new Set<ChildProcess>();

  constructor() {
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(root, join(this.folder, 'node_modules/nightshift'));
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }\n');
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** Does what the command does, in a process that has done others. */
  run(...args: string[]): Promise<Ended> {
    return command({ folder: this.folder, args });
  }

  /** Runs it in a process of its own, as a shell does. */
  runAlone(...args: string[]): Promise<Ended> {
    return this.#ended(this.#spawn(args, {}));
  }

  /** Runs it with its output going to another command, whose output and exit code count. */
  runInto(reader: string, ...args: string[]): Promise<Ended> {
    return this.#ended(this.#spawn(args, {}, ['sh', '-c', `"$@" | ${reader}`, 'sh']));
  }

  async #ended({ child, out, err }: Spawned): Promise<Ended> {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out: out(), err: err() };
  }

  /** Starts the service and waits until it is ready. */
  start(environment: Record<string, string> = {}, ...args: string[]): Promise<Running> {
    return this.#ready(this.#spawn(['start', '--port', '0', ...args], environment));
  }

  /** Starts the service in a terminal. @returns what it shows there, and its process id, once it is ready */
  async startInTerminal(): Promise<{ shown: () => string; pid: number; ended: Promise<unknown> }> {
    const terminal = ['sh', '-c', 'exec script -qec "$*" /dev/null', 'sh'];
    const { child, out } = this.#spawn(['start', '--port', '0'], {}, terminal);
    await eventually('the service to be ready', () => out().includes('service.ready'), out);
    const { pid } = JSON.parse(readFileSync(join(this.data, 'api.json'), 'utf8')) as { pid: number };
    return { shown: out, pid, ended: once(child, 'exit') };
  }

  /** Starts it with its data folder on a file system of its own, in a mount namespace that only the service is in. */
  startOnDisk(bytes: number, environment: Record<string, string> = {}): Promise<Running> {
    mkdirSync(this.data);
    const mount = `mount -t tmpfs -o mode=700,size=${bytes} tmpfs '${this.data}' && exec "$@"`;
    const started = this.#spawn(['start', '--port', '0'], environment, inOwnMounts(mount));
    this.data = `/proc/${started.child.pid}/root${this.data}`;
    return this.#ready(started);
  }

  /** Runs it with its data folder on a file system that can only be read, as it is after a remount. */
  runReadOnly(...args: string[]): Promise<Ended> {
    const mount = `mount --bind '${this.data}' '${this.data}' && mount -o remount,bind,ro '${this.data}' && exec "$@"`;
    return this.#ended(this.#spawn(args, {}, inOwnMounts(mount)));
  }

  /** Runs it with its data folder on a file system that has no room at all. */
  runOnFullDisk(...args: string[]): Promise<Ended> {
    const fill = `head -c 1000000 /dev/zero 2>&- > '${this.data}/ballast'`;
    const mount = `mount -t tmpfs -o mode=700,size=64k tmpfs '${this.data}' && { ${fill}; exec "$@"; }`;
    return this.#ended(this.#spawn(args, {}, inOwnMounts(mount)));
  }

  async #ready({ child, out, err }: Spawned): Promise<Running> {
    const log = () => out() + err();
    const address = join(this.data, 'api.json');
    const ready = async () => {
      if (child.exitCode !== null) throw new Error(`it ended by itself with ${child.exitCode}:\n${log()}`);
      if (!existsSync(address)) return;
      const { url, pid } = JSON.parse(readFileSync(address, 'utf8') || '{}') as { url: string; pid: number };
      const answer = pid === child.pid ? await fetch(`${url}/readyz`).catch(() => undefined) : undefined;
      return answer?.ok ? url : undefined;
    };
    const url = await eventually('the service to be ready', ready, log);
    return { child, url, log, actors: () => actorsOf(url), end: (signal) => this.#end(child, signal) };
  }

  /** Triggers each of the engines, which have not run yet, and waits until its run has ended. */
  async runOnce(service: Running, ...engines: string[]): Promise<void> {
    for (const id of engines) {
      await this.run('trigger', id);
      await eventually(`a run of ${id}`, async () => (await service.actors())[`engine/${id}`]?.lastRun, service.log);
    }
  }

  /** Gives a command that the command line does not have. */
  async send(url: string, address: string, type: string): Promise<void> {
    const token = readFileSync(join(this.data, 'api.token'), 'utf8').trim();
    const answer = await fetch(`${url}/api/actors/${address}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** Puts another record in an actor's place while the service is down. */
  changeRecord(address: string, change: (record: object) => object): void {
    this.#changeText(address, (text) => {
      const { value } = JSON.parse(text) as { value: object };
      return JSON.stringify({ value: change(value) });
    });
  }

  /** Leaves nothing of an actor's record while the service is down, not even text. */
  emptyRecord(address: string): void {
    this.#changeText(address, () => null);
  }

  #changeText(address: string, change: (text: string) => string | null): void {
    const database = new DatabaseSync(join(this.data, 'nightshift.db'));
    try {
      const key = `actor:${address}`;
      const row = database.prepare('SELECT value FROM keyv WHERE key = ?').get(key) as { value: string };
      database.prepare('UPDATE keyv SET value = ? WHERE key = ?').run(change(row.value), key);
    } finally {
      database.close();
    }
  }

  dispose(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(child, 'exit');
    child.kill(signal);
    return ((await ended) as [number | null])[0];
  }

  #spawn(args: string[], environment: Record<string, string>, wrapper: string[] = []): Spawned {
    const [program = '', ...rest] = [...wrapper, process.execPath, ...nodeFlags, join(root, 'src/main.ts'), ...args];
    const child = spawn(program, rest, {
      cwd: this.folder,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return { child, out: collected(child.stdout), err: collected(child.stderr) };
  }
}

/** What runs a line of shell, and with `exec "$@"` the command after it, where what it mounts is seen by nobody else. */
function inOwnMounts(line: string): string[] {
  // Whoever is not root may mount as the root of a user namespace of its own.
  const asRoot = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...asRoot, '--mount', 'sh', '-c', line, 'sh'];
}

async function actorsOf(url: string): Promise<Record<string, ActorView>> {
  const { actors } = (await (await fetch(`${url}/api/actors`)).json()) as { actors: ActorView[] };
  return Object.fromEntries(actors.map((actor) => [`${actor.kind}/${actor.id}`, actor]));
}

function collected(stream: NodeJS.ReadableStream | null) {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}
