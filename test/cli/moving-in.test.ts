/**
 * Moving in with the real command: a crontab becomes a config, is followed beside cron, and runs.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { entriesSince, type JournalEntry, journalAt, openJournal } from '../../src/shadow/journal.ts';
import { eventually } from '../eventually.ts';
import { Workplace } from './nightshift.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const nightshift = [process.execPath, '--conditions=nightshift-source', '--disable-warning=ExperimentalWarning', main];

let place: Workplace;
let started: ChildProcess[] = [];
beforeAll(() => {
  place = new Workplace();
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
});
afterAll(() => place.dispose());

const journal = () => entriesSince(journalAt(place.data), 0);
/** What the wrapper has noted, without when and which. */
const noted = () => journal().map(({ at: _, ...entry }) => ({ ...entry, run: undefined, key: undefined }));

function begin(args: readonly string[], input: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
  const [program = '', ...rest] = [...nightshift, ...args];
  const child = spawn(program, rest, { cwd: place.folder, stdio: [input, 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

const run = (args: readonly string[], input = '') => {
  const [program = '', ...rest] = [...nightshift, ...args];
  return spawnSync(program, rest, { cwd: place.folder, input, encoding: 'utf8', maxBuffer: 20_000_000 });
};

describe('a wrapped command', () => {
  const wrapped = (...command: string[]) => ['shadow', '--data', place.data, '--', ...command];
  beforeAll(() => openJournal(journalAt(place.data)));
  afterEach(() => {
    rmSync(journalAt(place.data), { recursive: true });
    openJournal(journalAt(place.data));
  });

  it('has its own streams, however much goes through them, and its own exit code', () => {
    const script = 'cat >&2; head -c 5000000 /dev/zero | tr "\\0" "x"; exit 7';
    const { status, stdout, stderr } = run(wrapped('sh', '-c', script, 'a b'), 'to read\n'.repeat(20_000));
    expect({ status, written: stdout.length, read: stderr }).toEqual({
      status: 7,
      written: 5_000_000,
      read: 'to read\n'.repeat(20_000),
    });
    expect(stdout.replaceAll('x', '')).toBe('');
    expect(noted()).toEqual([
      { kind: 'begun', name: 'sh' },
      { kind: 'ended', exitCode: 7, signal: null },
    ]);
  });

  it('gets the signals that the wrapper gets, and the wrapper ends by the one that ends it', async () => {
    const script = 'trap "echo usr1" USR1; echo ready; while :; do sleep 0.02; done';
    const child = begin(wrapped('sh', '-c', script));
    let out = '';
    child.stdout?.on('data', (data) => {
      out += data;
    });
    await eventually('the command', () => out.includes('ready'));
    child.kill('SIGUSR1');
    await eventually('its answer', () => out.includes('usr1'));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(noted().at(-1)).toEqual({ kind: 'ended', exitCode: null, signal: 'SIGTERM' });
  });

  it('runs though what would note it is broken, or takes nothing, or the wrapper gets nothing to run', () => {
    const broken = `data:text/javascript,${encodeURIComponent(
      "import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) {" +
        "if (/journal|noting/.test(url)) throw new SyntaxError('broken'); return next(url, context); } });",
    )}`;
    const [node = '', ...flags] = nightshift;
    const script = 'cat; echo on; exit 3';
    const words = ['--import', broken, ...flags, ...wrapped('sh', '-c', script)];
    expect(spawnSync(node, words, { cwd: place.folder, input: 'read\n', encoding: 'utf8' })).toMatchObject({
      status: 3,
      stdout: 'read\non\n',
      stderr: '',
    });
    expect(noted()).toEqual([]);
    // Somebody has put a folder where its file would be.
    mkdirSync(join(journalAt(place.data), `${new Date().toISOString().slice(0, 10)}.jsonl`));
    expect(run(wrapped('sh', '-c', script))).toMatchObject({ status: 3, stdout: 'on\n', stderr: '' });
    expect(run(['shadow', '--'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^shadow: found no command/),
    });
    expect(run(wrapped(''))).toMatchObject({
      status: 126,
      stderr: 'nightshift shadow: : cannot be run (ERR_INVALID_ARG_VALUE)\n',
    });
  });

  it('that is killed with its wrapper has begun, and no end', async () => {
    const child = begin(wrapped('sh', '-c', 'echo $$; exec sleep 60'));
    let out = '';
    child.stdout?.on('data', (data) => {
      out += data;
    });
    await eventually('what it noted', () => /\d\n/.test(out) && noted().length > 0);
    child.kill('SIGKILL');
    process.kill(Number(out), 'SIGKILL');
    await once(child, 'exit');
    expect(noted()).toEqual([{ kind: 'begun', name: 'sh' }]);
  });

  it('runs where nothing can be noted, and whatever the wrapper is told', () => {
    const nowhere = run([
      'shadow',
      '--data',
      '/nonexistent',
      '--frobnicate',
      '--engine',
      '--',
      'sh',
      '-c',
      'echo on; kill -KILL $$',
    ]);
    expect(nowhere).toMatchObject({ stdout: 'on\n', stderr: '', signal: 'SIGKILL' });
    const file = place.write('no-folder', '');
    expect(run(['shadow', `--data=${file}`, '--', 'true'])).toMatchObject({ status: 0, stderr: '' });
    expect(run(wrapped('/nonexistent'))).toMatchObject({
      status: 127,
      stdout: '',
      stderr: expect.stringContaining('/nonexistent'),
    });
    expect(noted()).toEqual([
      { kind: 'begun', name: 'nonexistent' },
      { kind: 'ended', exitCode: 127, signal: null },
    ]);
  });
});

describe('a crontab', { timeout: 180_000 }, () => {
  const { username } = userInfo();
  const crontab = () => `# What the shop needs
MAILTO=ada@example.com
GREETING="  it's  "
*/5 * * * * cat > '${place.folder}/stdin.txt'; env > '${place.folder}/env.txt'; pwd >> '${place.folder}/env.txt'%100\\% of it%done
0 4 * * * exit 3
61 * * * * never
`;

  it('becomes a config, and no config is lost to it', async () => {
    const file = place.write('jobs.cron', crontab());
    const done = await place.run('import', 'crontab', file);
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toContain(`${file}: 2 of 3 jobs carried over`);
    expect(done.out).toContain("not carried over, line 6: '61' is no minute");
    expect(readFileSync(file, 'utf8')).toBe(crontab());
    const config = join(place.folder, 'nightshift.config.ts');
    expect(statSync(config).mode & 0o777).toBe(0o600);
    const text = readFileSync(config, 'utf8');
    const again = await place.run('import', 'crontab', file);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toContain('found a file there already');
    expect(run(['import', 'crontab', '-', '--out', '-', '--json'], crontab())).toMatchObject({ status: 0, stderr: '' });
    const forced = await place.run('import', 'crontab', file, '--force', '--json');
    expect(JSON.parse(forced.out)).toMatchObject({
      file: config,
      engines: [{ id: 'cat' }, { id: 'exit' }],
    });
    expect(readFileSync(config, 'utf8')).toBe(text);
    // Not even --force replaces what it reads.
    symlinkSync(file, join(place.folder, 'link.cron'));
    for (const out of [file, 'link.cron'])
      expect(await place.run('import', 'crontab', file, '--out', out, '--force')).toMatchObject({
        code: 2,
        err: expect.stringContaining('found what the jobs were read from'),
      });
    expect(readFileSync(file, 'utf8')).toBe(crontab());
    const none = await place.run('import', 'crontab', place.write('empty.cron', '# nothing\n'), '--out', 'x.ts');
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('found no job in it') });
  });

  it('that is not UTF-8 keeps each of its bytes when it is wrapped, and what is odd in it reaches no terminal', () => {
    const lines = [
      '# caf\xe9\x1b[2J',
      'GREETING=\xa0',
      "0 0 * * * echo 'caf\xc3\xa9'",
      '1\x1b[31m 0 * * * x',
      '0 0 * * * \xff',
    ];
    const file = join(place.folder, 'latin.cron');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''), 'latin1');
    const [program = '', ...rest] = [...nightshift, 'shadow', 'crontab', file];
    const printed = spawnSync(program, rest, { cwd: place.folder });
    const [comment, setting, wrapped, wrong, odd] = String(printed.stdout.toString('latin1')).split('\n');
    expect([comment, setting, wrong, odd]).toEqual([lines[0], lines[1], lines[3], lines[4]]);
    expect(wrapped).toContain("nightshift_line='echo '\\''caf\xc3\xa9'\\'''; [ -x ");
    const all = [String(printed.stderr), run(['import', 'crontab', file, '--out', '-']).stdout].join('');
    expect(all).toContain("'1\\u001b[31m' is no minute");
    expect(all).not.toMatch(/[^\P{Cc}\n]/u);
    expect(run(['shadow', 'crontab', file, '--json'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('found bytes that are not UTF-8, which JSON cannot hold'),
    });
  });

  it('keeps a line that its cron would refuse with the wrapper, and so the whole table', () => {
    const long = `* * * * * echo ${'x'.repeat(900)}`;
    const file = place.write('long.cron', `${long}\n* * * * * echo short\n`);
    const printed = run(['shadow', 'crontab', file, '--cron', 'debian']);
    const [first, second] = printed.stdout.split('\n');
    expect(first).toBe(long);
    expect(second).toContain("nightshift_line='echo short'");
    expect(printed.stderr).toMatch(
      /^line 1: left as it is\. With the wrapper its command has \d{4} bytes, and Debian's cron takes 998\. Put what it does into a script/,
    );
    expect(run(['shadow', 'crontab', file, '--cron', 'cronie']).stderr).toBe('');
  });

  it('is followed, with a wrapper in its lines that they can do without', async () => {
    const shadow = begin(['start', '--shadow']);
    let log = '';
    shadow.stdout?.on('data', (data) => {
      log += data;
    });
    await eventually(
      'the shadow',
      () => log.includes('shadow.following'),
      () => log,
    );
    const printed = run(['shadow', 'crontab', join(place.folder, 'jobs.cron')]);
    expect(printed.stderr).toContain("line 6: left as it is. '61' is no minute");
    const [, , , wrapped = '', failing = '', left] = printed.stdout.split('\n');
    expect(left).toBe('61 * * * * never');
    // As cron takes a line: up to the first percent sign, with those that are escaped as they are.
    const line = (text: string) =>
      text
        .replace(/^\S+ \S+ \S+ \S+ \S+ /, '')
        .replace(/(?<!\\)%.*$/, '')
        .replaceAll('\\%', '%');
    const asCron = { env: { SHELL: '/bin/sh', PATH: '/usr/bin:/bin' }, input: '100% of it\ndone\n', cwd: homedir() };
    expect(spawnSync('/bin/sh', ['-c', line(failing)], asCron).status).toBe(3);
    execFileSync('/bin/sh', ['-c', line(wrapped)], asCron);
    expect(readFileSync(join(place.folder, 'stdin.txt'), 'utf8')).toBe('100% of it\ndone\n');
    // Without nightshift, or Node, the job is what it was.
    rmSync(join(place.folder, 'stdin.txt'));
    execFileSync('/bin/sh', ['-c', line(wrapped).replaceAll(main, '/gone/main.js')], asCron);
    expect(readFileSync(join(place.folder, 'stdin.txt'), 'utf8')).toBe('100% of it\ndone\n');
    const begun = journal().filter((entry): entry is JournalEntry & { kind: 'begun' } => entry.kind === 'begun');
    expect(begun.map(({ engine }) => engine)).toEqual(['exit', 'cat']);

    const status = await place.run('status');
    expect(status).toMatchObject({ code: 1, err: expect.stringContaining('a shadow follows the schedule there') });
    for (const asked of [['why', 'cat'], ['history', 'cat'], ['metrics'], ['report'], ['backup']]) {
      const said = await place.run(...asked);
      expect(said).toMatchObject({ code: 1, err: expect.stringContaining('a shadow follows the schedule there') });
    }
    expect((await place.run('doctor')).out).toMatch(/^ok {7}service .* follows the schedule, and runs nothing/m);
    expect(await place.run('start', '--shadow')).toMatchObject({
      code: 1,
      err: expect.stringContaining('in use by process'),
    });
    shadow.kill('SIGTERM');
    expect(await once(shadow, 'exit')).toEqual([0, null]);
    expect(existsSync(join(place.data, 'shadow/following'))).toBe(false);
    const report = await place.run('shadow', 'report', '--json');
    const { engines } = JSON.parse(report.out);
    expect(engines).toMatchObject([
      { id: 'cat', ran: 1 },
      { id: 'exit', ran: 1 },
    ]);
    expect((await place.run('shadow', 'report', '--days', 'all')).code).toBe(2);
    // Nothing has run by itself.
    expect(existsSync(join(place.data, 'nightshift.db'))).toBe(true);
    expect(existsSync(join(place.data, 'api.json'))).toBe(false);
  });

  it('runs its lines as cron does, in the same environment', async () => {
    const service = await place.start();
    for (const name of ['stdin.txt', 'env.txt']) rmSync(join(place.folder, name), { force: true });
    await place.runOnce(service, 'cat');
    await service.end('SIGTERM');
    expect(readFileSync(join(place.folder, 'stdin.txt'), 'utf8')).toBe('100% of it\ndone\n');
    const lines = readFileSync(join(place.folder, 'env.txt'), 'utf8').trimEnd().split('\n');
    const home = homedir();
    const expected = [
      'SHELL=/bin/sh',
      'PATH=/usr/bin:/bin',
      `HOME=${home}`,
      `LOGNAME=${username}`,
      `USER=${username}`,
      'MAILTO=ada@example.com',
      "GREETING=  it's  ",
      `PWD=${home}`,
      home,
    ];
    const own = lines.filter((each) => !/^(?:NIGHTSHIFT_\w+|LANG|LC_ALL|OLDPWD|SHLVL|_)=/.test(each));
    expect(own.sort()).toEqual(expected.sort());
  });
});

it('units stay as they are, too, whatever an import is told to replace', async () => {
  mkdirSync(join(place.folder, 'units/tidy.service.d'), { recursive: true });
  const timer = place.write('units/tidy.timer', '[Timer]\nOnCalendar=daily\n');
  const service = place.write('units/tidy.service', '[Service]\nExecStart=/bin/true\n');
  const more = place.write('units/tidy.service.d/more.conf', '[Service]\nNice=5\n');
  const texts = () => [timer, service, more].map((file) => readFileSync(file, 'utf8'));
  const before = texts();
  for (const out of [timer, service, more])
    expect(await place.run('import', 'systemd', timer, '--out', out, '--force')).toMatchObject({
      code: 2,
      err: expect.stringContaining('found what the jobs were read from'),
    });
  expect(texts()).toEqual(before);
  // What differs of all of them stands at the top.
  const { out } = await place.run('import', 'systemd', timer, '--out', '-');
  expect(out).toContain('- What is due while the machine sleeps is missed without Persistent= (catchUp)');
});
