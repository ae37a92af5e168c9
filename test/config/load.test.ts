import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, configFolder } from './config-folder.ts';

const wrongFiles: [name: string, file: string, text: string | undefined, message: string][] = [
  [
    'a file that is not there',
    'gone.ts',
    undefined,
    'gone.ts: found no such file, expected a config file. Run nightshift init to write one, or name another with --config FILE.',
  ],
  [
    'a folder',
    'parts',
    undefined,
    'parts: found something that is not a file, expected a config file. Run nightshift init to write one, or name another with --config FILE.',
  ],
  [
    'a syntax error in TypeScript',
    'syntax.ts',
    'export default {\n  log: {}\n  engines: [],\n};\n',
    "syntax.ts:3: found a syntax error (Expected ',', got 'ident'), expected TypeScript or JavaScript. Mend that line.",
  ],
  [
    'a syntax error in JavaScript',
    'syntax.js',
    'export default {\n  log: {}\n  engines: [],\n};\n',
    "syntax.js:3: found a syntax error (Unexpected identifier 'engines'), expected TypeScript or JavaScript. Mend that line.",
  ],
  [
    'a syntax error in a file that it imports',
    'deep.ts',
    "import './parts/broken.ts';\nexport default {};\n",
    'parts/broken.ts:2: found a syntax error (Expression expected), expected TypeScript or JavaScript. Mend that line.',
  ],
  [
    'syntax that cannot be left out',
    'enum.ts',
    'enum Mode { A }\nexport default { mode: Mode.A };\n',
    'enum.ts:1: found TypeScript enum is not supported in strip-only mode, expected TypeScript whose types can be left out. Write it without enum, namespace and parameter properties.',
  ],
  [
    'a package that is not installed',
    'package.ts',
    "import 'left-pad-not-there';\nexport default {};\n",
    "package.ts: found an import of the package 'left-pad-not-there', which is not installed, expected imports that lead somewhere. Run npm install left-pad-not-there.",
  ],
  [
    'a name that the package does not have',
    'name.ts',
    "import { cron } from 'nightshift';\nexport default { cron };\n",
    "name.ts:1: found an import of 'cron', which 'nightshift' does not have, expected a name that it exports. Correct the name or remove the import.",
  ],
  [
    'an error while it is loaded',
    'throws.ts',
    'const list: string[] = [];\nexport default { engines: list[0].length };\n',
    "throws.ts:2:35: found an error while it was loaded (Cannot read properties of undefined (reading 'length')), expected a file that can be imported. Mend what throws there.",
  ],
  [
    'something thrown that is no error',
    'throws.js',
    "throw 'no';\n",
    "throws.js: found an error while it was loaded ('no'), expected a file that can be imported. Mend what throws there.",
  ],
  [
    'a script that ends the process',
    'exits.ts',
    "import { exit } from 'node:process';\nif (Date.now() > 0) exit(0);\nexport default {};\n",
    'exits.ts:2:21: found a call of process.exit(0), expected a file that can be imported. Throw an error instead; a script that runs as soon as it is imported belongs into a command().',
  ],
  [
    'a folder of CommonJS',
    'commonjs/config.ts',
    "import { defineConfig } from 'nightshift';\nexport default defineConfig({});\n",
    'commonjs/config.ts:1: found import or export in a folder whose package.json says "type": "commonjs", expected an ES module. Set "type": "module" in package.json, or name the file .mts.',
  ],
  [
    'no default export',
    'named.ts',
    'export const config = {};\n',
    'named.ts: found no default export, expected the config as default export. Write export default defineConfig({ … }).',
  ],
  [
    'another language',
    'config.yaml',
    'engines: []\n',
    "config.yaml: found a file of the kind '.yaml', or an import of one, expected TypeScript or JavaScript. Run nightshift init for an example.",
  ],
  [
    'a wrong config',
    'wrong.ts',
    "import { defineConfig, engine } from 'nightshift';\nexport default defineConfig({ engines: [engine('a', { every: 'now', run() {} })] });\n",
    "engines.0.every of 'a': found 'now', expected a length of time above zero. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
  ],
];

let folder: ConfigFolder;
let loaded: Awaited<ReturnType<ConfigFolder['load']>>;

beforeAll(async () => {
  const texts = wrongFiles.flatMap(([, file, text]) => (text === undefined ? [] : [[file, text]]));
  folder = await configFolder({
    ...Object.fromEntries(texts),
    'commonjs/package.json': '{ "type": "commonjs" }',
    'parts/broken.ts': 'export const a =\n  ;\n',
    'missing.ts': "import './parts/gone.ts';\nexport default {};\n",
    'later.ts': "export default (async () => ({ engines: [{ id: 'b', run() {} }] }))();\n",
    'good.js': "import { engine } from 'nightshift';\nexport default { engines: [engine('a', { run() {} })] };\n",
  });
  loaded = await folder.load(...wrongFiles.map(([, file]) => file), 'missing.ts', 'good.js', 'later.ts');
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('a file that cannot be loaded', () => {
  it.each(wrongFiles)('is named with the place and the fix: %s', (_name, file, _text, message) => {
    expect(loaded[file]).toEqual({ code: 'CONFIG_INVALID', message });
  });

  it('names an import that leads nowhere', () => {
    expect(loaded['missing.ts']?.message).toMatch(
      /^missing\.ts: found an import of '.*gone\.ts', which does not exist, expected imports that lead somewhere\. Correct the path, with its ending\.$/,
    );
  });
});

it('loads a config in JavaScript', () => {
  expect(loaded['good.js']).toEqual({ engines: ['a'] });
});

it('waits for a config that is a promise', () => {
  expect(loaded['later.ts']).toEqual({ engines: ['b'] });
});
