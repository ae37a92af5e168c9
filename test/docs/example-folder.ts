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
import { setTimeout as wait } from 'node:timers/promises';
import { type ConfigFolder, configFolder } from '../config/config-folder.ts';
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
  line(fits: (line: LogLine) => boolean): Promise<LogLine>;
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
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      return running(child);
    },
    async file(name, fits) {
      const path = join(folder.path, name);
      for (;;) {
        const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
        if (fits(text)) return text;
        await wait(20);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => end(child, 'SIGKILL')));
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function running(child: ChildProcess): Promise<Running> {
  const lines: LogLine[] = [];
  let waiting: (() => void)[] = [];
  const look = () => {
    for (const each of waiting.splice(0)) each();
  };
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
    lines.push(JSON.parse(text) as LogLine);
    look();
  });
  child.once('exit', look);
  const line: Running['line'] = async (fits) => {
    for (;;) {
      const found = lines.find(fits);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      await new Promise<void>((again) => {
        waiting = [...waiting, again];
      });
    }
  };
  const { url } = await line(({ msg }) => msg === 'service.ready');
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
