import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Ended, runProgram } from '../../src/background/run-program.ts';
import { service } from '../../src/cli/service.ts';
import type { ServiceOptions, Typist } from '../../src/cli/service-command.ts';

let folder: string;
let data: string;
let programs: string;
let home: string;
let unit: string;
/** What the latest command has said. */
let said: string[];
const noBus = 'Failed to connect to bus: No medium found';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-service-'));
  [data, programs, home] = [join(folder, 'jobs/.nightshift'), join(folder, 'bin'), join(folder, 'home')];
  for (const made of [programs, home, join(folder, 'jobs')]) mkdirSync(made);
  unit = join(home, '.config/systemd/user/nightshift.service');
  writeFileSync(join(folder, 'jobs/nightshift.config.ts'), '');
  program('systemctl', '[ "$1" = --version ] && echo "systemd 254 (254.1)"; exit 0');
  program('loginctl', '[ "$1" = show-user ] && echo no; exit 0');
  vi.stubEnv('PATH', `${programs}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** A program of the system that notes what it is asked, and does as the script says. */
function program(name: string, script: string) {
  const file = join(programs, name);
  writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> '${folder}/asked'\n${script}\n`);
  chmodSync(file, 0o755);
}

/** What the programs were asked to do, without what they were asked to tell. */
function asked(): string[] {
  const lines = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : [];
  return lines.filter((line) => !/ --version| show|print|^launchctl version/.test(line));
}

const ada = (): Typist => ({
  ...{ platform: 'linux', uid: 4_242, user: 'ada', home, env: { PATH: '/usr/bin:/bin' }, now: 0 },
  ...{ node: process.execPath, flags: [], main: join(folder, 'node_modules/nightshift/dist/main.js'), run: runProgram },
});

async function given(action: string, options: ServiceOptions = {}, typist: Partial<Typist> = {}) {
  const lines: string[] = [];
  said = lines;
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(...line.split('\n')));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  const config = join(folder, 'jobs/nightshift.config.ts');
  const code = await service(action, { config, ...options }, { ...ada(), ...typist }).finally(() =>
    vi.restoreAllMocks(),
  );
  return { said: lines, code };
}

