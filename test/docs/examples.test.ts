import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../cli/command-process.ts';
import { type ExampleFolder, exampleFolder, type LogLine, type Running } from './example-folder.ts';
import { type Block, blocks, marked, root, transcript } from './markdown.ts';

const examples = blocks.filter(
  ({ language, mark }) => language === 'ts' && mark !== 'wrong' && !mark.startsWith('test: '),
);
/** What the page about testing shows, but for the job with the bug. */
const testing = blocks.filter(({ mark }) => /^test: (?!careless|readme)/.test(mark));
const isMachine = ({ text }: Block) => /^\/\/ kettle/.test(text);
const configs = examples.filter((block) => !isMachine(block));

describe('an example in TypeScript', () => {
  let folder: ExampleFolder;
  let loaded: Awaited<ReturnType<ExampleFolder['load']>>;
  const names = new Map(configs.map((block, n) => [block.place, `example-${n}.ts`]));

  beforeAll(async () => {
    const env = `process.env.SHOP_TOKEN = 'a-token';\nprocess.env.SHOP_URL = 'https://shop.example';\n`;
    folder = await exampleFolder({
      'environment.ts': `${env}export default {};\n`,
      ...Object.fromEntries(configs.map((block) => [names.get(block.place) ?? '', configOf(block)])),
    });
    loaded = await folder.load('environment.ts', ...names.values());
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it.each(configs)('at $place loads', ({ place }) => {
    expect(loaded[names.get(place) ?? '']).toEqual({ engines: expect.any(Array) });
  });

  it('passes the type checker', async () => {
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      erasableSyntaxOnly: true,
      module: 'nodenext',
      target: 'esnext',
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      customConditions: ['nightshift-source'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    await mkdir(join(folder.path, 'testing'));
    const more = [
      ...examples.filter(isMachine).map((block) => machineFile(block)),
      ...testing.map(({ mark, text }) => ({ name: `testing/${mark.split(' ').at(-1)}`, text })),
    ];
    for (const { name, text } of more) await writeFile(join(folder.path, name), text);
    await writeFile(
      join(folder.path, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: [...names.values(), ...more.map(({ name }) => name)] }),
    );
    const tsc = promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], {
      cwd: folder.path,
    });
    expect(await tsc.catch(({ stdout }) => stdout)).toEqual({ stdout: '', stderr: '' });
  });

  it('of a machine keeps the rules and takes the steps that it shows', async () => {
    for (const block of examples.filter(isMachine)) {
      const { name, text } = machineFile(block);
      await writeFile(join(folder.path, name), text);
    }
    const check = `
      import { chartProblems } from '${join(root, 'src/actors/chart-rules.ts')}';
      import { kettleMachine } from './kettle.ts';
      await import('./kettle-steps.ts');
      console.log(JSON.stringify(chartProblems(kettleMachine)));
    `;
    await writeFile(join(folder.path, 'check.ts'), check);
    const { stdout } = await promisify(execFile)(process.execPath, ['check.ts'], { cwd: folder.path });
    expect(JSON.parse(stdout)).toEqual([]);
  });
});

describe('a command', () => {
  const used = [...new Set(blocks.flatMap(commandLines))];

  it.each(used)('is one that exists: nightshift %s', async (line) => {
    const [first = '', ...words] = line.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\S)+/g) ?? [];
    const helpOf = async (name: string) => (await command({ folder: root, args: [...name.split(' '), '--help'] })).out;
    const outer = await helpOf(first);
    const name = outer.includes('\nCommands:') ? `${first} ${words.shift()}` : first;
    const help = name === first ? outer : await helpOf(name);
    const [usage = ''] = help.split('\n');
    expect(usage).toContain(`nightshift ${name}`);
    const flags = words.filter((word) => word.startsWith('--'));
    for (const flag of flags) expect(help).toContain(flag);
    const isNamed = words.filter((word, n) => !word.startsWith('-') && !valued.test(words[n - 1] ?? '')).length;
    const required = usage.match(/<\w+>/g)?.length ?? 0;
    const optional = usage.match(/\[(?!options\])\w+\]/g)?.length ?? 0;
    expect(isNamed).toBeGreaterThanOrEqual(required);
    expect(isNamed).toBeLessThanOrEqual(required + optional);
  });

  it.each([
    'start',
    'status',
    'check',
    'reload',
    'incidents',
    'history',
    'logs',
    'log-level',
    'report',
    'diagrams',
    'trigger',
    'pause',
    'resume',
    'ack',
    'reset',
    'isolate',
    'backup',
    'restore',
    'export',
    'init',
    'service',
    'import',
    'shadow',
  ])('stands in the README: %s', (command) => {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`| \`nightshift ${command}`);
  });

  it('of npm is a script of the package', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const shown = blocks.flatMap(({ text }) => [
      ...text.matchAll(/^npm (?:run (?:--silent )?(?=[\w:])|(?=start|test))([\w:]+)/gm),
    ]);
    expect(shown.length).toBeGreaterThan(0);
    for (const [, script] of shown) expect(Object.keys(scripts)).toContain(script);
  });
});

