import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from 'nightshift';
import { describe, expect, it } from 'vitest';
import type { ConfigDefinition } from '../../../src/config/definition.ts';
import { resolveConfig } from '../../../src/config/resolve.ts';
import { configText, loadable } from '../../../src/moving-in/config-text.ts';
import { type Cron, crons } from '../../../src/moving-in/crontab/crons.ts';
import { type CrontabFacts, importCrontab } from '../../../src/moving-in/crontab/import-crontab.ts';
import type { NamedJob } from '../../../src/moving-in/found-job.ts';
import { named } from '../../../src/moving-in/job-names.ts';

const ada = { name: 'ada', home: '/home/ada', isRoot: false };
const { debian, cronie } = crons;
const facts: CrontabFacts = {
  ...{ from: 'crontab -l', hasUsers: 'without users', cron: cronie },
  ...{ user: ada, accountOf: () => undefined },
};
const words = { by: 'nightshift import crontab', differences: ['What is different.'] };
const imported = (text: string, more: Partial<CrontabFacts> = {}) => importCrontab(text, { ...facts, ...more });
const jobsOf = (text: string, more: Partial<CrontabFacts> = {}) => imported(text, more).jobs;
const optionsOf = (text: string, more: Partial<CrontabFacts> = {}) => jobsOf(text, more).at(-1)?.options;

/** What they are meant to be. */
const meant = (jobs: readonly NamedJob[]) => jobs.flatMap(({ id, options }) => (options ? [command(id, options)] : []));

