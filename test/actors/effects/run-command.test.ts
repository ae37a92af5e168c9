/**
 * Commands: real programs under the real host.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type CommandOptions, command, env } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processOf } from '../../../src/processes/process-table.ts';
import { eventually } from '../../eventually.ts';
import { Workplace } from './workplace.ts';

let place: Workplace;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-command-'));
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const node = process.execPath;
const file = (name: string) => join(folder, name);
const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : undefined);
const numbersIn = (name: string) => (read(name) ?? '').trim().split('\n').filter(Boolean).map(Number);

async function open(script: string, options: Partial<CommandOptions> = {}) {
  place = await Workplace.open({
    engines: [
      command('job', {
        retry: { tries: 2, base: '1s', jitter: 'none' },
        maxFailures: 99,
        cwd: folder,
        ...options,
        run: options.run ?? [node, '-e', script],
      }),
    ],
  });
}

describe('a program', () => {
  it('that ends with 0 is a success: its output is how many lines it printed', async () => {
    await open("console.log('one\\n\\ntwo'); console.error('three')");
    expect(await place.run('job')).toMatchObject({ last: { result: 'success' }, lastGood: 2 });
  });

  it('may write its output, and gets that of its last success', async () => {
    await open(
      `const { NIGHTSHIFT_LAST_GOOD: before, NIGHTSHIFT_OUTPUT: output } = process.env;
       const { readFileSync, writeFileSync } = require('fs');
       writeFileSync(output, JSON.stringify({ n: before ? JSON.parse(readFileSync(before, 'utf8')).n + 1 : 1 }));`,
    );
    expect((await place.run('job')).lastGood).toEqual({ n: 1 });
    expect((await place.run('job')).lastGood).toEqual({ n: 2 });
  });

  it('that left a pipe and a folder in the place of its files, and failed by that, has files again at its next attempt', async () => {
    await open(
      `const { NIGHTSHIFT_LAST_GOOD: before, NIGHTSHIFT_OUTPUT: output } = process.env;
       const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('fs');
       if (before && !existsSync('once')) {
         rmSync(before);
         require('child_process').execFileSync('mkfifo', [before]);
         mkdirSync(output);
         writeFileSync('once', '');
         process.exit(75);
       }
       writeFileSync(output, JSON.stringify({ n: before ? JSON.parse(readFileSync(before, 'utf8')).n + 1 : 1 }));`,
    );
    expect((await place.run('job')).lastGood).toEqual({ n: 1 });
    const second = place.run('job');
    await place.state('engine/job', 'backoff');
    await place.clock.advance(1_000);
    expect((await second).lastGood).toEqual({ n: 2 });
  });

  it.each([
    ['75', 'process.exit(75)', { class: 'recoverable', code: 'EXIT_75' }],
    ['69', 'process.exit(69)', { class: 'degraded', code: 'EXIT_69' }],
    ['77', 'process.exit(77)', { class: 'critical', code: 'EXIT_77' }],
    ['3', "console.error('no paper'); process.exit(3)", { class: 'bug', code: 'EXIT_3' }],
    ['4', 'process.exit(4)', { class: 'fatal', code: 'EXIT_4' }],
    ['a signal', "process.kill(process.pid, 'SIGSEGV')", { class: 'recoverable', code: 'SIGNAL_SIGSEGV' }],
    [
      'a pipe in the place of its output',
      "require('child_process').execFileSync('mkfifo', [process.env.NIGHTSHIFT_OUTPUT])",
      { class: 'bug', code: 'OUTPUT_INVALID' },
    ],
    [
      'an output that is none',
      "require('fs').writeFileSync(process.env.NIGHTSHIFT_OUTPUT, '')",
      { class: 'bug', code: 'OUTPUT_INVALID' },
    ],
  ])('that ends with %s fails as that says', async (_, script, expected) => {
    await open(script, { exitCodes: { 4: 'fatal' } });
    await place.trigger('job');
    const { context } = await place.reached('engine/job', ({ context: { failure } }) => failure !== null);
    expect(context.failure).toMatchObject(expected);
    if (expected.code === 'EXIT_3') expect(context.failure?.message).toContain('It said: no paper');
  });

  it.each([
    ['that there is not', { run: ['no-such-program'] }, 'ENOENT', "there is no program 'no-such-program' on its PATH."],
    ['in a folder that there is not', { cwd: '/no/such' }, 'ENOENT', 'there is no folder /no/such.'],
    [
      'whose interpreter there is not',
      { run: ['./job.py'] },
      'ENOENT',
      "'./job.py' is there, and what its first line names (#!) is not.",
    ],
    ['that may not be executed', { run: ['/etc/passwd'] }, 'EACCES', "'/etc/passwd' may not be executed."],
  ])('%s halts its engine by name', async (_, options, code, message) => {
    writeFileSync(file('job.py'), '#!/no/such/python\n', { mode: 0o755 });
    await open('', options);
    await place.run('job');
    expect(place.at('engine/job')).toMatchObject({ value: 'halted', context: { failure: { code } } });
    expect(place.at('engine/job').context.failure?.message).toContain(message);
  });

  it('is a success only when it has done what it should', async () => {
    await open('', { minOutput: 1 });
    expect((await place.run('job')).failure?.code).toBe('OUTPUT_UNEXPECTED');
  });

  it('gets what it is given and what is on the list, and nothing else', async () => {
    process.env.NIGHTSHIFT_TEST_SECRET = 'hidden';
    await open("require('fs').writeFileSync('env.json', JSON.stringify(process.env))", {
      env: { MODE: 'night' },
      inherit: ['PATH'],
    });
    await place.run('job');
    const { PATH, MODE, ...rest } = JSON.parse(read('env.json') ?? '{}');
    expect([PATH, MODE]).toEqual([process.env.PATH, 'night']);
    const others = Object.keys(rest).filter((name) => !name.startsWith('NIGHTSHIFT_') && !name.startsWith('__'));
    expect(others).toEqual([]);
    expect(rest).not.toHaveProperty('NIGHTSHIFT_TEST_SECRET');
    expect(rest).toMatchObject({
      NIGHTSHIFT_ENGINE: 'job',
      NIGHTSHIFT_ATTEMPT: '1',
      NIGHTSHIFT_DUE_AT: expect.stringMatching(/Z$/),
    });
    delete process.env.NIGHTSHIFT_TEST_SECRET;
  });

  it('keeps a checkpoint between the attempts of a run, through a crash, and not beyond the run', async () => {
    await open(
      `const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('fs');
       const file = process.env.NIGHTSHIFT_CHECKPOINT;
       const page = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 1;
       appendFileSync('pages.txt', page + '\\n');
       writeFileSync(file, String(page + 1));
       if (page < 3) process.exit(75);`,
      { retry: { tries: 5, base: '1s', jitter: 'none' } },
    );
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    await place.crash();
    await place.clock.advance(1_000);
    await place.reached('engine/job', ({ context }) => context.run?.attempt === 2);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(10_000);
    await place.reached('engine/job', ({ context }) => context.last !== null);
    await place.trigger('job');
    await place.state('engine/job', 'backoff');
    expect(numbersIn('pages.txt')).toEqual([1, 2, 3, 1]);
  });

  it('starts each run without what earlier ones have kept, and leaves nothing when it ends well', async () => {
    await open(
      `const { existsSync, readdirSync, writeFileSync } = require('fs');
       writeFileSync(process.env.NIGHTSHIFT_CHECKPOINT, 'page 1');
       writeFileSync('folders.txt', readdirSync(require('path').join(process.env.NIGHTSHIFT_CHECKPOINT, '../..')).join('\\n'));
       if (!existsSync('well')) process.exit(3);`,
    );
    const kept = () => readdirSync(join(place.folder, 'commands/job'));
    const first = await place.run('job');
    expect(kept()).toEqual([first.last?.run]);
    const second = await place.run('job');
    expect([kept(), read('folders.txt')]).toEqual([[second.last?.run], second.last?.run]);
    writeFileSync(file('well'), '');
    expect((await place.run('job')).last?.result).toBe('success');
    expect(kept()).toEqual([]);
  });

  it('may write 256 KB as its output, and no more', async () => {
    const json = "JSON.stringify('x'.repeat(256 * 1024 - 2 + Number(existsSync('more'))))";
    await open(
      `const { existsSync, writeFileSync } = require('fs'); writeFileSync(process.env.NIGHTSHIFT_OUTPUT, ${json})`,
    );
    expect((await place.run('job')).last?.result).toBe('success');
    writeFileSync(file('more'), '');
    const { failure } = await place.run('job');
    expect(failure).toMatchObject({ class: 'bug', code: 'OUTPUT_INVALID' });
    expect(failure?.message).toContain('found 262.1kB, expected at most 262.1kB');
  });

  it('inherits by default what programs need, by name', async () => {
    const needed = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
    const before = { ...process.env };
    for (const name of needed) process.env[name] ??= name === 'TMPDIR' ? tmpdir() : 'C';
    process.env.NIGHTSHIFT_TEST_SECRET = 'hidden';
    try {
      await open("require('fs').writeFileSync('env.json', JSON.stringify(Object.keys(process.env)))");
      await place.run('job');
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    }
    const names: string[] = JSON.parse(read('env.json') ?? '[]');
    expect(names).toEqual(expect.arrayContaining(needed));
    expect(names).not.toContain('NIGHTSHIFT_TEST_SECRET');
  });

  it.each([
    ['lines', 'for (let n = 0; n < 1100; n++) console.log(n)', "console.log('here')"],
    ['a bar that never ends its line', '0', "process.stderr.write('#')"],
  ])('makes progress for as long as it prints %s', async (_, first, then) => {
    // It prints when it is asked to.
    await open(
      `const { existsSync, writeFileSync, unlinkSync } = require('fs');
       ${first};
       setInterval(() => { if (existsSync('print')) { unlinkSync('print'); ${then}; } }, 10);
       writeFileSync('ready', '');`,
      { progressWithin: '2m', timeout: '1h', retry: { tries: 1 } },
    );
    await place.trigger('job');
    await eventually('the program', () => existsSync(file('ready')));
    for (let n = 0; n < 3; n++) {
      await place.clock.advance(90_000);
      writeFileSync(file('print'), '');
      await eventually('two minutes more', () => place.clock.next() === place.clock.now() + 120_000);
    }
    expect(place.at('engine/job').value).toBe('running');
    await place.clock.advance(120_000);
    expect((await place.reached('engine/job', ({ context }) => context.failure !== null)).context.failure?.code).toBe(
      'RUN_STALLED',
    );
  });

  it('that prints without end fills no log, and fails no run', async () => {
    await open("for (let n = 0; n < 5000; n++) console.log(n); console.log('x'.repeat(100000))");
    expect((await place.run('job')).lastGood).toBe(5_001);
    const said = place.lines
      .filter(({ run }) => run !== undefined)
      .map(({ msg, stream, count }) => [msg, stream, count]);
    expect(said.filter(([msg]) => msg === 'command.out')).toHaveLength(1_000);
    expect(said).toContainEqual(['command.lines.left.out', 'stdout', 4_001]);
  });

  it('reads what it is to read on its stdin, exactly', async () => {
    const stdin = ' two lines\n of "text"';
    await open('', { run: 'cat > read.txt', shell: true, stdin, env: { EMPTY: '', WIDE: ' a ' } });
    expect(await place.run('job')).toMatchObject({ last: { result: 'success' } });
    expect(read('read.txt')).toBe(stdin);
  });

  it('that reads nothing of it is none the worse', async () => {
    await open('', { run: ['true'], stdin: 'x'.repeat(1_000_000) });
    expect(await place.run('job')).toMatchObject({ last: { result: 'success' } });
  });

  it('may be a line for the shell, when that is asked for', async () => {
    await open('', { run: 'echo one && echo two > two.txt', shell: true });
    expect((await place.run('job')).lastGood).toBe(1);
    expect(read('two.txt')).toBe('two\n');
  });
});

// Each waits for real processes twice, and each wait gives up before the test does.
describe('a program that has started others', { timeout: 180_000 }, () => {
  /** Writes the pid of itself and of what it starts; none of them ends when it is asked to. */
  const stubborn = `
    const { spawn } = require('child_process');
    const { appendFileSync } = require('fs');
    process.on('SIGTERM', () => {});
    appendFileSync('pids.txt', process.pid + '\\n');
    if (process.argv[1] !== 'leaf') {
      for (const apart of [{}, { detached: true }]) {
        spawn(process.execPath, ['-e', require('fs').readFileSync('script.js', 'utf8'), 'leaf'], { ...apart, stdio: 'inherit' });
      }
    }
    setInterval(() => {}, 1000);`;
  const note = "require('fs').appendFileSync('pids.txt', process.pid + '\\n')";
  const memoryOf = (pid: number) => processOf(pid)?.memoryBytes ?? 0;
  const alive = () => numbersIn('pids.txt').filter((pid) => processOf(pid));
  const allThere = () => eventually('all three', () => alive().length === 3);

  beforeEach(() => writeFileSync(file('script.js'), stubborn));

  it.each([
    ['its time is up', () => place.clock.advance(600_000)],
    ['it is paused', () => place.host.send('engine/job', { type: 'engine.pause' })],
    ['the service stops', () => place.host.stop()],
  ])('is ended with all of them when %s', async (_, end) => {
    // One of them is neither of its group nor has its mark: it is known by whose child it is.
    await open(stubborn.replace('{ detached: true }', '{ detached: true, env: {} }'), { timeout: '10m' });
    await place.trigger('job');
    await allThere();
    await end();
    await eventually('the end of all', () => alive().length === 0);
  });

  it('is ended with all of them when together they hold too much memory, and none of them alone', async () => {
    const hogs = `const held = Buffer.alloc(100e6, 1); ${stubborn.replace('() => {}, 1000', '() => held.length, 1000')}`;
    writeFileSync(file('script.js'), hogs);
    await open(hogs, { memory: '280MB' });
    await place.trigger('job');
    await allThere();
    expect(Math.max(...alive().map(memoryOf))).toBeLessThan(250e6);
    await place.clock.advance(1_000);
    await eventually('the end of all', () => alive().length === 0);
    const { context } = await place.state('engine/job', 'backoff');
    expect(context.failure?.code).toBe('MEMORY_EXCEEDED');
  });

  // Who has lost its parent and left the group is known by its mark, which only Linux shows.
  it.runIf(process.platform === 'linux')("holds what one holds that is nobody's child any more", async () => {
    const leaf = `${note}; const held = Buffer.alloc(200e6, 1); setInterval(() => held.length, 1000)`;
    const middle = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(leaf)}], { detached: true, stdio: 'ignore' }).unref()`;
    await open(
      `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(middle)}]); setInterval(() => {}, 1000)`,
      {
        memory: '180MB',
      },
    );
    await place.trigger('job');
    await eventually('the one', () => alive().some((pid) => memoryOf(pid) > 200e6));
    await place.clock.advance(1_000);
    await eventually('the end of it', () => alive().length === 0);
    expect((await place.state('engine/job', 'backoff')).context.failure?.code).toBe('MEMORY_EXCEEDED');
  });

  it('has ended when it has, whoever keeps its output open', async () => {
    // A daemon that has lost its parent, left the group and cleared its environment is found by nobody.
    const leaf = `${note}; setInterval(() => {}, 1000)`;
    const middle = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(leaf)}], { detached: true, env: {}, stdio: 'inherit' }).unref()`;
    await open(
      `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(middle)}], { stdio: 'inherit' }); console.log('done')`,
    );
    await place.trigger('job');
    try {
      await eventually('the daemon', () => alive().length === 1);
      await eventually('the end of the run', async () => {
        await place.clock.advance(1_000);
        return place.at('engine/job').context.last;
      });
      expect(place.at('engine/job').context).toMatchObject({ last: { result: 'success' }, lastGood: 1 });
    } finally {
      for (const pid of alive()) process.kill(pid, 'SIGKILL');
    }
  });

  it('is waited for by the next attempt, which would write into the same files', async () => {
    // It takes its time to end, and writes until then.
    await open(
      `const { appendFileSync } = require('fs');
       process.on('SIGTERM', () => setTimeout(() => { appendFileSync('story.txt', 'end\\n'); process.exit(); }, 500));
       appendFileSync('story.txt', 'begin\\n');
       setInterval(() => {}, 1000);`,
      { timeout: '1m', retry: { tries: 3, base: '1ms', jitter: 'none' } },
    );
    await place.trigger('job');
    await eventually('the first attempt', () => read('story.txt') === 'begin\n');
    await place.clock.advance(60_000);
    await place.state('engine/job', 'backoff');
    await place.clock.advance(1);
    await eventually('the second attempt', () => (read('story.txt') ?? '').split('begin').length === 3);
    expect(read('story.txt')).toBe('begin\nend\nbegin\n');
  });

  it('leaves none of them behind when it ends by itself', async () => {
    await open(`${stubborn.replace('setInterval(() => {}, 1000);', '')}
      if (process.argv[1] === 'leaf') setInterval(() => {}, 1000);
      else setTimeout(() => process.exit(0), 500);`);
    await place.trigger('job');
    await eventually('the first', () => numbersIn('pids.txt').length > 0);
    await eventually('the end of the run', () => place.at('engine/job').context.last !== null);
    await nextTurn();
    const inGroup = numbersIn('pids.txt').filter((pid) => processOf(pid));
    expect(inGroup).toEqual([]);
  });

  it('is not taken for one of another service, whose runs have the same ids', async () => {
    const options = { engines: [command('job', { cwd: folder, run: [node, '-e', stubborn] })] };
    const other = await Workplace.open(options);
    place = await Workplace.open(options);
    for (const each of [other, place]) await each.trigger('job');
    await eventually('both families', () => alive().length === 6);
    expect(place.at('engine/job').context.run?.id).toBe(other.at('engine/job').context.run?.id);
    await other[Symbol.asyncDispose]();
    expect(alive()).toHaveLength(3);
  });
});

describe('what a program is given', () => {
  it('from the environment of the service is out of sight', async () => {
    await open('', { env: { KEY: env('NIGHTSHIFT_NO_SUCH', 'a-long-key') } });
    await place.run('job');
    expect(JSON.stringify(place.at('engine/job'))).not.toContain('a-long-key');
  });
});
