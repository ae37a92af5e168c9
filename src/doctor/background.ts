/**
 * Whether somebody keeps the service running: systemd or launchd, with a watchdog that notices when it stands still.
 */
import type { Installed } from '../background/installed.ts';
import type { Standing } from '../background/manager.ts';
import type { LockOwner } from '../persistence/lock.ts';
import { type Finding, findings } from './finding.ts';

const unit = findings('unit');
const watchdog = findings('watchdog');

/** A service that is there for the data folder, and how it stands. */
export interface Kept extends Pick<Installed, 'name' | 'scope' | 'text'> {
  manager: Pick<Installed['manager'], 'name' | 'file'>;
  note: Pick<Installed['note'], 'untouched' | 'profile'>;
  standing: Standing;
}

/**
 * @param owner who holds the data folder; null for nobody
 * @param speaks whether the service itself can write to systemd's socket
 */
export function checkBackground(kept: readonly Kept[], owner: LockOwner | null, speaks: boolean): Finding[] {
  if (kept.length === 0)
    return [
      unit.ok('nobody starts it again when it ends, or with the machine; to have that: nightshift service install'),
    ];
  const [one, ...others] = kept.map((each) => `${each.name} (${each.scope})`);
  if (others.length > 0) {
    const what = `${[one, ...others].join(' and ')} are all for this data folder: expected one, for the others cannot start`;
    return [unit.problem(what, `nightshift service uninstall --name ${kept.at(-1)?.name} --${kept.at(-1)?.scope}`)];
  }
  return kept.flatMap((each) => [...checkUnit(each, owner), checkWatchdog(each, speaks)]);
}

function checkUnit(kept: Kept, owner: LockOwner | null): Finding[] {
  const { name, scope, manager, note, standing } = kept;
  const who = `${name} (${scope}) is ${standing.state}`;
  const isUnknown = standing.state.startsWith('unknown');
  if (isUnknown) return [unit.warning(who, `nightshift service status --name ${name} --${scope}`)];
  const isStrangers = !standing.isUp && owner?.pid !== undefined && owner.pid !== null;
  return [
    isStrangers
      ? unit.problem(`${who}, for process ${owner?.pid} holds the data folder and is not its own`, `kill ${owner?.pid}`)
      : standing.isUp
        ? unit.ok(who)
        : unit.problem(who, started(kept)),
    ...(standing.isEnabled
      ? []
      : [unit.warning(`${name} (${scope}) does not start by itself with the machine`, started(kept))]),
    ...(note.untouched
      ? []
      : [unit.warning(`${manager.file} has been changed since it was written`, writtenAnew(kept))]),
  ];
}

function checkWatchdog(kept: Kept, speaks: boolean): Finding {
  const { manager, text } = kept;
  const isSystemd = manager.name === 'systemd';
  // On launchd the parent that the file starts is the watchdog.
  if (isSystemd && !/^WatchdogSec=/m.test(text)) {
    return watchdog.warning(
      `${manager.file} has no WatchdogSec: nobody notices a service that stands still`,
      writtenAnew(kept),
    );
  }
  if (isSystemd && !speaks && /^NotifyAccess=main$/m.test(text)) {
    return watchdog.problem(
      `${manager.file} lets the service itself alone speak to systemd (NotifyAccess=main), which it cannot any more: the package ffi-rs is missing, so systemd would wait in vain for word that it is up`,
      writtenAnew(kept),
    );
  }
  return watchdog.ok('a service that stands still is started again');
}

/** The file is as it should be: to install it again would take the options that it was installed with. */
function started({ name, scope, manager }: Kept): string {
  const user = scope === 'user' ? '--user ' : '';
  return manager.name === 'systemd'
    ? `systemctl ${user}enable --now ${name}.service`
    : `with the options that it was installed with: nightshift service install --name ${name} --${scope}`;
}

/** Of the options the file tells one. */
function writtenAnew({ name, scope, manager, note }: Kept): string {
  const profile = manager.name === 'systemd' ? ` --profile ${note.profile}` : '';
  return `with the other options that it was installed with: nightshift service install --force --name ${name} --${scope}${profile}`;
}
