import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, engine } from 'nightshift';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { commandKey } from '../../src/shadow/command-key.ts';
import { follow } from '../../src/shadow/follow.ts';
import { entriesSince, journalAt, note } from '../../src/shadow/journal.ts';
import { shadowReport } from '../../src/shadow/report.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

const minute = 60_000;
const hour = 60 * minute;
let folder: string;
let clock: VirtualClock;
let lines: Record<string, unknown>[];
const config = resolveConfig(
  {
    timeZone: 'UTC',
    engines: [
      command('sync', { schedule: '*/10 * * * *', run: '/opt/sync.sh --all', shell: true }),
      command('never', { schedule: '0 3 1 1 *', run: ['/opt/never.sh'] }),
      engine('own', { every: '1h', run: () => 1 }),
    ],
  },
  {},
);

beforeEach(() => {
  folder = journalAt(mkdtempSync(join(tmpdir(), 'nightshift-shadow-')));
  clock = new VirtualClock();
  lines = [];
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const start = (by: string, engines = config.engines) => {
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  return follow({ clock, log, folder, by, engines });
};
/** Cron runs something, as the wrapper sees it. */
const ran = (argv: string[], exitCode = 0, more: { engine?: string } = {}) => {
  const run = `${clock.now()} ${argv.join(' ')}`;
  note(folder, { kind: 'begun', at: clock.now(), run, key: commandKey(argv), name: argv[0] ?? '', ...more });
  note(folder, { kind: 'ended', at: clock.now() + 5_000, run, exitCode, signal: null });
};
const told = () => lines.map(({ msg, engine, difference }) => [msg, engine, ...(difference ? [difference] : [])]);

describe('a shadow', () => {
  it('says of each run and each difference once, and the report has the same', async () => {
    const end = start('one');
    ran(['/bin/sh', '-c', '/opt/sync.sh --all']);
    await clock.advance(10 * minute);
    ran(['/opt/sync.sh', '--all'], 75);
    await clock.advance(10 * minute);
    await clock.advance(10 * minute);
    ran(['/opt/other.sh']);
    ran(['/anything'], 0, { engine: 'sync' });
    await clock.advance(5 * minute);
    end();
    expect(told()).toEqual([
      ['shadow.run.seen', 'sync'],
      ['shadow.run.seen', 'sync'],
      ['shadow.differs', 'sync', 'retried'],
      ['shadow.differs', 'sync', 'missed'],
      ['shadow.run.seen', 'sync'],
    ]);
    const report = shadowReport(entriesSince(folder, 0), config);
    expect(report).toMatchObject({
      gaps: [],
      engines: [
        { id: 'sync', due: 4, ran: 3, unwatched: 0, differences: [{ kind: 'retried' }, { kind: 'missed' }] },
        { id: 'never', due: 0, ran: 0 },
      ],
      unfollowed: ['own'],
      strangers: [{ name: '/opt/other.sh', count: 1 }],
    });
    expect((report?.to ?? 0) - (report?.from ?? 0)).toBe(35 * minute);
  });

  it('tells of a run that took longer than a look reads back, and of what became of it', async () => {
    const end = start('one', new Map([...config.engines].filter(([id]) => id === 'never')));
    const command = { run: 'long', key: commandKey(['/opt/never.sh']), name: 'never.sh' };
    note(folder, { kind: 'begun', at: clock.now(), ...command });
    await clock.advance(5 * hour);
    expect(told()).toEqual([]);
    note(folder, { kind: 'ended', at: clock.now(), run: 'long', exitCode: 75, signal: null });
    await clock.advance(hour);
    end();
    expect(told()).toEqual([
      ['shadow.run.seen', 'never'],
      ['shadow.differs', 'never', 'stopped'],
    ]);
  });

  it('knows when nobody watched, though cron ran on', async () => {
    const end = start('one');
    ran(['/opt/sync.sh', '--all']);
    await clock.advance(5 * minute);
    end();
    await clock.advance(5 * minute);
    ran(['/opt/sync.sh', '--all']);
    await clock.advance(15 * minute);
    const again = start('two');
    await clock.advance(minute);
    again();
    const report = shadowReport(entriesSince(folder, 0), config);
    expect(report?.gaps).toEqual([{ from: clock.now() - 21 * minute, to: clock.now() - minute }]);
    expect(report?.engines[0]).toMatchObject({ due: 1, ran: 2, unwatched: 1, differences: [], catchUp: 'once' });
  });

  it('ends in good order though nothing can be noted any more, and says so', async () => {
    const end = start('one');
    rmSync(folder, { recursive: true });
    await clock.advance(minute);
    end();
    expect(lines.map(({ msg, err }) => [msg, (err as { code: string }).code])).toEqual([
      ['shadow.failing', 'ENOENT'],
      ['shadow.failing', 'ENOENT'],
    ]);
    expect(clock.next()).toBeUndefined();
  });

  it('has nothing to report where nobody followed', () => {
    expect(shadowReport(entriesSince(folder, 0), config)).toBeUndefined();
  });
});
