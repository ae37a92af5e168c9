/**
 * What the command says before there is a service: of wrong words, of a wrong config, and of what `init` finds.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

const config = `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({ engines: [engine('hello', { run: () => 'hello' })] });
`;

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

it.each([
  ['a misspelt command', ['stauts'], 2, "unknown command 'stauts'\n(Did you mean status?)"],
  ['help on a command that there is not', ['help', 'stauts'], 2, "unknown command 'stauts'\n(Did you mean status?)"],
  ['a misspelt command with --help', ['stauts', '--help'], 2, "unknown command 'stauts'"],
  ['one of a group', ['help', 'vault', 'rotat'], 2, "unknown command 'rotat'\n(Did you mean rotate?)"],
  [
    'what other tools call a command',
    ['ps'],
    2,
    "unknown command 'ps'\nAdd --help for what there is.\nHere that is: nightshift status",
  ],
  ['a command without its engine', ['trigger'], 2, "missing required argument 'engine'"],
  ['an option that there is not', ['status', '--jsno'], 2, "unknown option '--jsno'\n(Did you mean --json?)"],
  ['a port that is none', ['start', '--port', 'x'], 2, "--port: found 'x', expected a number from 0 to 65535."],
  ['a data folder without a name', ['start', '--data', ''], 2, '--data: found an empty text, expected a path.'],
  ['a log level that there is not', ['start', '--log-level', 'wran'], 2, "Did you mean 'warn'?"],
  ['a cron that there is not', ['import', 'crontab', '-', '--cron', 'croni'], 2, "Did you mean 'cronie'?"],
  ['a backup that there is not', ['restore', 'latst'], 2, "Did you mean 'latest'?"],
  ['a crontab that there is not', ['import', 'crontab', 'cron.txt'], 2, 'cron.txt: found no such file'],
  ['timers that there are not', ['import', 'systemd', 'units'], 2, 'units: found nothing there'],
  ['state that there is not', ['import', 'state', 'state.jsonl'], 2, 'state.jsonl: found no such file'],
  ['a config that does not exist', ['start', '--config', 'no.ts'], 2, 'no.ts: found no such file'],
  ['a command without a service', ['trigger', 'hello'], 1, 'Start it: nightshift start'],
  ['the status of nothing', ['status'], 1, 'found no store, expected one.'],
  [
    'the status of nothing elsewhere',
    ['status', '--data', 'else where'],
    1,
    "Start the service: nightshift start --data 'else where'",
  ],
])('says what is wrong with %s', async (_, args, code, message) => {
  if (code === 2) place.write('nightshift.config.ts', config);
  const ended = await place.run(...args);
  expect(ended.err).toContain(message);
  expect(ended.err).not.toMatch(/^ +at /m);
  expect(ended.code).toBe(code);
});

it('answers in JSON what goes wrong before an answer, when JSON is asked for', async () => {
  place.write('nightshift.config.ts', config);
  const { code, out, err } = await place.run('trigger', 'hello', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ code: 'SERVICE_DOWN', error: expect.stringContaining('nightshift start') });
  expect(err).toBe('');
});

it.each([
  [['stauts', '--json'], "unknown command 'stauts' (Did you mean status?)"],
  [['status', '--json', '--jsno'], "unknown option '--jsno' (Did you mean --json?)"],
  [['why', '--json'], "missing required argument 'engine'"],
])('answers in JSON what is wrong with %j', async (args, error) => {
  const { code, out, err } = await place.run(...args);
  expect({ code, err, said: JSON.parse(out) }).toEqual({ code: 2, err: '', said: { error, code: 'USAGE' } });
});

it.each([
  ['help', 'vault', 'rotate'],
  ['help', 'service', 'install'],
  ['service', 'install', '--print', '--help'],
])('%s %s %s is help, and does nothing', async (...words) => {
  const { code, out, err } = await place.run(...words);
  expect({ code, err, usage: out.split('\n')[0] }).toEqual({
    code: 0,
    err: '',
    usage: words.includes('vault')
      ? 'Usage: nightshift vault rotate [options]'
      : 'Usage: nightshift service [options] <action>',
  });
});

it('says of a crontab that has nothing for it to run where its jobs stay', async () => {
  place.write('cron.txt', '0 3 32 * * backup\n');
  const { code, out, err } = await place.run('import', 'crontab', 'cron.txt', '--out', 'imported.config.ts');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/: 0 of 1 jobs carried over\n.*\n\nNone of it can be run here: leave it where it is\.\n$/);
});

describe('a config', () => {
  it('has every mistake named at once, before anything starts', async () => {
    place.write(
      'nightshift.config.ts',
      `
import { bearer, defineConfig, engine, env } from 'nightshift';
export default defineConfig({
  tokens: { shop: bearer(env('SHOP_KEY')) },
  engines: [engine('a', { schedule: 'every 30m', timout: '5m', run() {} } as never)],
});
`,
    );
    const { code, err } = await place.run('start', '--port', '0');
    expect(code).toBe(2);
    expect(err).toContain(
      "engines.0.schedule of 'a': found 'every 30m', expected a cron expression. Write every: '30m' for an interval.",
    );
    expect(err).toContain("Did you mean 'timeout'?");
    expect(err).toContain('SHOP_KEY');
    expect(() => statSync(join(place.folder, '.nightshift'))).toThrow('ENOENT');
  });

  it('that is wrong ends the process, whatever it has left behind', async () => {
    place.write('nightshift.config.ts', 'setInterval(() => {}, 1_000);\nexport default { engins: [] };\n');
    expect(await place.runAlone('start')).toMatchObject({
      code: 2,
      err: expect.stringContaining("Did you mean 'engines'?"),
    });
  });

  it('that never ends loading is named', async () => {
    place.write('nightshift.config.ts', 'await new Promise(() => {});\nexport default {};\n');
    const { code, err } = await place.runAlone('start');
    expect(code).toBe(2);
    expect(err).toContain('nightshift.config.ts: found a top-level await that nothing will ever settle');
  });

  it('that ends the process once it is loaded has not had the command end well', async () => {
    place.write('nightshift.config.ts', 'setImmediate(() => process.exit(0));\nexport default {};\n');
    const { code, err } = await place.runAlone('start', '--port', '0');
    expect(code).toBe(1);
    expect(err).toContain('process.exit: found a call of it before the command was done');
  });
});

describe('init', () => {
  it('writes a config and an engine that run at once, and overwrites nothing', async () => {
    expect(await place.run('init')).toMatchObject({
      code: 0,
      out: expect.stringContaining('nightshift.config.ts: written'),
    });
    const service = await place.start();
    await eventually(
      'hello succeeds',
      async () => (await service.actors())['engine/hello']?.lastRun?.result === 'success',
    );
    expect(readFileSync(join(place.folder, 'hello.txt'), 'utf8')).toContain('Hello!');
    expect(await service.end('SIGTERM')).toBe(0);
    const mine = place.write('nightshift.config.ts', 'mine');
    expect(await place.run('init')).toMatchObject({ code: 0, out: expect.stringContaining('left as it is') });
    expect(readFileSync(mine, 'utf8')).toBe('mine');
  });

  it('writes no config beside one of another ending, which it would put out of use', async () => {
    place.write('nightshift.config.mjs', 'export default {};');
    const { code, out } = await place.run('init');
    expect(code).toBe(0);
    expect(out).toContain('nightshift.config.mjs: exists, left as it is');
    expect(() => statSync(join(place.folder, 'nightshift.config.ts'))).toThrow('ENOENT');
  });

  it('says what stands in its way', async () => {
    place.write('engines', 'a file');
    const { code, err } = await place.run('init');
    expect(code).toBe(1);
    expect(err).toMatch(/engines\/hello\.ts: found that it cannot be written \(EEXIST\)/);
    expect(err).not.toMatch(/^ +at /m);
  });
});