describe('service install', () => {
  it('writes the unit, has systemd start it, and says all of it', async () => {
    const { said, code } = await given('install');
    expect(code).toBe(0);
    const commands = [
      'systemctl --user daemon-reload',
      'loginctl enable-linger ada',
      'systemctl --user enable nightshift.service',
      'systemctl --user restart nightshift.service',
    ];
    expect(asked()).toEqual(commands);
    expect(said.slice(0, 6)).toEqual([`${data}: made`, `${unit}: written`, ...commands.map((line) => `$ ${line}`)]);
    expect(readFileSync(unit, 'utf8')).toContain('RestartSteps=6');
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  it('a second time changes nothing, and restarts nothing', async () => {
    await given('install');
    const before = statSync(unit).mtimeMs;
    rmSync(join(folder, 'asked'));
    const { said } = await given('install');
    expect(said[0]).toBe(`${unit}: is as it should be`);
    expect(asked()).toContain('systemctl --user start nightshift.service');
    expect(asked().join()).not.toContain('restart');
    expect(statSync(unit).mtimeMs).toBe(before);
  });

  it('starts a service anew whose unit is another than the one that systemd has read', async () => {
    await given('install');
    program('systemctl', 'case "$*" in *--version*) echo "systemd 254";; *NeedDaemonReload*) echo yes;; esac');
    await given('install');
    expect(asked().at(-1)).toBe('systemctl --user restart nightshift.service');
  });

  it('leaves a unit alone that differs, and shows how; with --force it is replaced', async () => {
    await given('install');
    const other = given('install', { port: '4200' });
    await expect(other).rejects.toThrow(/found one that differs.*\n- ExecStart=.*\n\+ ExecStart=.* --port 4200$/m);
    expect(readFileSync(unit, 'utf8')).not.toContain('4200');
    await given('install', { port: '4200', force: true });
    expect(readFileSync(unit, 'utf8')).toContain('4200');
    expect(asked().at(-1)).toBe('systemctl --user restart nightshift.service');
  });

  it.each([{ print: true }, { dryRun: true }])('does nothing with %j', async (only) => {
    const { said } = await given('install', only);
    expect(said.join('\n')).toContain('print' in only ? '\nExecStart=' : `would: ${unit}: written`);
    expect(existsSync(unit)).toBe(false);
    expect(existsSync(data)).toBe(false);
    expect(asked()).toEqual([]);
  });

  it('where no manager runs says what to run later, word by word', async () => {
    program('systemctl', `[ "$1" = --version ] || { echo '${noBus}' >&2; exit 1; }`);
    await expect(given('install')).rejects.toThrow(
      `systemctl --user daemon-reload: found that it was refused (${noBus}), expected it done. No manager of ada's services runs here, as in a container, or after \`su\`. Log in as ada, or let root run: loginctl enable-linger ada. Then run: systemctl --user daemon-reload && loginctl enable-linger ada && systemctl --user enable nightshift.service && systemctl --user restart nightshift.service`,
    );
    expect(existsSync(unit)).toBe(true);
  });

  it('says for machines what was done or would be, and what a person has to know', async () => {
    program('loginctl', '[ "$1" = show-user ] || { echo "Access denied" >&2; exit 1; }');
    const inJson = async (options: ServiceOptions) =>
      JSON.parse((await given('install', { ...options, json: true })).said.join(''));
    const steps = [
      { do: 'folder', path: data },
      { do: 'write', file: unit },
      { do: 'run', command: 'systemctl --user daemon-reload' },
      { do: 'try', command: 'loginctl enable-linger ada' },
      { do: 'run', command: 'systemctl --user enable nightshift.service' },
      { do: 'run', command: 'systemctl --user restart nightshift.service' },
    ];
    const service = { name: 'nightshift', scope: 'user', manager: 'systemd', file: unit };
    expect(await inJson({ print: true })).toEqual({ file: unit, text: expect.stringContaining('\nExecStart=') });
    expect(await inJson({ dryRun: true })).toEqual({ ...service, done: false, steps, notes: [] });
    expect(await inJson({})).toEqual({
      ...{ ...service, done: true, steps },
      notes: [expect.stringMatching(/^refused \(Access denied\)/), expect.stringMatching(/^It runs/)],
    });
    const { said } = await given('uninstall', { json: true });
    expect(JSON.parse(said.join(''))).toMatchObject({ done: true, steps: { 1: { do: 'remove', file: unit } } });
  });

  it('says which file the system does not take, and not that it was written', async () => {
    writeFileSync(join(home, '.config'), 'a file');
    const refused = given('install');
    await expect(refused).rejects.toMatchObject({
      code: 'SERVICE_UNWRITABLE',
      message: expect.stringMatching(/nightshift\.service: found that the system refuses to have it written \(E\w+\)/),
    });
    expect(said).toEqual([`${data}: made`]);
    expect(asked()).toEqual([]);
  });

  it('without systemd writes nothing', async () => {
    rmSync(join(programs, 'systemctl'));
    vi.stubEnv('PATH', programs);
    await expect(given('install')).rejects.toThrow('systemctl: found no such program, expected that of systemd.');
    expect(existsSync(unit)).toBe(false);
    expect((await given('install', { print: true })).said.join()).toContain('# From systemd 254 on');
  });

  it('warns of jobs that would need rights which the unit refuses', async () => {
    const config = join(folder, 'jobs/nightshift.config.ts');
    writeFileSync(
      config,
      "// sudo\n * su \nrun: ['/sbin/runuser', '-u', 'www']\nrun: 'cd / && sudo x; sudo y'\nsudoku, 'pseudo'\n",
    );
    const { said } = await given('install');
    expect(said.filter((line) => line.startsWith('warning: '))).toEqual([
      expect.stringContaining(`${config}:3: found runuser, which gets no rights`),
      expect.stringContaining(`${config}:4: found sudo, which gets no rights`),
    ]);
  });

  it('warns of folders to write in that a user who is made up may not write in', async () => {
    const [closed, open] = [join(folder, 'jobs'), join(folder, 'open')];
    mkdirSync(open);
    chmodSync(open, 0o777);
    const run: Typist['run'] = async (words) => ({
      code: words.includes('-nu') ? 1 : 0,
      ...{ isMissing: false, out: 'systemd 254 (254.1)', err: '' },
    });
    const root = { uid: 0, user: 'root', run };
    const { said } = await given('install', { dryRun: true, write: [closed, open] }, root);
    expect(said.filter((line) => line.startsWith('warning: '))).toEqual([
      `warning: --write ${closed}: found a folder in which the user that systemd makes up may not write. Give it to a user, and name that one with --as.`,
    ]);
    const named = await given('install', { dryRun: true, write: [closed], as: 'nobody' }, root);
    expect(named.said.join()).not.toContain('warning: ');
  });

  it('goes on where lingering is refused, and says what that means', async () => {
    program('loginctl', '[ "$1" = show-user ] || { echo "Access denied" >&2; exit 1; }');
    const { said, code } = await given('install');
    expect(code).toBe(0);
    expect(said).toContain(
      '  refused (Access denied): it runs only while ada is logged in, until you run: sudo loginctl enable-linger ada',
    );
    expect(asked().at(-1)).toBe('systemctl --user restart nightshift.service');
  });

  it.each<[string, ServiceOptions, RegExp]>([
    ['both scopes', { system: true, user: true }, /found both --system and --user/],
    ['a profile that there is not', { profile: 'hom' }, /--profile: found 'hom'.*Did you mean 'home'/],
    ['a credential that there is not', { credential: ['nightshift-tokn:/x'] }, /Did you mean 'nightshift-token'/],
    ['a credential without a file', { credential: ['nightshift-key'] }, /expected a name and a file/],
    ['a user of its own', { as: 'bob' }, /--as: found it for a service of your own/],
    ['a name with a slash', { name: '../x' }, /--name: found '\.\.\/x'/],
    ['a profile for launchd', { manager: 'launchd', profile: 'home' }, /--profile: found it for launchd/],
  ])('refuses %s as wrong usage', async (_, options, message) => {
    const refused = given('install', options);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each<[string, ServiceOptions, Partial<Typist>, RegExp]>([
    ['no config', { config: '/nowhere/nightshift.config.ts' }, {}, /^\/nowhere.*found no such file/],
    ['a folder to write in that there is not', { write: ['/nowhere/out'] }, {}, /^\/nowhere\/out: found no such file/],
    [
      'a cache of npx',
      {},
      { main: '/home/ada/.npm/_npx/1/node_modules/nightshift/dist/main.js' },
      /found nightshift in a cache/,
    ],
    [
      'the machine’s without root',
      { system: true, as: 'root' },
      {},
      /expected root.*sudo .* -- .*main\.js service install --system/,
    ],
    ['a path that no unit can hold', { data: '/x/"y"' }, {}, /data: found .*expected a path without/],
    ['a user that there is not', { system: true, as: 'no-such-user' }, {}, /--as: found 'no-such-user'/],
  ])('refuses %s', async (_, options, typist, message) => {
    // Nobody but root has folders that are root's.
    mkdirSync(data);
    await expect(given('install', options, typist)).rejects.toThrow(message);
    expect(existsSync(unit)).toBe(false);
  });

  it('for the machine runs as the owner of the folder, or whoever called sudo; and else as a user that is made up', async () => {
    const answer = (out: string): Ended => ({ code: 0, isMissing: false, out, err: '' });
    const shown = async (typist: Partial<Typist>, options: ServiceOptions = {}) =>
      (
        await given('install', { print: true, ...options }, { uid: 0, run: async () => answer('ada\n'), ...typist })
      ).said
        .join('\n')
        .match(/^(?:User|DynamicUser|StateDirectory)=.*/gm);
    const etc = { config: '/etc/nightshift.config.ts' };
    expect(await shown({ env: { PATH: '', SUDO_USER: 'bob' } }, etc)).toEqual(['User=bob']);
    expect(await shown({}, etc)).toEqual(['DynamicUser=yes', 'StateDirectory=nightshift']);
    expect(await shown({}, { ...etc, as: 'carol' })).toEqual(['User=carol']);
    expect(await shown({}, { ...etc, data: '/var/lib/nightshift' })).toEqual([
      'DynamicUser=yes',
      'StateDirectory=nightshift',
    ]);
    await expect(shown({}, { ...etc, data: '/srv/x' })).rejects.toThrow(
      '--data: found /srv/x for a service whose user',
    );
    await expect(shown({}, { ...etc, profile: 'home' })).rejects.toThrow('expected one of a user with a home folder');
  });
});

describe('service uninstall', () => {
  it('removes what was written, and nothing else', async () => {
    await given('install');
    writeFileSync(join(data, 'nightshift.db'), '');
    const { said } = await given('uninstall');
    expect(asked().slice(-2)).toEqual([
      'systemctl --user disable --now nightshift.service',
      'systemctl --user daemon-reload',
    ]);
    expect(existsSync(unit)).toBe(false);
    expect(existsSync(join(data, 'nightshift.db'))).toBe(true);
    expect(said.at(-1)).toBe(`${data}: is left as it is, with the state of all jobs`);
  });

  it('leaves a unit that somebody has changed, unless it is told to', async () => {
    await given('install');
    writeFileSync(unit, `${readFileSync(unit, 'utf8')}Nice=10\n`);
    await expect(given('uninstall')).rejects.toThrow('found changes that nightshift did not make');
    expect(existsSync(unit)).toBe(true);
    await given('uninstall', { force: true });
    expect(existsSync(unit)).toBe(false);
  });

  it("leaves another's unit, also when it is told to", async () => {
    mkdirSync(join(unit, '..'), { recursive: true });
    writeFileSync(unit, '[Service]\nExecStart=/bin/true\n');
    await expect(given('uninstall', { force: true })).rejects.toThrow('found a file that nightshift did not write');
    expect(existsSync(unit)).toBe(true);
  });

  it('where no manager runs takes the file away all the same', async () => {
    program('systemctl', `[ "$1" = --version ] || { echo '${noBus}' >&2; exit 1; }`);
    await given('install').catch(() => {});
    const link = join(unit, '../default.target.wants/nightshift.service');
    mkdirSync(join(link, '..'));
    symlinkSync(unit, link);
    const { said } = await given('uninstall');
    expect(existsSync(unit)).toBe(false);
    expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
    expect(said).toEqual([
      `${link}: removed`,
      `${unit}: removed`,
      `systemctl --user: found no manager (${noBus}). Should one run, it goes on with the service until: systemctl --user stop nightshift.service && systemctl --user daemon-reload`,
      `${data}: is left as it is, with the state of all jobs`,
    ]);
  });

  it('says that nothing is installed', async () => {
    await expect(given('uninstall')).rejects.toThrow(`${unit}: found no such file`);
  });
});

describe('service status', () => {
  const facts = (...lines: string[]) =>
    program(
      'systemctl',
      `case "$*" in *--version*) echo 'systemd 254';; *show*) printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')};; esac`,
    );

  it('joins what systemd says with what the service says, from anywhere', async () => {
    await given('install');
    const dropIn = '/etc/systemd/user/nightshift.service.d/own.conf';
    facts(
      ...['ActiveState=activating', 'SubState=auto-restart', 'Result=watchdog', 'UnitFileState=disabled', 'MainPID=0'],
      ...['NRestarts=3', 'StatusText=the store takes no writes', `DropInPaths=${dropIn}`],
    );
    const { said } = await given('status', { config: '/elsewhere/nightshift.config.ts' });
    expect(said).toEqual([
      'nightshift (user): activating (auto-restart, watchdog), not enabled: it does not start by itself',
      'started again 3 times, says: the store takes no writes',
      `${unit}: profile strict`,
      `${dropIn}: changes it`,
      `${data}/nightshift.db: found no store, expected one. Start the service: nightshift start`,
    ]);
  });

  it('is for machines too', async () => {
    await given('install', { profile: 'home' });
    facts(
      'ActiveState=active',
      'SubState=running',
      'Result=success',
      'UnitFileState=enabled',
      'MainPID=7',
      'NRestarts=0',
    );
    const { said } = await given('status', { json: true });
    expect(JSON.parse(said.join(''))).toMatchObject({
      ...{ name: 'nightshift', scope: 'user', manager: 'systemd', file: unit, data, profile: 'home', untouched: true },
      ...{ state: 'active (running)', isUp: true, isEnabled: true, pid: 7, restarts: 0, says: null, dropIns: [] },
      service: { code: 'STORE_MISSING' },
    });
  });
});

describe('service logs', () => {
  it('asks the journal, for people or for machines', async () => {
    await given('install');
    rmSync(join(folder, 'asked'));
    program('journalctl', 'exit 0');
    expect((await given('logs', { lines: '20' })).code).toBe(0);
    await given('logs', { follow: true, json: true });
    const unitOf = 'journalctl --user --unit=nightshift.service';
    expect(asked()).toEqual([`${unitOf} --lines=20`, `${unitOf} --follow --output=json`]);
  });
});

describe('with launchd', () => {
  const mac = { platform: 'darwin' } as const;
  const loads = (isLoaded: boolean) => program('launchctl', `[ "$1" = print ] && exit ${isLoaded ? 0 : 113}; exit 0`);

  it('install writes an agent and loads it; uninstall unloads and removes it', async () => {
    loads(false);
    const plist = join(home, 'Library/LaunchAgents/nightshift.plist');
    await given('install', {}, mac);
    expect(asked()).toEqual(['launchctl enable gui/4242/nightshift', `launchctl bootstrap gui/4242 ${plist}`]);
    expect(readFileSync(plist, 'utf8')).toContain('warden-process.ts');
    loads(true);
    await given('install', {}, mac);
    expect(asked()).toHaveLength(2);
    await given('install', { port: '4200', force: true }, mac);
    expect(asked()[2]).toBe('launchctl bootout gui/4242/nightshift');
    await expect(given('logs', { json: true }, mac)).rejects.toThrow('--json: found it for launchd');
    await given('uninstall', {}, mac);
    expect(asked().at(-1)).toBe('launchctl bootout gui/4242/nightshift');
    expect(existsSync(plist)).toBe(false);
  });
});

it('a misspelt action gets the one that was meant', async () => {
  await expect(given('instal')).rejects.toThrow("Did you mean 'install'?");
});
