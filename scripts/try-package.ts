/**
 * Tries the package as somebody who installs it: packs it, installs the tarball into an empty folder, lets
 * `nightshift init` write a TypeScript config, starts it, kills it, starts it again; on the oldest Node that is
 * supported and on the one this project is developed with.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const root = join(import.meta.dirname, '..');
const versions = ['22.18.0', '24'];
let passed = 0;

const folder = mkdtempSync(join(tmpdir(), 'nightshift-package-'));
try {
  const npm = (cwd: string, ...args: string[]) =>
    execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, encoding: 'utf8' });
  const tarball = npm(root, 'pack', '--silent', '--pack-destination', folder).trim().split('\n').at(-1) ?? '';
  for (const version of versions) await tryOn(version, join(folder, tarball), npm);
  console.log(`${passed} passed, 0 failed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryOn(version: string, tarball: string, npm: (cwd: string, ...args: string[]) => string) {
  const runtime = mkdtempSync(join(folder, 'node-'));
  npm(runtime, 'install', '--prefix', runtime, `node@${version}`);
  const node = join(runtime, 'node_modules/node/bin/node');
  const env = { ...process.env, PATH: `${join(runtime, 'node_modules/node/bin')}:${process.env.PATH}`, NO_COLOR: '1' };
  const home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  // Without install scripts: nothing of it may need a compiler.
  npm(home, 'install', '--ignore-scripts', tarball);
  check(version, 'no native SQLite is installed', !existsSync(join(home, 'node_modules/better-sqlite3')));
  const bin = join(home, 'node_modules/.bin/nightshift');
  const run = (...args: string[]) => execFileSync(bin, args, { cwd: home, env, encoding: 'utf8' });
  check(
    version,
    'it runs on the right Node',
    execFileSync(node, ['--version'], { encoding: 'utf8' }).startsWith(`v${version}`),
  );
  run('init');

  const first = start(bin, home, env);
  await ready(home, first);
  check(version, 'status lists the engines', JSON.parse(run('status', '--json')).actors.length > 0);
  const dead = once(first, 'exit');
  first.kill('SIGKILL');
  await dead;
  check(version, 'status reads the store of a dead service', JSON.parse(run('status', '--json')).actors.length > 0);
  const second = start(bin, home, env);
  await ready(home, second);
  const ended = once(second, 'exit');
  second.kill('SIGTERM');
  check(version, 'it comes back and stops on SIGTERM', (await ended)[0] === 0);
}

function start(bin: string, cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(bin, ['start', '--port', '0'], { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function ready(home: string, child: ChildProcess) {
  const address = join(home, '.nightshift/api.json');
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended by itself with ${child.exitCode}`);
    await wait(100);
    if (!existsSync(address)) continue;
    const { url, pid } = JSON.parse(readFileSync(address, 'utf8')) as { url: string; pid: number };
    if (pid !== child.pid) continue;
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error('it was not ready within 20 s');
}

function check(version: string, what: string, holds: boolean) {
  if (!holds) throw new Error(`Node ${version}: ${what}: no`);
  passed += 1;
  console.log(`Node ${version}: ${what}`);
}
