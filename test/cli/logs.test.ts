import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logs as readLogs } from '../../src/cli/logs.ts';
import { localText } from '../../src/policies/calendar-day.ts';
import { logFilesIn } from '../../src/telemetry/rolling-file.ts';
import { eventually } from '../eventually.ts';
import { withoutPrivileges } from '../privileges.ts';
import { type Running, Workplace } from './nightshift.ts';

let place: Workplace;

interface Line {
  msg: string;
  [fact: string]: unknown;
}

const config = `
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  timeZone: 'Asia/Kathmandu',
  builtIn: { health: false, resources: false },
  log: { files: { size: '100kB', keep: 3 } },
  engines: [
    engine('tick', { every: '500ms', run: ({ step }) => step('one', () => 1) }),
    engine('wordy', { run: ({ log }) => {
      for (let n = 0; n < 20; n++) log.info({ n, fill: 'x'.repeat(1_000) }, 'word');
      log.debug('whispered');
      return 1;
    } }),
  ],
});
`;

function inFiles(): Line[] {
  return logFilesIn(join(place.data, 'logs')).flatMap((file) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  );
}

const onStdout = (log: string) => log.split('\n').flatMap((line) => (/^\{.*\}$/.test(line) ? JSON.parse(line) : []));

async function logs(...args: string[]): Promise<Line[]> {
  const { code, out, err } = await place.run('logs', '--json', ...args);
  expect([code, err]).toEqual([0, '']);
  return out === ''
    ? []
    : (out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)) as Line[]);
}

describe('of a running service', { timeout: 180_000 }, () => {
  let service: Running;
  beforeAll(async () => {
    place = new Workplace();
    place.write('nightshift.config.ts', config);
    service = await place.start();
  });
  afterAll(() => place.dispose());

  it('follows what is said, and ends when nobody reads any more', async () => {
    const { code, out } = await place.runInto('head -n 3', 'logs', '-f', '--engine', 'tick', '--json');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
  });

  it('changes the level of one engine while the service runs, and back', async () => {
    const whispers = () => inFiles().filter(({ msg }) => msg === 'whispered').length;
    const runs = () => inFiles().filter(({ msg, actor }) => msg === 'run.succeeded' && actor === 'engine/wordy').length;
    const once = async (before: number) => {
      await place.run('trigger', 'wordy');
      await eventually('a run', () => runs() > before || undefined, service.log);
    };
    await once(0);
    expect(whispers()).toBe(0);

    expect((await place.run('log-level', 'debug', '--engine', 'wordy')).out).toBe('info for all\ndebug for wordy\n');
    await once(1);
    expect(whispers()).toBe(1);
    const debug = inFiles().filter(({ level }) => level === 20);
    expect(debug.filter(({ actor, engine }) => actor !== 'engine/wordy' && engine !== 'wordy')).toEqual([]);

    expect((await place.run('log-level', 'default', '--engine', 'wordy')).out).toBe('info for all\n');
    await once(2);
    expect(whispers()).toBe(1);

    expect((await place.run('log-level', 'debug', '--json')).out).toBe('{"level":"debug","engines":{}}\n');
    await eventually('routine', () => inFiles().some(({ actor, step }) => actor === 'engine/tick' && step === 'one'));
    expect((await place.run('log-level', 'default')).out).toBe('info for all\n');
    expect(await place.run('log-level', 'warn', '--engine', 'wordi')).toMatchObject({
      code: 2,
      err: "wordi: there is no such engine. Did you mean 'wordy'? `nightshift status` lists them all.\n",
    });
  });

  it('shows what the files hold: of an engine, a run, a time and a level, while the service runs and after it', async () => {
    await place.run('trigger', 'wordy');
    const end = () => inFiles().find(({ actor, msg }) => actor === 'engine/wordy' && msg === 'run.succeeded');
    const { run } = await eventually('the end of the run', end, service.log);
    await eventually('a run of the other', () => inFiles().some(({ actor }) => actor === 'engine/tick'));

    const ofRun = await logs('--run', String(run));
    expect(ofRun.filter(({ msg }) => msg === 'word')).toHaveLength(20);
    expect(new Set(ofRun.map((line) => line.run))).toEqual(new Set([run]));
    const ofEngine = await logs('--engine', 'wordy', '--since', '5m');
    expect(ofEngine.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['state.changed', 'word', 'run.succeeded']));
    expect(ofEngine.filter(({ actor, engine }) => actor !== 'engine/wordy' && engine !== 'wordy')).toEqual([]);
    expect(await logs('--level', 'error')).toEqual([]);

    expect(await service.end('SIGTERM')).toBe(0);
    expect((await logs('-n', '1')).map(({ msg }) => msg)).toEqual(['service.stopped']);
    const shown = await place.run('logs', '--engine', 'wordy', '--lines', '1');
    expect(shown.out).toMatch(/^\[.*\] INFO: run\.succeeded actor=engine\/wordy from=running to=idle\.onDemand .*\n$/);
    const [last] = await logs('--engine', 'wordy', '--lines', '1');
    const there = localText('Asia/Kathmandu', Number(last?.time));
    expect(shown.out).toContain(there.slice(-5));
    expect(await logs('--engine', 'wordy', '-n', '1', '--since', there)).toEqual([last]);
    // Five past midnight there.
    inLog(999, `${JSON.stringify({ level: 30, time: Date.parse('2020-01-01T18:20Z'), msg: 'at night' })}\n`);
    const since = async (day: string) => (await logs('--since', day)).filter(({ msg }) => msg === 'at night').length;
    expect([await since('2020-01-02'), await since('2020-01-03')]).toEqual([1, 0]);
  });
});

