import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../examples/demo/programs.ts';
import type { Launch } from '../../src/background/launch.ts';
import { systemdUnit } from '../../src/background/systemd-unit.ts';
import { mustHave } from '../demo/programs.ts';
import { launchWith, ugly } from './launch.ts';

const analyze = findProgram(['systemd-analyze']);

describe.runIf(analyze || mustHave)('systemd-analyze', () => {
  let folder: string;
  let file: string;
  /** Of the systemd that checks it. */
  let version: number;
  let node: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nightshift-unit-'));
    file = join(folder, 'nightshift.service');
    version = Number(/^systemd (\d+)/.exec(execFileSync('systemd-analyze', ['--version'], { encoding: 'utf8' }))?.[1]);
    // The program of a unit has to be one.
    node = join(folder, "it's node; 100% of $HOME/bin/node");
    mkdirSync(join(node, '..'), { recursive: true });
    copyFileSync('/bin/true', node);
    chmodSync(node, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (given: Partial<Launch>) =>
    writeFileSync(file, systemdUnit(launchWith({ node, ...given }), { version, speaks: true }));
  const asked = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });

  it.each<{ what: string; given: Partial<Launch>; most: number }>([
    { what: 'of a user, strict', given: {}, most: 1.5 },
    { what: 'of a user, home', given: { profile: 'home' }, most: 4 },
    { what: 'of the machine, strict', given: { scope: 'system', user: 'root-less' }, most: 1.5 },
    { what: 'of the machine, home', given: { scope: 'system', user: 'root-less', profile: 'home' }, most: 4 },
    { what: 'of a made-up user', given: { scope: 'system', data: '/var/lib/nightshift' }, most: 1.5 },
    {
      what: 'with all there is',
      given: {
        ...{ scope: 'system', user: 'root-less', port: '4200', envFile: `${ugly}/secrets` },
        ...{ writes: ['/srv/out 1', '/tmp/out: 2'], reads: [ugly, '/tmp/in'] },
        credentials: [
          { id: 'nightshift-key', path: '/etc/my keys/100%.cred' },
          { id: 'nightshift-token', path: '/etc/my keys/token' },
        ],
      },
      most: 1.5,
    },
  ])('finds nothing wrong with a unit $what, and an exposure of at most $most', ({ given, most }) => {
    write(given);
    const verified = asked('verify', '--man=no', file);
    expect([verified.stdout, verified.stderr, verified.status]).toEqual(['', '', 0]);
    const { stdout } = asked('security', '--offline=true', '--no-pager', file);
    expect(Number(/exposure level for \S+: (\S+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(most);
  });

  it('finds fault with a unit of whose program it is not told rightly', () => {
    write({ node: '/nowhere/bin/node' });
    expect(asked('verify', '--man=no', file)).toMatchObject({ status: 1 });
  });
});

describe('the unit', () => {
  const lines = (given: Partial<Launch> = {}, version: number | null = 252, speaks = true) =>
    systemdUnit(launchWith(given), { version, speaks }).split('\n');
  const value = (name: string, given: Partial<Launch> = {}) =>
    lines(given)
      .find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1);

  it('starts the same Node and the same nightshift, on the same folder', () => {
    const folder = "/home/ada/Ada's jobs; 100%% of $$HOME & <more>";
    expect(value('ExecStart', { port: '4200' })).toBe(
      [
        '"/opt/node 24/bin/node" --disable-warning=ExperimentalWarning',
        `"${folder}/node_modules/nightshift/dist/main.js" start`,
        `--config "${folder}/nightshift.config.ts" --data "${folder}/.nightshift" --port 4200`,
      ].join(' '),
    );
    // Where no command line is, a dollar sign is one.
    expect(value('WorkingDirectory')).toBe("/home/ada/Ada's jobs; 100%% of $HOME & <more>");
  });

  it.each(['strict', 'home'] as const)('leads temporary files into the private folder in the %s profile', (profile) => {
    const unit = lines({ profile });
    expect(unit).toEqual(expect.arrayContaining(['PrivateTmp=yes', 'Environment=TMPDIR=/tmp']));
  });

  it('gives memory back that is no longer used', () => {
    for (const scope of ['user', 'system'] as const) {
      expect(lines({ scope })).toContain('Environment=MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072');
    }
  });

  it('is kept alive as the page says: watched, started again whenever it ends but for a wrong config, and stopped in good order', () => {
    for (const unit of [lines(), lines({ scope: 'system', user: 'ada', profile: 'home' })]) {
      expect(unit).toEqual(
        expect.arrayContaining([
          ...['Type=notify', 'WatchdogSec=60', 'Restart=always', 'RestartSec=10', 'RestartPreventExitStatus=2'],
          ...['StartLimitIntervalSec=1d', 'StartLimitBurst=1000', 'ExecReload=/bin/kill -HUP $MAINPID'],
          ...['KillMode=mixed', 'OOMPolicy=continue', 'TimeoutStopSec=45'],
        ]),
      );
    }
  });

  it('lets systemd hear the service itself alone, where that can speak', () => {
    expect(lines()).toContain('NotifyAccess=main');
    expect(lines({}, 252, false)).toContain('NotifyAccess=all');
  });

  it('waits longer from restart to restart where systemd can', () => {
    expect(lines({}, 254)).toContain('RestartSteps=6');
    for (const version of [252, null]) expect(lines({}, version)).not.toContain('RestartSteps=6');
  });

  it('shows what is hidden: what is read, what is written, and the socket of the manager', () => {
    const given = {
      reads: ['/home/ada/jobs', '/home/ada/jobs/lib', '/opt/node', '/root/.nvm/v24'],
      data: '/home/ada/d',
    };
    expect(value('BindReadOnlyPaths', given)).toBe('%t/systemd/notify /home/ada/jobs /root/.nvm/v24');
    expect(value('BindPaths', { ...given, writes: ['/srv/out', '/tmp/out'] })).toBe('/home/ada/d /tmp/out');
    expect(value('ReadWritePaths', { ...given, writes: ['/srv/out', '/tmp/out'] })).toBe('/srv/out');
    // What is bound for reading, too, cannot be written: that is left out.
    const beside = { ...given, writes: ['/home/ada/jobs'] };
    expect(value('BindReadOnlyPaths', beside)).toBe('%t/systemd/notify /root/.nvm/v24');
    expect(value('BindPaths', beside)).toBe('/home/ada/d /home/ada/jobs');
  });

  it('hides no home folder in the home profile, and only temporary folders are shown', () => {
    const given = { profile: 'home' as const, reads: ['/home/ada/jobs', '/tmp/jobs'], data: '/tmp/d' };
    expect(value('ProtectHome', given)).toBe('no');
    expect(value('BindReadOnlyPaths', given)).toBe('/tmp/jobs');
    expect(value('BindPaths', given)).toBe('/tmp/d');
    expect(value('ReadWritePaths', given)).toBeUndefined();
  });

  it('says of each line that it relaxes what that is for', () => {
    const all = lines({ profile: 'home' }, 252, false);
    const relaxed =
      /^(ProtectHome=no|ProtectSystem=full|ProtectProc=default|RestrictNamespaces|SystemCallFilter|RestrictAddressFamilies|UMask=0022|MemoryDenyWriteExecute=no|ProcSubset=all|PrivateNetwork=no|NotifyAccess=all)/;
    const at = all.flatMap((line, n) => (relaxed.test(line) ? [n] : []));
    expect(at).toHaveLength(11);
    for (const n of at) expect(all[n - 1]).toMatch(/^# .{20}/);
  });

  it('lends credentials: those that are named; else, to a service of the machine, those that are kept for it', () => {
    const named = lines({ credentials: [{ id: 'nightshift-key', path: '/etc/the key.cred' }] });
    expect(named).toContain('LoadCredentialEncrypted=nightshift-key:/etc/the key.cred');
    expect(lines({ scope: 'system', user: 'ada' })).toContain('LoadCredential=nightshift-token');
    expect(lines().join('\n')).not.toContain('LoadCredential');
  });
});
