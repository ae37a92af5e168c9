/**
 * systemd, by its program systemctl.
 *
 * @see systemctl(1), loginctl(1), journalctl(1); systemd.unit(5), for where units are
 */
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { speaksForItself } from '../watchdog/sd-notify.ts';
import { BackgroundError } from './background-error.ts';
import type { Manager, ManagerPorts, Standing } from './manager.ts';
import { shellLine, type Words } from './run-program.ts';
import type { Step } from './steps.ts';
import { systemdUnit } from './systemd-unit.ts';

export function systemdManager({ id: { name, scope }, run, home, user, env }: ManagerPorts): Manager {
  const unit = `${name}.service`;
  const isUsers = scope === 'user';
  const userUnits = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'systemd/user');
  const file = join(isUsers ? userUnits : '/etc/systemd/system', unit);
  const ctl = (...args: string[]): Words => ['systemctl', ...(isUsers ? ['--user'] : []), ...args];
  const order = (...args: string[]): Step => ({ do: 'run', words: ctl(...args) });

  const version = async () => {
    const { code, out } = await run(['systemctl', '--version']);
    return code === 0 ? Number(/^systemd (\d+)/.exec(out)?.[1] ?? Number.NaN) || null : null;
  };
  const lingers = async () => {
    const { code, out } = await run(['loginctl', 'show-user', user, '--property=Linger', '--value']);
    return code === 0 && out.trim() === 'yes';
  };

  /** What enabled it is a link. Whether it runs nobody says: a manager may be there that this shell has no way to. */
  const withoutManager = (why: string) => {
    const link = join(dirname(file), isUsers ? 'default.target.wants' : 'multi-user.target.wants', unit);
    const isLinked = lstatSync(link, { throwIfNoEntry: false }) !== undefined;
    const later = [ctl('stop', unit), ctl('daemon-reload')].map(shellLine).join(' && ');
    return {
      before: isLinked ? [{ do: 'remove', file: link } as const] : [],
      after: [],
      left: [
        `${shellLine(ctl())}: found no manager (${why}). Should one run, it goes on with the service until: ${later}`,
      ],
    };
  };

  return {
    name: 'systemd',
    file,

    async check() {
      if (!(await run(['systemctl', '--version'])).isMissing) return;
      throw new BackgroundError(
        'SERVICE_NO_MANAGER',
        'systemctl: found no such program, expected that of systemd. Let whoever starts programs here run `nightshift start`; what systemd would get is shown by --print.',
      );
    },

    text: async (launch) => systemdUnit(launch, { version: await version(), speaks: await speaksForItself() }),

    async activation(isNew) {
      // Written by an install that came no further: what runs is what was there before.
      const isStale = (await run(ctl('show', unit, '--property=NeedDaemonReload', '--value'))).out.trim() === 'yes';
      const linger: Step = {
        do: 'try',
        words: ['loginctl', 'enable-linger', user],
        without: `it runs only while ${user} is logged in, until you run: sudo loginctl enable-linger ${user}`,
      };
      return [
        order('daemon-reload'),
        ...(isUsers && !(await lingers()) ? [linger] : []),
        order('enable', unit),
        order(isNew || isStale ? 'restart' : 'start', unit),
      ];
    },

    async deactivation() {
      const { code, err } = await run(ctl('show', '--property=Version'));
      if (code !== 0) return withoutManager(err.trim().split('\n')[0] || 'no answer');
      const keeps = isUsers && (await lingers());
      return {
        before: [order('disable', '--now', unit)],
        after: [order('daemon-reload')],
        left: keeps ? [`${user} still lingers; to end that: loginctl disable-linger ${user}`] : [],
      };
    },

    async standing() {
      const asked = 'LoadState,ActiveState,SubState,Result,UnitFileState,MainPID,NRestarts,StatusText,DropInPaths';
      const { code, out, err } = await run(ctl('show', unit, `--property=${asked}`));
      if (code !== 0) return unknown(err.trim().split('\n')[0] || 'systemctl gives no answer');
      return standingIn(out);
    },

    logs: ({ follow, lines, json }) => [
      'journalctl',
      ...(isUsers ? ['--user'] : []),
      `--unit=${unit}`,
      ...(lines === undefined ? [] : [`--lines=${lines}`]),
      ...(follow ? ['--follow'] : []),
      ...(json ? ['--output=json'] : []),
    ],

    advice({ err }) {
      if (!/connect to bus|booted with systemd|Host is down/i.test(err)) {
        return `What it says of that: nightshift service logs -n 20.`;
      }
      return isUsers
        ? `No manager of ${user}'s services runs here, as in a container, or after \`su\`. Log in as ${user}, or let root run: loginctl enable-linger ${user}.`
        : 'systemd does not run here, as in a container. Start the machine with it.';
    },
  };
}

/** @see org.freedesktop.systemd1(5), for the names */
function standingIn(text: string): Standing {
  const facts = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const fact = (name: string) => facts.get(name) ?? '';
  const result = ['', 'success'].includes(fact('Result')) ? '' : `, ${fact('Result')}`;
  return {
    state: `${fact('ActiveState')} (${fact('SubState')}${result})`,
    isUp: fact('ActiveState') === 'active',
    isEnabled: fact('UnitFileState') === 'enabled',
    pid: Number(fact('MainPID')) || null,
    restarts: Number(fact('NRestarts')),
    says: fact('StatusText') || null,
    dropIns: fact('DropInPaths').split(' ').filter(Boolean),
  };
}

function unknown(why: string): Standing {
  return {
    state: `unknown: ${why}`,
    isUp: false,
    isEnabled: false,
    pid: null,
    restarts: null,
    says: null,
    dropIns: [],
  };
}
