import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { EngineDefinition } from '../../src/config/definition.ts';
import { templates } from '../../src/config/template.ts';
import { type ConfigFolder, configFolder } from './config-folder.ts';

const [config, example] = templates();
let folder: ConfigFolder;

/** The config with its examples put in force. */
function uncommented(text: string): string {
  return text
    .replace('import { defineConfig }', 'import { bearer, defineConfig, env, oauth2 }')
    .replaceAll(/^ {2}\/\/ (?=(timeZone|windows|tokens|services): | *\}| {2,})/gm, '  ')
    .replace("env('GITHUB_TOKEN')", "env('GITHUB_TOKEN', 'example')")
    .replaceAll(/env\('(GOOGLE_\w+)'\)/g, "env('$1', 'example')");
}

beforeAll(async () => {
  folder = await configFolder({
    ...Object.fromEntries(templates().map(({ path, text }) => [path, text])),
    ...Object.fromEntries(templates('mts').map(({ path, text }) => [`commonjs/${path}`, text])),
    'commonjs/package.json': '{ "type": "commonjs" }',
    'all.config.ts': uncommented(config?.text ?? ''),
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

it('writes a config that loads as it is', async () => {
  expect(await folder.load('nightshift.config.ts')).toEqual({ 'nightshift.config.ts': { engines: ['hello'] } });
});

it('writes one that loads in a folder of CommonJS too', async () => {
  const file = 'commonjs/nightshift.config.mts';
  expect(await folder.load(file)).toEqual({ [file]: { engines: ['hello'] } });
});

it('writes examples that load once they are no longer comments', async () => {
  expect(uncommented(config?.text ?? '')).toMatch(/^ {2}tokens: \{\n {4}github: bearer/m);
  expect(await folder.load('all.config.ts')).toEqual({ 'all.config.ts': { engines: ['hello'] } });
});

it('writes an engine that greets in two steps', async () => {
  const { hello } = (await import(pathToFileURL(join(folder.path, example?.path ?? '')).href)) as {
    hello: EngineDefinition;
  };
  const steps: string[] = [];
  const before = process.cwd();
  process.chdir(folder.path);
  try {
    const scope = {
      dueAt: 0,
      signal: new AbortController().signal,
      log: { info: vi.fn() },
      step(name: string, work: () => unknown) {
        steps.push(name);
        return work();
      },
    };
    await hello.run?.(scope as never);
    expect(steps).toEqual(['compose', 'write']);
    expect(await readFile('hello.txt', 'utf8')).toBe('Hello! This run was due at 1970-01-01T00:00:00.000Z.\n');
  } finally {
    process.chdir(before);
  }
});
