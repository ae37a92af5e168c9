import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { UploadDefinition } from '../../src/config/housekeeping-definition.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { startedAlone, upload } from '../../src/engines/upload.ts';
import { classify } from '../../src/policies/classify.ts';
import { processOf } from '../../src/processes/process-table.ts';
import { eventually } from '../eventually.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-upload-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = '/copies/nightshift-2026-11-23T02-30-00Z.db';
const node = (script: string, ...args: string[]) => ['node', '-e', script, ...args];

function uploading(definition: UploadDefinition, signal = new AbortController().signal) {
  const { backup } = resolveConfig({ builtIn: { backup: { upload: definition } } }, {}, folder).builtIn;
  const listener = (name: string) => ({
    line: (line: string) => void said.push(`${name}: ${line}`),
    leftOut: () => {},
    alive: () => {},
  });
  const ports = {
    clock: systemClock,
    env: { ...process.env, OTHER: 'x' },
    signal,
    started: startedAlone(systemClock),
    out: listener('out'),
    err: listener('err'),
  };
  return upload(backup?.upload ?? fail(), file, ports);
}

function fail(): never {
  throw new Error('there is no upload');
}

it('tells the program which file, without a shell between them', async () => {
  const script =
    'console.log(JSON.stringify([process.argv.slice(1), process.env.NIGHTSHIFT_BACKUP, process.env.OTHER]))';
  await uploading({ run: node(script, 'copyto', '{file}', 'far:$HOME;{name}') });
  const args = ['copyto', file, 'far:$HOME;nightshift-2026-11-23T02-30-00Z.db'];
  expect(said).toEqual([`out: ${JSON.stringify([args, file, null])}`]);
});

it('takes a line for a shell where somebody has written one', async () => {
  await uploading({ run: 'echo "$NIGHTSHIFT_BACKUP" | tr a-z A-Z', shell: true });
  expect(said).toEqual([`out: ${file.toUpperCase()}`]);
});

describe('a failure', () => {
  const failureOf = async (definition: UploadDefinition) =>
    classify(await uploading(definition).catch((error) => error), 0);

  it('says that the backup stays, what to do, how the program ended, and what it said', async () => {
    expect(await failureOf({ run: node("console.error('no room there'); process.exit(3)") })).toMatchObject({
      class: 'bug',
      code: 'EXIT_3',
      message: `${file}: found its upload failed, expected a copy elsewhere; the backup itself is whole, and stays. Mend what is wrong, then make another one: nightshift backup. upload: its program ended with the exit code 3 (bug). It said: no room there`,
    });
    expect(said).toEqual(['err: no room there']);
  });

  it.each([
    ['no such program', { run: ['no-such-program'] }, 'ENOENT', /could not be started: there is no program/],
    [
      'a program that was cut off',
      { run: node('process.kill(process.pid, 9)') },
      'SIGNAL_SIGKILL',
      /ended by SIGKILL\.$/,
    ],
    ['a code that would hold an engine', { run: node('process.exit(69)') }, 'EXIT_69', /degraded/],
    [
      'a code that would halt it',
      { run: node('process.exit(7)'), exitCodes: { 7: 'fatal' as const } },
      'EXIT_7',
      /fatal/,
    ],
  ])('is none that keeps the next backup from being made: %s', async (_, definition, code, message) => {
    const failure = await failureOf(definition);
    expect(failure).toMatchObject({ class: 'bug', code, message: expect.stringMatching(message) });
  });

  it('is a program that does not end: it is ended, with what it has started', async () => {
    const pids = join(folder, 'pids');
    const child = "const { pid } = require('child_process').spawn('sleep', ['1000'], { stdio: 'ignore' })";
    const script = `${child}; require('fs').writeFileSync('pids', process.pid + ' ' + pid); setInterval(() => {}, 1000)`;
    const failure = await failureOf({ run: node(script), timeout: '1500ms' });
    expect(failure).toMatchObject({
      class: 'bug',
      code: 'TIMEOUT',
      message: expect.stringMatching(/at work for 1\.5s.* To give it longer: timeout in builtIn\.backup\.upload/),
    });
    const [program, sleep] = readFileSync(pids, 'utf8').split(' ').map(Number);
    expect([processOf(program ?? 0), processOf(sleep ?? 0)]).toEqual([undefined, undefined]);
  });
});

it('ends the program when it is told to stop, and says why', async () => {
  const abort = new AbortController();
  const running = uploading(
    { run: node("require('fs').writeFileSync('begun', ''); setInterval(() => {}, 1000)") },
    abort.signal,
  );
  const ended = running.catch((error) => error);
  await eventually(
    'the program',
    () => existsSync(join(folder, 'begun')) || undefined,
    () => said.join('\n'),
  );
  abort.abort(new Error('the service stops'));
  expect(await ended).toEqual(new Error('the service stops'));
});
