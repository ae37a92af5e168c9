/**
 * The unit of systemd, as text.
 *
 * @see systemd.service(5), systemd.exec(5), sd_notify(3)
 */
import { dirname } from 'node:path';
import { drainMsDefault, stopMsMax } from '../policies/stop-length.ts';
import { allocator } from './allocator.ts';
import { hardening } from './hardening.ts';
import { commandLine, type Launch } from './launch.ts';
import { noted } from './note.ts';
import { command, rest, word } from './unit-text.ts';

/** The first systemd that waits longer from restart to restart (`RestartSteps=`). */
const stepsSince = 254;
const place = '# (note)';

/** What the strict profile shows as empty folders. */
const hiding = /^\/(?:home|root|run\/user|tmp|var\/tmp)(?:\/|$)/;
/** What a private folder for temporary files takes the place of, in either profile. */
const temporary = /^\/(?:var\/)?tmp(?:\/|$)/;

/** What the unit can count on. */
export interface Means {
  /** Of systemd; null when there is none to ask. Settings that it does not know are left out. */
  version: number | null;
  /** Whether the service itself can write to systemd's socket. */
  speaks: boolean;
}

export function systemdUnit(launch: Launch, means: Means): string {
  const { name, scope } = launch;
  const wantedBy = scope === 'system' ? 'multi-user.target' : 'default.target';
  const text = [
    '# Written by `nightshift service install`. Settings of your own belong into a file beside it:',
    `# systemctl ${scope === 'user' ? '--user ' : ''}edit ${name}.service`,
    place,
    '',
    '[Unit]',
    `Description=nightshift, the jobs of ${rest(launch.config)}`,
    ...(scope === 'system' ? ofMachine(launch) : []),
    '# It is never given up for what passes: with 10 s and more between two starts, only a service that cannot come up for hours',
    '# on end begins as often as this.',
    'StartLimitIntervalSec=1d',
    'StartLimitBurst=1000',
    '',
    '[Service]',
    ...running(launch, means),
    '',
    `# Profile ${launch.profile}: what the service and its jobs may do.`,
    ...hardening(launch.profile, scope).flatMap(({ lines, why }) => [...(why ? [`# ${why}`] : []), ...lines]),
    ...folders(launch),
    '',
    '[Install]',
    `WantedBy=${wantedBy}`,
    '',
  ].join('\n');
  return noted(text, place, launch, (note) => `# ${note}`);
}

/** A manager of one's own knows neither the network nor other users, and starts when all disks are there. */
function ofMachine({ config, data, user }: Launch): string[] {
  const disks = user === null ? [dirname(config)] : [dirname(config), data];
  return [
    'Wants=network-online.target',
    'After=network-online.target',
    `RequiresMountsFor=${disks.map(word).join(' ')}`,
  ];
}

function running(launch: Launch, { version, speaks }: Means): string[] {
  return [
    'Type=notify',
    ...(speaks
      ? ['NotifyAccess=main']
      : [
          '# Without ffi-rs Node cannot speak to systemd: the program systemd-notify does it for it.',
          'NotifyAccess=all',
        ]),
    '# Fed only while the event loop turns, timers fire and the store takes writes.',
    'WatchdogSec=60',
    ...(launch.scope === 'system' ? identity(launch) : []),
    `WorkingDirectory=${rest(dirname(launch.config))}`,
    `ExecStart=${command(commandLine(launch))}`,
    '# systemctl reload: on with the config as it is now, if that is good.',
    'ExecReload=/bin/kill -HUP $MAINPID',
    `Environment=${word(`PATH=${launch.searchPath}`)}`,
    '# Temporary files go into the private folder, which systemd empties. Another one of the manager may be read-only here.',
    'Environment=TMPDIR=/tmp',
    '# Memory that is no longer used goes back to the system, and does not stay in pools.',
    `Environment=${Object.entries(allocator)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
    ...(launch.profile === 'strict'
      ? [
          '# The home folder, where npm would keep what it has fetched, is read-only. updates asks npm, where the config lets it.',
          'Environment=npm_config_cache=/tmp/npm',
        ]
      : []),
    ...(launch.envFile === undefined ? [] : [`EnvironmentFile=${rest(launch.envFile)}`]),
    ...credentials(launch),
    '',
    'Restart=always',
    'RestartSec=10',
    ...steps(version),
    '# A wrong config is mended by whoever wrote it, and by no restart.',
    'RestartPreventExitStatus=2',
    'TimeoutStartSec=180',
    '# The service asks for more, when its supervision.drain is longer.',
    `TimeoutStopSec=${stopMsMax(drainMsDefault) / 1_000}`,
    '# A stop is told to the service alone: it gives running steps their time, and ends what they have started.',
    'KillMode=mixed',
    '# A job that takes all memory is one failure of that job.',
    'OOMPolicy=continue',
    '# So many files and connections may be open at once. In the strict profile Node cannot raise the limit by itself.',
    'LimitNOFILE=65536:524288',
  ];
}

function identity({ name, user }: Launch): string[] {
  if (user !== null) return [`User=${user}`];
  return [
    '# A user that there is only while the service runs. Its files are in /var/lib, where systemd gives them to it.',
    'DynamicUser=yes',
    `StateDirectory=${name}`,
    'StateDirectoryMode=0700',
  ];
}

function credentials({ credentials, scope }: Launch): string[] {
  const named = credentials.map(({ id, path }) => {
    const setting = path.endsWith('.cred') ? 'LoadCredentialEncrypted' : 'LoadCredential';
    return `${setting}=${id}:${rest(path)}`;
  });
  if (named.length > 0 || scope === 'user') return named;
  return [
    "# The vault's key and the operator's token, when they are in /etc/credstore or /run/credstore; without, the data folder has them.",
    'LoadCredential=nightshift-key',
    'LoadCredential=nightshift-token',
  ];
}

function steps(version: number | null): string[] {
  const settings = ['RestartSteps=6', 'RestartMaxDelaySec=5min'];
  if (version !== null && version >= stepsSince) return settings;
  return [`# From systemd ${stepsSince} on, with waits that grow: ${settings.join(', ')}`];
}

/** What may be written, and what would be hidden and must be seen. */
function folders({ profile, scope, user, data, reads, writes }: Launch): string[] {
  const isHidden = (path: string) => (profile === 'strict' ? hiding : temporary).test(path);
  const written = [...(user === null && scope === 'system' ? [] : [data]), ...writes];
  const socket = profile === 'strict' && scope === 'user' ? ['%t/systemd/notify'] : [];
  // Bound twice, a folder is read-only, whatever the other line says.
  const read = reads.filter((path) => !written.some((folder) => isWithin(path, folder)));
  const shown = [...socket, ...outermost(read.filter(isHidden)).map(word)];
  return [
    ...(shown.length > 0
      ? ['# What the service reads of the folders that are hidden from it.', `BindReadOnlyPaths=${shown.join(' ')}`]
      : []),
    ...setting('BindPaths', written.filter(isHidden)),
    ...(profile === 'strict'
      ? setting(
          'ReadWritePaths',
          written.filter((path) => !isHidden(path)),
        )
      : []),
  ];
}

function setting(name: string, paths: readonly string[]): string[] {
  return paths.length === 0 ? [] : [`${name}=${paths.map(word).join(' ')}`];
}

/** Without those that stand in another one of them. */
function outermost(paths: readonly string[]): string[] {
  const all = [...new Set(paths)];
  return all.filter((path) => !all.some((other) => path !== other && isWithin(path, other)));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
