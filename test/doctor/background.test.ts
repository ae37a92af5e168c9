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
  note: { untouched: true },
  text: '[Service]\nWatchdogSec=60\n',
  standing: { ...up, ...standing },
  ...more,
});
const down = { state: 'failed (failed, exit-code)', isUp: false, pid: null };
const install = 'nightshift service install --name nightshift --user';

it.each([
  ['nobody keeps it', [], null, ['unit ok']],
  ['it is kept, and is up', [kept()], 7, ['unit ok', 'watchdog ok']],
  ['it is down', [kept(down)], null, [`unit problem: ${install}`, 'watchdog ok']],
  ['another process has taken its place', [kept(down)], 9, ['unit problem: kill 9', 'watchdog ok']],
  [
    'it does not start with the machine',
    [kept({ isEnabled: false })],
    7,
    ['unit ok', `unit warning: ${install}`, 'watchdog ok'],
  ],
  [
    'its file has been changed',
    [kept({}, { note: { untouched: false } })],
    7,
    ['unit ok', `unit warning: ${install} --force`, 'watchdog ok'],
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
    ['unit ok', 'watchdog warning: nightshift service install --force --name nightshift --user'],
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
  const found = checkBackground(services, pid === null ? null : { pid, since: 1 });
  expect(found.map(({ check, severity, fix }) => `${check} ${severity}${fix ? `: ${fix}` : ''}`)).toEqual(expected);
});
