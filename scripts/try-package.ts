/**
 * Tries the package as somebody who installs it: packs it, installs the tarball into an empty folder, lets
 * `nightshift init` write a config in TypeScript, changes it, starts the service, kills it, starts it again; on the
 * oldest Node that is supported and on the one that runs this script.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

interface Status {
  state: string;
  actors: { kind: string; id: string; wakesAt: number | null; lastRun: { run: string; result: string } | null }[];
}

/** What a started service writes. */
interface Service {
  child: ChildProcess;
  log: string;
}

const oldestNode = '22.18.0';
const patienceMs = 30_000;
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'nightshift-package-'));
const children: ChildProcess[] = [];
// Whoever installs it has nothing of it in a cache.
process.env.npm_config_cache = join(folder, 'npm-cache');

try {
  run('npm', ['pack', '--silent', '--pack-destination', folder], root);
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  run('npm', ['install', '--prefix', folder, '--no-save', `node@${oldestNode}`], folder);
  await tryOn(oldestNode, join(folder, 'node_modules/node/bin'), join(folder, String(tarball)), 'commonjs');
  await tryOn(process.versions.node, dirname(process.execPath), join(folder, String(tarball)), 'module');
  console.log('The package installs and runs.');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

/** @param type what the package.json of the folder says: some versions of `npm init` write `commonjs` */
async function tryOn(version: string, nodeFolder: string, tarball: string, type: 'commonjs' | 'module') {
  const home = join(folder, `home-${version}`);
  const env = { ...process.env, PATH: [nodeFolder, process.env.PATH].join(delimiter), NO_COLOR: '1' };
  const nightshift = (...args: string[]) => run(join(home, 'node_modules/.bin/nightshift'), args, home, env);
  const status = () => JSON.parse(nightshift('status', '--json')) as Status;
  const hello = () => status().actors.find(({ kind, id }) => kind === 'engine' && id === 'hello');
  const check = (what: string, holds: boolean) => {
    if (!holds) throw new Error(`Node ${version}: not so: ${what}`);
    console.log(`Node ${version}: ${what}`);
  };

  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, type }));
  check('is what runs the command', run('node', ['--version'], home, env).trim() === `v${version}`);
  run('npm', ['install', '--engine-strict', tarball], home, env);
  const lock = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, object>;
  };
  const native = Object.entries(lock.packages).filter(
    ([path, entry]) => 'hasInstallScript' in entry || path.endsWith('/better-sqlite3'),
  );
  check('nothing installed has an install script or needs a compiler', native.length === 0);

  check('it says what is in it', existsSync(join(home, 'node_modules/nightshift/dist/sbom.cdx.json')));

  run('npx', ['--no', 'nightshift', 'init'], home, env);
  const example = join(home, `engines/hello.${type === 'commonjs' ? 'mts' : 'ts'}`);
  edit(example, "every: '1m'", "every: '1h'");
  edit(example, 'const greeting =', 'const greeting: string =');
  typeCheck(home);
  check('the config that init wrote passes the type check', true);

  const unit = nightshift('service', 'install', '--print', '--env-file', 'none.env');
  check('an option that Node has as well is its own', unit.includes(join(home, 'none.env')));

  const first = await started(home, env);
  await until('the first run of the example has ended', () => hello()?.lastRun?.result === 'success');
  const before = hello();
  await ended(first.child, 'SIGKILL');
  check('status reads the store of a service that was killed', status().state === 'down');

  const second = await started(home, env);
  const after = hello();
  check('it comes back with the run it had ended', after?.lastRun?.run === before?.lastRun?.run);
  check('and with the deadline it had set', after?.wakesAt === before?.wakesAt && typeof before?.wakesAt === 'number');
  check('it ends with exit code 0 on SIGTERM', (await ended(second.child, 'SIGTERM')) === 0);
  check('it warns of nothing', !/warning/i.test(readFileSync(first.log, 'utf8') + readFileSync(second.log, 'utf8')));
}

/** @returns what it printed. @throws with all of that when it fails */
function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const quiet = command === 'npm' ? ['--no-audit', '--no-fund', '--loglevel=error'] : [];
  return execFileSync(command, [...args, ...quiet], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function edit(file: string, from: string, to: string) {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file}: found no ${from}`);
  writeFileSync(file, text.replace(from, to));
}

/** With the strictest settings a user may have: the declarations of the package are checked too. */
function typeCheck(home: string) {
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts', '*.mts', 'engines'] }),
  );
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', home], home);
}

/** Starts the service and waits until it is ready. */
async function started(home: string, env: NodeJS.ProcessEnv): Promise<Service> {
  const log = join(home, `${Date.now()}.log`);
  const output = openSync(log, 'w');
  const args = ['start', '--data', '.nightshift', '--port', '0'];
  const command = join(home, 'node_modules/.bin/nightshift');
  const child = spawn(command, args, { cwd: home, env, stdio: ['ignore', output, output] });
  closeSync(output);
  children.push(child);
  try {
    await until('the service is ready', async () => {
      if (child.exitCode !== null) throw new Error(`The service ended by itself with exit code ${child.exitCode}.`);
      const { url, pid } = JSON.parse(readFileSync(join(home, '.nightshift/api.json'), 'utf8'));
      return pid === child.pid && (await fetch(`${url}/readyz`)).ok;
    });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${readFileSync(log, 'utf8')}`, {
      cause: error,
    });
  }
  return { child, log };
}

/** @returns the exit code */
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = await exit;
  return code;
}

/** Asks every 100 ms. An answer that throws counts as no, until patience ends. */
async function until(what: string, holds: () => boolean | Promise<boolean>) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await Promise.resolve()
      .then(holds)
      .catch((error: unknown) => error);
    if (answer === true) return;
    if (performance.now() > deadline)
      throw new Error(`Waited ${patienceMs / 1000} s in vain: ${what}.`, { cause: answer });
    await wait(100);
  }
}