describe('a job of a crontab', () => {
  it('runs its line in its shell, in the environment that cron gives it', () => {
    const options = optionsOf('A=1\n0 3 * * *  /x/y.sh  "two  words" # note \nA=2\n');
    expect(options).toMatchObject({
      schedule: '0 3 * * *',
      run: '/x/y.sh  "two  words" # note ',
      shell: true,
      cwd: '/home/ada',
      env: { SHELL: '/bin/sh', PATH: '/usr/bin:/bin', HOME: '/home/ada', LOGNAME: 'ada', USER: 'ada', A: '1' },
      inherit: ['LANG', 'LC_ALL'],
    });
  });

  it('has another shell, home and time zone where the lines above it say so', () => {
    const text = 'SHELL=/bin/bash\nHOME=/srv\nCRON_TZ=:Asia/Tokyo\nUSER=bob\n0 9 * * * date\n';
    expect(optionsOf(text)).toMatchObject({
      run: ['/bin/bash', '-c', 'date'],
      cwd: '/srv',
      timeZone: 'Asia/Tokyo',
      env: { SHELL: '/bin/bash', HOME: '/srv', CRON_TZ: ':Asia/Tokyo', USER: 'ada' },
    });
    expect(imported(text).remarks).toEqual(['Line 4: USER is who the job runs as; cron lets nobody change it.']);
    expect(optionsOf('TZ=Asia/Tokyo\n0 9 * * * date\n')).not.toHaveProperty('timeZone');
  });

  it('is moved by a delay that cron would draw', () => {
    expect(optionsOf('RANDOM_DELAY=45\n0 9 * * * date\n')).toMatchObject({ jitter: '45m' });
    const [job] = jobsOf('RANDOM_DELAY=soon\n0 9 * * * date\n');
    expect(job).toMatchObject({ remarks: ['RANDOM_DELAY=soon is none of 0 to 1440 minutes: cron does without.'] });
  });

  it('means to each cron what that one makes of it', () => {
    const read = (text: string, cron: Cron) => {
      const [job] = jobsOf(text, { cron });
      return [job?.options?.schedule, job?.options?.timeZone, job?.options?.jitter, job?.remarks.join(' ')];
    };
    const zone = 'CRON_TZ=Asia/Tokyo\n0 9 * * * date\n';
    expect(read(zone, cronie)).toEqual(['0 9 * * *', 'Asia/Tokyo', undefined, '']);
    expect(read(zone, debian)).toEqual(['0 9 * * *', undefined, undefined, expect.stringContaining('--cron cronie')]);
    const delay = 'RANDOM_DELAY=45\n0 9 * * * date\n';
    expect(read(delay, debian)).toEqual([
      '0 9 * * *',
      undefined,
      undefined,
      expect.stringContaining('RANDOM_DELAY is'),
    ]);
    expect(read('7~30 9 * * * date\n', debian).slice(0, 1)).toEqual(['7 9 * * *']);
    expect(read('~ 9 * * * date\n', debian)[3]).toContain('is no minute');
    expect(read('0 0 * * sat-sun date\n', cronie)[0]).toBe('0 0 * * 0,6');
    expect(read('0 0 * * sat-sun date\n', debian)[3]).toContain(
      "Debian's cron takes a range that goes down for nothing",
    );
  });

  it('draws for cronie what is the same for a line, and another for another', () => {
    const drawn = (command: string) => jobsOf(`~ ~ * * * ${command}\n`)[0]?.options?.schedule;
    expect(drawn('/x.sh')).toBe(drawn('/x.sh'));
    const all = new Set(['/a.sh', '/b.sh', '/c.sh', '/d.sh'].map(drawn));
    expect(all.size).toBe(4);
  });

  it('keeps what is said right above it', () => {
    const text =
      '# far\n\n# one\n#two\n# m h  dom mon dow   command\n# three\n-*/5 * * * * -n -q date\n0 0 * * * date\n';
    expect(jobsOf(text).map(({ notes, options }) => [notes, options?.run])).toEqual([
      [['three'], 'date'],
      [[], 'date'],
    ]);
  });

  it('of another user runs as that one where the service may, and nowhere else', () => {
    const text = '0 0 * * * www /x.sh\n0 1 * * * ada /y.sh\n0 2 * * * nobody-at-all /z.sh\n';
    const accountOf = (name: string) => (name === 'www' ? { name, home: '/var/www', isRoot: false } : undefined);
    const asAda = jobsOf(text, { hasUsers: 'with users', accountOf });
    expect(asAda.map(({ options }) => options?.run)).toEqual([undefined, '/y.sh', undefined]);
    expect(asAda[0]?.remarks).toEqual(['It runs as www, and the service as ada: import it as www, or as root.']);
    const root = { name: 'root', home: '/root', isRoot: true };
    const asRoot = jobsOf(text, { hasUsers: 'with users', accountOf, user: root });
    expect(asRoot[0]?.options).toMatchObject({
      run: ['/sbin/runuser', '-u', 'www', '--', '/bin/sh', '-c', '/x.sh'],
      cwd: '/var/www',
      env: { HOME: '/var/www', USER: 'www', LOGNAME: 'www' },
    });
    expect(asRoot[2]?.remarks).toEqual(['It runs as nobody-at-all, and there is no such user here.']);
  });

  it("of root loses root's rights in a background service, which is said once for all of them", () => {
    const root = { name: 'root', home: '/root', isRoot: true };
    const told = (text: string, more: Partial<CrontabFacts> = {}) => imported(text, { user: root, ...more }).remarks;
    expect(told('0 0 * * * /x.sh\n0 1 * * * /y.sh\n')).toEqual([expect.stringMatching(/^These are jobs of root\./)]);
    expect(told('0 0 * * * www /x.sh\n', { hasUsers: 'with users', accountOf: () => ada })).toEqual([]);
    expect(told('0 0 * * * /x.sh\n', { user: ada })).toEqual([]);
  });

  it('that seems to begin with a user is named, where the table has no column for users', () => {
    const text = '0 0 * * * root\t/x.sh\n0 1 * * * rootly /y.sh\n';
    const told = (hasUsers: CrontabFacts['hasUsers']) => jobsOf(text, { hasUsers }).map(({ remarks }) => remarks);
    expect(told('without users')).toEqual([[expect.stringContaining('is imported with --system.')], []]);
    expect(told('with users').flat()).not.toContainEqual(expect.stringContaining('--system'));
  });

  it('is due at every start of the machine, late or not', () => {
    expect(optionsOf('@reboot date\n')).toMatchObject({ schedule: '@reboot', catchUp: 'once', timeout: '365d' });
  });

  it.each([
    ["'61' is no minute", '61 * * * * date'],
    ['never comes', '0 0 30 2 * date'],
    ['@fortnightly is no nickname', '@fortnightly date'],
    ['CRON_TZ=Mars/Crater is no time zone', 'CRON_TZ=Mars/Crater\n0 0 * * * date'],
    ['is no job', '0 0 * * *'],
    ['is no job: five fields', '0 0 * * * *  date'],
    ['is no job: five fields or a nickname', 'what is this'],
    ['null character', '0 0 * * * a\u0000b'],
    ['not UTF-8', '0 0 * * * \ufffd'],
    ['longer than', `0 0 * * * ${'x'.repeat(131_072)}`],
  ])('that cron or nightshift cannot run is left out, and why: %j', (why, text) => {
    const [job] = jobsOf(`${text}\n`);
    expect(job).toMatchObject({ options: null, remarks: [expect.stringContaining(why)] });
  });

  it('that tells nightshift of its runs is the job that it was', () => {
    expect(optionsOf('0 0 * * * npx nightshift shadow --data /d -- /x.sh a\n')?.run).toBe('/x.sh a');
  });
});

describe('a crontab of forty jobs', () => {
  const file = join(import.meta.dirname, '../example/crontab');
  const found = imported(readFileSync(file, 'utf8'));
  const jobs = loadable(named(found.jobs));

  it('comes out as the config beside it, which loads', async () => {
    const golden = '../example/nightshift.config.ts';
    expect(jobs).toHaveLength(40);
    await expect(configText(found, jobs, words, 'ts')).toMatchFileSnapshot(golden);
    const { default: config } = (await import(join(import.meta.dirname, golden))) as { default: ConfigDefinition };
    const asMeant = resolveConfig({ engines: meant(jobs) }, {}, '/home/ada');
    expect(resolveConfig(config, {}, '/home/ada').engines).toEqual(asMeant.engines);
    expect(asMeant.engines.size).toBe(38);
  });

  it('says what could not be carried over', () => {
    const left = jobs.filter(({ options }) => options === null);
    expect(left.map(({ place, remarks }) => [place, ...remarks])).toEqual([
      ['line 51', "'L' is no day of the month: cron takes 1 to 31, lists, ranges and steps of them."],
      ['line 52', "'0 0 31 4 *' never comes."],
    ]);
  });
});
