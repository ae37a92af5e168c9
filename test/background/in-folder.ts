/**
 * A folder with jobs, installed and looked at by the real command, beside a real systemd. It is run by `world.sh`, prints what it found as JSON,
 * and asserts nothing.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sendCommand } from '../../src/cli/client.ts';
import { service } from '../../src/cli/service.ts';
import { type ServiceOptions, typistHere } from '../../src/cli/service-command.ts';
import { type Status, statusOf } from '../../src/cli/status.ts';
import type { ActorView } from '../../src/dashboard/actor-view.ts';
import { chromium } from '../demo/programs.ts';

/** What the strict profile must leave to them: the built-in ones, a job that looks around, and one with a process of its own. */
export const engines: readonly string[] = [
  ...['api-health', 'resources', 'backup', 'log-cleanup', 'log-analysis', 'daily-report', 'updates'],
  ...['look', 'apart'],
];

const root = join(import.meta.dirname, '../..');
/** It looks around, and tries what it should not. */
const looker = `
  import { execFile } from 'node:child_process';
  import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
  import { homedir, tmpdir } from 'node:os';
  import { promisify } from 'node:util';
  import { defineConfig, engine } from 'nightshift';
  const tried = (what) => { try { what(); return 'done'; } catch (error) { return error.code; } };
  export default defineConfig({ builtIn: { updates: { network: true } }, engines: [
    engine('look', { every: '1h', run: ({ log }) => {
      const seen = {
        user: process.getuid(),
        privileges: /CapEff:\\s*(\\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
        inHome: tried(() => writeFileSync(homedir() + '/proof', '')),
        inEtc: tried(() => writeFileSync('/etc/proof', '')),
        here: tried(() => writeFileSync('proof', '')),
        temporary: tried(() => writeFileSync(tmpdir() + '/proof', '')),
        homes: readdirSync('/home'),
      };
      writeFileSync(process.env.SEEN, JSON.stringify(seen));
    } }),
    engine('browser', { run: async () => {
      const page = ['--headless', '--dump-dom', 'data:text/html,<p>shown</p>'];
      const { stdout } = await promisify(execFile)(process.env.CHROMIUM, page);
      writeFileSync(homedir() + '/page.html', stdout);
    } }),
    engine('apart', { every: '1h', isolate: 'process', run: () => 'done' }),
  ] });`;

/** A package of which there is a newer release than the folder asks for. */
const left = {
  name: 'left',
  'dist-tags': { latest: '2.0.0' },
  versions: Object.fromEntries(
    ['1.0.0', '2.0.0'].map((version) => [version, { name: 'left', version, dist: { tarball: 'http://127.0.0.1/' } }]),
  ),
};

const locked = { '': { dependencies: { left: '1.0.0' } }, 'node_modules/left': { version: '1.0.0' } };

export class Folder {
  readonly path: string;
  readonly data: string;

  constructor(path: string, data = join(path, '.nightshift')) {
    this.path = path;
    this.data = data;
    mkdirSync(join(path, 'node_modules'), { recursive: true });
    symlinkSync(root, join(path, 'node_modules/nightshift'));
    writeFileSync(join(path, 'package.json'), '{ "type": "module", "dependencies": { "left": "1.0.0" } }\n');
    writeFileSync(
      join(path, 'package-lock.json'),
      JSON.stringify({ name: 'jobs', lockfileVersion: 3, packages: locked }),
    );
    mkdirSync(join(path, 'node_modules/left'));
    writeFileSync(join(path, 'node_modules/left/package.json'), '{ "name": "left", "version": "1.0.0" }');
    writeFileSync(join(path, 'nightshift.config.ts'), looker);
    process.chdir(path);
  }

  /** Variables for the service: where its engines find a registry, and where one of them says what it has seen. */
  async variables(): Promise<string> {
    const registry = createServer(({ method }, response) => response.end(JSON.stringify(method === 'GET' ? left : {})))
      .listen(0, '127.0.0.1')
      .unref();
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    const lines = [`SEEN="${this.#seen}"`, `npm_config_registry=http://127.0.0.1:${port}`, `CHROMIUM=${chromium}`];
    writeFileSync('variables', `${lines.join('\n')}\n`);
    return 'variables';
  }

  /** What `updates` has found; once the service has ended, for only then all of the log is in its files. */
  updates(): object {
    const folder = join(this.data, 'logs');
    const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
    const { findings, unchecked } = JSON.parse(lines.find((line) => /"updates.(looked|found)"/.test(line)) ?? '{}');
    return { findings, unchecked };
  }

  get #seen() {
    return join(this.data, 'seen.json');
  }

  /** What the command says, a line each. */
  async command(action: string, options: ServiceOptions = {}): Promise<string[]> {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(...line.split('\n'));
    try {
      await service(action, { port: '0', ...options }, typistHere(Date.now()));
    } finally {
      console.log = log;
    }
    return lines;
  }

  /** Has each of the engines run. @returns how that ended, and why not well */
  async run(...engines: string[]): Promise<Record<string, string>> {
    for (const id of engines) await sendCommand(this.data, `engine/${id}`, 'engine.trigger').catch(() => {});
    const isMeant = ({ kind, id }: ActorView) => kind === 'engine' && engines.includes(id);
    const over = ({ actors }: Status) => actors.filter(isMeant).every(({ lastRun }) => lastRun);
    const status = await this.until(async () => {
      const found = await statusOf(this.data, Date.now());
      return over(found) && found;
    });
    const ended = status.actors.filter(isMeant);
    return Object.fromEntries(
      ended.map(({ id, lastRun, reason }) => [id, [lastRun?.result, reason].filter(Boolean).join(': ')]),
    );
  }

  seen(): unknown {
    return JSON.parse(readFileSync(this.#seen, 'utf8'));
  }

  async until<T>(look: () => T | Promise<T>): Promise<Exclude<T, false | undefined | null>> {
    for (let tries = 0; tries < 600; tries++) {
      const found = await Promise.resolve()
        .then(look)
        .catch(() => false as const);
      if (found) return found as Exclude<T, false | undefined | null>;
      await wait(100);
    }
    throw new Error('waited a minute in vain');
  }
}

/** What the manager says, by name. */
export function shown(scope: '--user' | '--system', ...properties: string[]): Record<string, string> {
  const asked = properties.map((name) => `--property=${name}`);
  const text = execFileSync('systemctl', [scope, 'show', 'nightshift.service', ...asked], { encoding: 'utf8' });
  const lines = text.trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Settings that a test has no time for. */
export function inAHurry(folder: string): void {
  mkdirSync(join(folder, 'nightshift.service.d'), { recursive: true });
  writeFileSync(
    join(folder, 'nightshift.service.d/hurry.conf'),
    '[Service]\nWatchdogSec=10\nRestartSec=100ms\nStandardOutput=null\nStandardError=null\n',
  );
}

export function isThere(file: string): boolean {
  return existsSync(file);
}
