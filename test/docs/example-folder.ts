/**
 * A reader's folder: nightshift is installed in it, `npx nightshift` works, and the service can be started, watched
 * by its log, and killed.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ConfigFolder, configFolder } from '../config/config-folder.ts';
import { eventually } from '../eventually.ts';
import { root } from './markdown.ts';

const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
const command = ['exec', process.execPath, ...flags, join(root, 'src/main.ts')].map((word) => `'${word}'`).join(' ');

export interface LogLine {
  msg: string;
  [fact: string]: unknown;
}

export interface Running {
  url: string;
  /** Resolves with the first line, also an earlier one, that fits. */
  line(expected: string, fits: (line: LogLine) => boolean): Promise<LogLine>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface ExampleFolder extends ConfigFolder {
  /** Runs lines of a shell, in this folder. Resolves however they end. */
  shell(script: string): Promise<{ code: number; stdout: string; stderr: string }>;
  start(env?: Record<string, string>): Promise<Running>;
  /** Resolves with the file's text once it fits. */
  file(name: string, fits: (text: string) => boolean): Promise<string>;
}

export async function exampleFolder(files: Readonly<Record<string, string>> = {}): Promise<ExampleFolder> {
  const folder = await configFolder(files);
  for (const name of ['zod', 'xstate']) {
    await symlink(join(root, 'node_modules', name), join(folder.path, 'node_modules', name));
  }
  const bin = join(folder.path, 'node_modules/.bin');
  await mkdir(bin);
  await script(join(bin, 'nightshift'), `${command.replace("'exec'", 'exec')} "$@"`);
  await script(join(bin, 'npx'), 'exec "$@"');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, NODE_OPTIONS: '', NO_COLOR: '1' };
  const children: ChildProcess[] = [];

  return {
    ...folder,
    shell: (text) =>
      new Promise((done) => {
        execFile('bash', ['-ec', text], { cwd: folder.path, env }, (error, stdout, stderr) =>
          done({ code: error ? Number(error.code) : 0, stdout, stderr }),
        );
      }),
    async start(more = {}) {
      const child = spawn(process.execPath, [...flags, join(root, 'src/main.ts'), 'start', '--port', '0'], {
        cwd: folder.path,
        env: { ...env, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      return running(child);
    },
    async file(name, fits) {
      const path = join(folder.path, name);
      const text = () => (existsSync(path) ? readFileSync(path, 'utf8') : '');
      await eventually(`what belongs in ${name}`, () => fits(text()), text);
      return text();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => end(child, 'SIGKILL')));
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function running(child: ChildProcess): Promise<Running> {
  const lines: LogLine[] = [];
  let errors = '';
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
    lines.push(JSON.parse(text) as LogLine);
  });
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const written = () => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n${errors}`;
  const line: Running['line'] = (expected, fits) =>
    eventually(
      `a line of the log: ${expected}`,
      () => {
        const found = lines.find(fits);
        if (!found && child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${written()}`);
        return found;
      },
      written,
    );
  const { url } = await line('it is ready', ({ msg }) => msg === 'service.ready');
  return { url: String(url), line, kill: (signal) => end(child, signal) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function script(file: string, text: string) {
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
}
