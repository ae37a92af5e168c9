/**
 * Loads the config file: a module in TypeScript or JavaScript whose default export is the config.
 *
 * Everything that can be wrong with it ends as a {@link ConfigError}, from a file that is not there to a
 * misspelt key.
 */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { Environment } from './env.ts';
import { refusingExit } from './exit-while-loading.ts';
import { importFailure } from './import-failure.ts';
import { resolveConfig } from './resolve.ts';

/**
 * A module is read once in a process: to load a changed file, start another.
 *
 * @param file path of the config file, from the working directory
 * @param env where `env('NAME')` is looked up: `process.env`
 * @throws {ConfigError} with all problems at once
 */
export async function loadConfig({ file, env }: { file: string; env: Environment }): Promise<Config> {
  return resolveConfig(await loadDefinition(file), env, dirname(resolve(file)));
}

/**
 * What the config file exports, as it was written.
 *
 * @throws {ConfigError} when it cannot be imported
 */
export async function loadDefinition(file: string): Promise<unknown> {
  await mustBeFile(file);
  const module = await importModule(file);
  if ('default' in module) return module.default;
  throw new ConfigError([
    {
      path: file,
      found: 'no default export',
      expected: 'the config as default export',
      fix: 'Write export default defineConfig({ … }).',
    },
  ]);
}

async function mustBeFile(file: string): Promise<void> {
  const fix = 'Run nightshift init to write one, or name another with --config FILE.';
  let found: string;
  try {
    if ((await stat(file)).isFile()) return;
    found = 'something that is not a file';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    found = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : `a file that cannot be read (${code})`;
  }
  throw new ConfigError([{ path: file, found, expected: 'a config file', fix }]);
}

/** What Node ends with when nothing is left that could settle a top-level `await`. */
const unsettled = 13;

async function importModule(file: string): Promise<Record<string, unknown>> {
  const stuck = (code: number) => {
    if (code !== unsettled) return;
    process.exitCode = 2;
    console.error(`${file}: found a top-level await that nothing will ever settle, expected an import that ends.`);
  };
  process.once('exit', stuck);
  try {
    return await refusingExit(() => import(pathToFileURL(resolve(file)).href));
  } catch (thrown) {
    throw new ConfigError([await importFailure(file, thrown)], { cause: thrown });
  } finally {
    process.off('exit', stuck);
  }
}
