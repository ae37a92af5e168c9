/**
 * The units beside the systemd that they are for, as the manager of an unprivileged user and as process 1.
 */
import { describe, expect, it } from 'vitest';
import { mustHave } from '../demo/programs.ts';
import { engines } from './in-folder.ts';
import { canBoot, inWorld, patienceMs } from './world.ts';

const allWell = Object.fromEntries(engines.map((id) => [id, 'success']));
/** What a job of the strict profile gets when it writes where it has no business. */
const refused = { privileges: '0000000000000000', inHome: 'EROFS', inEtc: 'EROFS', here: 'EROFS', temporary: 'done' };

describe.runIf(canBoot || mustHave)('a unit of the strict profile, in a real systemd', { timeout: patienceMs }, () => {
  it('of a user without rights runs every built-in engine, is started again when it hangs, and is removed', async () => {
    const seen = await inWorld('user', 'scenario-user');
    const file = '/home/ada/.config/systemd/user/nightshift.service';
    const data = "/home/ada/ada's jobs, 100% of $HOME/.nightshift";

    expect(seen.installed).toEqual([
      `${data}: made`,
      `${file}: written`,
      '$ systemctl --user daemon-reload',
      '$ loginctl enable-linger ada',
      expect.stringMatching(/^ {2}refused .*: it runs only while ada is logged in, until you run: sudo loginctl/),
      '$ systemctl --user enable nightshift.service',
      '$ systemctl --user restart nightshift.service',
      '',
      'It runs, and is started again whenever it ends. See: nightshift service status; nightshift status',
    ]);
    expect(seen.runs).toEqual(allWell);
    expect(seen.seen).toEqual({ ...refused, user: 4242, homes: ['ada'] });
    expect(seen.updates).toMatchObject({ findings: [{ what: expect.stringContaining('left') }], unchecked: [] });
    expect(seen.status[0]).toBe('nightshift (user): active (running)');
    expect(seen.status[1]).toMatch(/^process \d+, says: running$/);
    expect(seen.status.at(-1)).toContain(`The service is running: `);

    expect(seen.before).toEqual({
      MainPID: expect.stringMatching(/^[1-9]/),
      StatusText: 'running',
      NotifyAccess: 'main',
    });
    expect(seen.after.MainPID).not.toBe(seen.before.MainPID);

    expect(seen.reloaded).toBe(true);

    expect(seen.again[0]).toBe(`${file}: is as it should be`);
    expect(seen.keptRunning).toBe(true);
    expect(seen.uninstalled).toContain(`${file}: removed`);
    expect(seen.left).toEqual({
      file: false,
      data: true,
      loaded: { LoadState: 'not-found', ActiveState: 'inactive' },
    });

    // With --write . the folder of the config is the jobs' as well, and nothing else.
    expect(seen.beside).toMatchObject({ ...refused, here: 'done' });

    // With the home profile: a browser with its sandbox, and a file in the home folder.
    expect(seen.browsed).toEqual({ browser: 'success' });
    expect(seen.page).toContain('<p>shown</p>');
  });

  it('of the machine runs them as a user that is made up, with key and token from credentials', async () => {
    const seen = await inWorld('system', 'scenario-system');
    expect(seen.runs).toEqual(allWell);
    expect(seen.seen).toEqual({ ...refused, user: expect.any(Number), homes: [] });
    expect(seen.seen.user).toBeGreaterThan(60_000);
    expect(seen.running).toMatchObject({ ActiveState: 'active', DynamicUser: 'yes' });
    expect(seen.isTokenKept).toBe(true);
    expect(seen.hasKeyFile).toBe(false);
    expect(seen.uninstalled.at(-1)).toBe('/var/lib/nightshift: is left as it is, with the state of all jobs');
  });
});
