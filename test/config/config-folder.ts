/**
 * A folder with config files in it, as a user has one, and a Node of its own that loads them: how Node
 * imports TypeScript, and what it says when it cannot, is part of what is tested.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '../..');

const loader = `
  import { loadConfig } from ${JSON.stringify(pathToFileURL(join(repository, 'src/config/load.ts')).href)};
  const loaded = {};
  for (const file of process.argv.slice(1)) {
    loaded[file] = await loadConfig({ file, env: process.env }).then(
      ({ engines }) => ({ engines: [...engines.keys()] }),
      ({ code, message }) => ({ code, message }),
    );
  }
  console.log(JSON.stringify(loaded));
`;

export interface ConfigFolder extends AsyncDisposable {
  path: string;
  /** What each of the files gives: its engines, or the error's code and message. */
  load(...files: string[]): Promise<Record<string, { engines?: string[]; code?: string; message?: string }>>;
}

export async function configFolder(files: Readonly<Record<string, string>>): Promise<ConfigFolder> {
  const path = await mkdtemp(join(tmpdir(), 'nightshift-config-'));
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  await mkdir(join(path, 'node_modules'));
  await symlink(repository, join(path, 'node_modules/nightshift'));
  return {
    path,
    async load(...names) {
      const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...flags, '--input-type=module', '--eval', loader, ...names],
        { cwd: path },
      );
      return JSON.parse(stdout);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