describe('without a service', () => {
  beforeEach(() => {
    place = new Workplace();
    place.write('nightshift.config.ts', config);
  });
  afterEach(() => place.dispose());

  it.each([
    [['logs', '--since', 'soon'], /^--since: found 'soon', expected a length of time or a time/],
    [['logs', '--level', 'loud'], /^--level: found 'loud', expected one of trace, debug/],
    [['logs', '--since', '2026-02-30 03:00'], /^--since: found '2026-02-30 03:00', expected a length of time/],
    [
      ['diagrams', '--out', 'nightshift.config.ts'],
      /^--out: found .*nightshift\.config\.ts, which takes no files \(ENOTDIR\)/,
    ],
    [['diagrams', '--out', '/proc/none'], /^--out: found \/proc\/none, which takes no files \(ENOENT\)/],
    [['logs', '--lines', 'some'], /^--lines: found 'some', expected a number/],
    [['log-level', 'debg'], /^log-level: found 'debg', expected one of trace, debug, .* Did you mean 'debug'\?/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await place.run(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it('shows what there is of a log that somebody brought along: no store, lines that are no JSON, and a last one that never ended', async () => {
    const line = (engine: string, msg: string) => JSON.stringify({ level: 30, time: 1_000, engine, msg });
    const torn = '{"level":50,"time":10';
    inLog(1, `${line('a', 'one')}\nno JSON\n`);
    inLog(2, '');
    inLog(3, `${line('b', 'two')}\n${torn}`);
    mkdirSync(join(place.data, 'logs', 'nightshift.4.log'));
    const { code, out } = await place.run('logs', '--json');
    expect([code, out]).toEqual([0, `${line('a', 'one')}\nno JSON\n${line('b', 'two')}\n${torn}\n`]);
    expect((await place.run('logs', '--json', '-n', '2')).out).toBe(`${line('b', 'two')}\n${torn}\n`);
    expect((await place.run('logs', '--json', '--engine', 'a')).out).toBe(`${line('a', 'one')}\n`);
  });

  it('says that no line fits', async () => {
    inLog(1, `${JSON.stringify({ level: 30, time: 1_000, engine: 'a', run: 'a.1', msg: 'one' })}\n`);
    const said = { code: 0, out: '', err: expect.stringMatching(/logs: there is no such line\.\n$/) };
    expect(await place.run('logs', '--engine', 'a', '--run', 'b.1')).toMatchObject(said);
    expect(await place.run('logs', '-n', '0')).toMatchObject({ code: 0, out: '', err: '' });
  });

  it.each([
    ['the folder of the log', 'logs'],
    ['a file of it', 'logs/nightshift.1.log'],
  ])('tells whoever may not read %s so', async (_, closed) => {
    inLog(1, 'one\n');
    for (const folder of [place.folder, place.data]) chmodSync(folder, 0o755);
    chmodSync(join(place.data, closed), 0);
    const refused = { code: 'DATA_UNREADABLE', message: expect.stringContaining(closed) };
    await expect(withoutPrivileges(() => readLogs({ data: place.data }, 0))).rejects.toMatchObject(refused);
  });

  it('says where a log is expected when there is none', async () => {
    const { code, err } = await place.run('logs');
    expect([code, err]).toEqual([1, expect.stringMatching(/logs: found no log, expected one\. Start the service/)]);
  });
});

// Mount namespaces are Linux's own.
describe.runIf(process.platform === 'linux')('on a disk that is full', () => {
  beforeEach(() => {
    place = new Workplace();
  });
  afterEach(() => place.dispose());

  it('the service goes on and says so; there is room, and it writes and rotates again', async () => {
    place.write(
      'nightshift.config.ts',
      config.replace('log: {', "log: { level: 'debug',").replace('n < 20', 'n < 100'),
    );
    const service = await place.startOnDisk(3_000_000);
    const said = (msg: string) => onStdout(service.log()).find((line) => line.msg === msg);
    await eventually('a run', () => said('run.succeeded'), service.log);

    fill(join(place.data, 'ballast'));
    const trouble = await eventually('word of it', () => said('log.failing'), service.log);
    expect(trouble).toMatchObject({ level: 50, err: { code: 'ENOSPC' }, todo: expect.stringMatching(/make room/) });
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);

    rmSync(join(place.data, 'ballast'));
    expect(await eventually('word of its end', () => said('log.recovered'), service.log)).toMatchObject({ dropped: 0 });
    await eventually('word of the store', () => said('store.recovered'), service.log);
    const wasSaid = () => inFiles().map(({ msg }) => msg);
    await eventually('what was said meanwhile', () => wasSaid().includes('log.recovered'));
    expect(wasSaid()).toEqual(expect.arrayContaining(['log.failing', 'store.failing']));

    const runs = () =>
      onStdout(service.log()).filter((line) => line.msg === 'run.succeeded' && line.actor.endsWith('wordy'));
    for (let n = 1; n <= 5; n++) {
      await place.send(service.url, 'engine/wordy', 'engine.trigger');
      await eventually('the run', () => runs().length === n, service.log);
    }
    const files = logFilesIn(join(place.data, 'logs'));
    expect(files).toHaveLength(3);
    expect(files.at(-1)).toMatch(/nightshift\.[5-7]\.log$/);
    const fills = inFiles().filter(({ msg }) => msg === 'word');
    expect(fills.length).toBeGreaterThan(150);
    expect(await service.end('SIGTERM')).toBe(0);
  });
});

function inLog(number: number, text: string): void {
  const folder = join(place.data, 'logs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `nightshift.${number}.log`), text);
}

/** Writes until there is no room. */
function fill(file: string): void {
  try {
    for (;;) writeFileSync(file, 'x'.repeat(1_024), { flag: 'a' });
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
  }
}
