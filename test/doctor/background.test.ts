import { expect, it } from 'vitest';
import { checkBackground, type Kept } from '../../src/doctor/background.ts';

const up: Kept['standing'] = {
  state: 'active (running)',
  isUp: true,
  isEnabled: true,
  pid: 7,
  restarts: 0,
  says: 'running',
  dropIns: [],
};
const kept = (standing: Partial<Kept['standing']> = {}, more: Partial<Kept> = {}): Kept => ({
  name: 'nightshift',
  scope: 'user',
  manager: { name: 'systemd', file: '/units/nightshift.service' },
  note: { untouched: true, profile: 'home' },
  text: '[Service]\nWatchdogSec=60\n',
  standing: { ...up, ...standing },
  ...more,
});
const down = { state: 'failed (failed, exit-code)', isUp: false, pid: null };
const start = 'systemctl --user enable --now nightshift.service';
const anew =
  'with the other options that it was installed with: nightshift service install --force --name nightshift --user --profile home';

it.each([
  ['nobody keeps it', [], null, ['unit ok']],
  ['it is kept, and is up', [kept()], 7, ['unit ok', 'watchdog ok']],
  ['it is down', [kept(down)], null, [`unit problem: ${start}`, 'watchdog ok']],
  [
    'that of the machine is down',
    [kept(down, { scope: 'system', name: 'other' })],
    null,
    ['unit problem: systemctl enable --now other.service', 'watchdog ok'],
  ],
  [
    'that of launchd is down',
    [kept(down, { manager: { name: 'launchd', file: '/a.plist' }, text: '' })],
    null,
    [
      'unit problem: with the options that it was installed with: nightshift service install --name nightshift --user',
      'watchdog ok',
    ],
  ],
  ['another process has taken its place', [kept(down)], 9, ['unit problem: kill 9', 'watchdog ok']],
  [
    'it does not start with the machine',
    [kept({ isEnabled: false })],
    7,
    ['unit ok', `unit warning: ${start}`, 'watchdog ok'],
  ],
  [
    'its file has been changed',
    [kept({}, { note: { untouched: false, profile: 'home' } })],
    7,
    ['unit ok', `unit warning: ${anew}`, 'watchdog ok'],
  ],
  [
    'systemd gives no answer',
    [kept({ ...down, state: 'unknown: no bus' })],
    9,
    ['unit warning: nightshift service status --name nightshift --user', 'watchdog ok'],
  ],
  [
    'nobody notices that it stands still',
    [kept({}, { text: '[Service]\n' })],
    7,
    ['unit ok', `watchdog warning: ${anew}`],
  ],
  [
    'launchd keeps it',
    [kept({}, { manager: { name: 'launchd', file: '/a.plist' }, text: '' })],
    7,
    ['unit ok', 'watchdog ok'],
  ],
  [
    'two are there for one folder',
    [kept(), kept({}, { name: 'other', scope: 'system' })],
    7,
    ['unit problem: nightshift service uninstall --name other --system'],
  ],
])('when %s, says so', (_, services, pid, expected) => {
  const found = checkBackground(services, pid === null ? null : { pid, since: 1 }, true);
  expect(found.map(({ check, severity, fix }) => `${check} ${severity}${fix ? `: ${fix}` : ''}`)).toEqual(expected);
});

it.each([
  ['main', `watchdog problem: ${anew}`],
  ['all', 'watchdog ok: undefined'],
])(
  'when the service cannot speak for itself, says whether systemd hears another with NotifyAccess=%s',
  (access, expected) => {
    const text = `[Service]\nWatchdogSec=60\nNotifyAccess=${access}\n`;
    const found = checkBackground([kept({}, { text })], { pid: 7, since: 1 }, false);
    expect(found.map(({ check, severity, fix }) => `${check} ${severity}: ${fix}`)).toContain(expected);
  },
);