describe('what the README shows of the first minutes', () => {
  let folder: ExampleFolder;
  let service: Running;

  beforeAll(async () => {
    folder = await exampleFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('is what init says', async () => {
    const { commands, output } = transcript(marked('runs: init'));
    expect((await folder.shell(commands.join('\n'))).stdout.trimEnd()).toBe(output);
  });

  it('is what status shows', async () => {
    service = await folder.start();
    for (const id of ['hello', 'api-health', 'resources']) await service.line(...succeeded(id));
    const { commands, output } = transcript(marked('runs: status'));
    expect(timeless((await folder.shell(commands.join('\n'))).stdout)).toBe(timeless(output));
  });

  it('goes on with commands that the service takes', async () => {
    const done = await folder.shell(marked('runs: operating').text);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    await service.line('hello goes on', (line) => line.event === 'engine.resume' && line.actor === 'engine/hello');
  });

  it('and with a check of the config', async () => {
    const done = await folder.shell(marked('runs: check').text);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/nothing of the config has changed\. .*\n\n\d+ records would load\.\n\{"config":/);
  });

  it('and with backups', async () => {
    const done = await folder.shell(marked('runs: backups').text);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const told = /\.db: .*B, whole; \d+ records come back\.\n.*Nothing was changed.*state\.jsonl: \d+ rows \(/s;
    expect(done.stdout).toMatch(told);
  });

  it('and with what the log says', async () => {
    for (const { text } of blocks.filter(({ mark }) => mark === 'runs: logs')) {
      const done = await folder.shell(text.replaceAll('http://127.0.0.1:4100', service.url));
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(done.stdout).not.toBe('');
    }
  });

  it('and with the HTTP interface', async () => {
    for (const { text } of blocks.filter(({ mark }) => mark === 'runs: http')) {
      const done = await folder.shell(
        text.replaceAll('http://127.0.0.1:4100', service.url).replaceAll('curl -s', 'curl -sS --fail-with-body'),
      );
      expect(done).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

it('the job of the README fetches and writes, with its token', async () => {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.end('[{ "id": 1, "total": 20 }]');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await using folder = await exampleFolder({ 'nightshift.config.ts': marked('runs: orders').text });
    const SHOP_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const service = await folder.start({ SHOP_TOKEN: 'a-token', SHOP_URL });
    await service.line(...succeeded('orders'));
    expect(readFileSync(join(folder.path, 'orders.json'), 'utf8')).toBe('[{"id":1,"total":20}]');
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/orders', 'Bearer a-token']]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

it('a job killed in the middle goes on as the README shows', async () => {
  await using folder = await exampleFolder({ 'nightshift.config.ts': marked('runs: report').text });
  const first = await folder.start();
  expect((await folder.shell('nightshift trigger report')).code).toBe(0);
  await folder.file('steps.txt', (text) => text.includes('render begins'));
  await first.kill('SIGKILL');
  expect((await folder.shell('nightshift status')).stdout).toMatch(
    /^The service is down;.*\nAll 8 engines were all right\..*engine\/report +running/s,
  );
  const second = await folder.start();
  await second.line(...succeeded('report'));
  const steps = readFileSync(join(folder.path, 'steps.txt'), 'utf8').trimEnd();
  expect(withKeysNumbered(steps)).toBe(withKeysNumbered(transcript(marked('output: report')).output));
});

it('a wrong config gets what the README says', async () => {
  await using folder = await exampleFolder({ 'nightshift.config.ts': marked('wrong').text });
  const { code, stderr } = await folder.shell('nightshift start');
  expect([code, stderr.trimEnd()]).toEqual([2, marked('output: wrong').text]);
});

/** Options that take a value. */
const valued =
  /^--(?:config|data|port|engine|run|since|level|lines|log-level|day|days|seed|faults|fault|world|out|as|profile|name|read|write|env-file|credential|manager|upload|upload-timeout)$/;

/** A whole config as it is; an engine or a part of a config in the place where it belongs. */
function configOf({ text }: Block): string {
  if (text.includes('export default')) return text;
  const isEngine = text.startsWith('engine(');
  return `import { bearer, defineConfig, engine, env, type StepScope } from 'nightshift';\nexport const used = [bearer, engine, env];\nexport type Used = StepScope;\nexport default defineConfig({\n${isEngine ? `engines: [\n${text},\n],` : text}\n});\n`;
}

function machineFile({ text }: Block): { name: string; text: string } {
  const name = /^\/\/ (\S+)/.exec(text)?.[1] ?? '';
  return { name, text: text.replaceAll("'../policies/", `'${join(root, 'src/policies')}/`) };
}

/** What follows `nightshift` in lines of a shell. */
function commandLines({ language, text }: Block): string[] {
  if (!['sh', 'console'].includes(language)) return [];
  // Without a prompt, what a console shows is what a command prints.
  const typed = language === 'console' ? /^\$ (?:npx )?nightshift (.+)$/ : /^(?:npx )?nightshift (.+)$/;
  return text
    .split('\n')
    .flatMap((line) => typed.exec(line)?.[1] ?? [])
    .map((line) => line.replace(/\s*[|&#>].*/, ''));
}

function succeeded(engine: string): Parameters<Running['line']> {
  const fits = ({ actor, msg }: LogLine) => actor === `engine/${engine}` && msg === 'run.succeeded';
  return [`${engine} succeeds`, fits];
}

function timeless(text: string): string {
  return text
    .trim()
    .replaceAll(/\b(?:\d+[hms])+ ago\b|\bjust now\b/g, '… ago')
    .replaceAll(/\bin (?:\d+[dhms])+\b/g, 'in …')
    .replaceAll(/ {2,}/g, '  ');
}

/** Keys are new with each run; which of them are the same is not. */
function withKeysNumbered(text: string): string {
  const keys = [...new Set(text.match(/\b[0-9a-f]{32}\b/g))];
  return text.replaceAll(/\b[0-9a-f]{32}\b/g, (key) => `key ${keys.indexOf(key)}`);
}
