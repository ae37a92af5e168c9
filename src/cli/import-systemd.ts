/**
 * `import systemd`: timers, and the services that they start, as a config. The units are read, and never written.
 */
import { readFileSync } from 'node:fs';
import { hostname, machine, release, totalmem, userInfo } from 'node:os';
import { importTimers, type TimerFacts } from '../moving-in/systemd/import-timers.ts';
import { accountOf, ownAccount } from './accounts.ts';
import { isReadable, ownFolders, UnitFolders, type UnitKind } from './systemd-units.ts';
import { UsageError } from './usage-error.ts';
import { type ImportOptions, writeImported } from './write-imported.ts';

export interface SystemdOptions extends ImportOptions {
  system?: boolean;
  user?: boolean;
}

/** @param paths timers, or folders with timers; none for those of the machine's owner, or of the user */
export function importSystemdCommand(paths: readonly string[], options: SystemdOptions): number {
  const kind = kindOf(options);
  const account = { ...ownAccount(), id: userInfo().uid };
  const folders = new UnitFolders(kind, ownFolders(account.home, process.env), paths);
  const timers = paths.length === 0 ? folders.own() : paths.flatMap((path) => folders.timersOf(path));
  const sources = new Set(timers.map(({ file }) => file));
  const facts: TimerFacts = {
    from: paths.length === 0 ? folders.ownFolder : paths.join(', '),
    textsOf(name) {
      const texts = folders.textsOf(name);
      for (const { file } of texts) sources.add(file);
      return texts;
    },
    user: account,
    accountOf,
    host: {
      name: hostname(),
      architecture: machine().replace('_', '-').replace('aarch64', 'arm64'),
      kernel: release(),
      id: machineId(),
    },
    memory: totalmem(),
    isReadable,
  };
  const words = {
    by: 'nightshift import systemd',
    differences: [
      'Every job runs the same program with the same arguments, at the same times and in the environment of its unit, with a few',
      'variables more (NIGHTSHIFT_RUN_ID and so on). What is different:',
      '- What a job prints is in nightshift logs.',
      '- A run that a crash of the service or of the machine has cut off begins again at the next start.',
      '- What is due while the machine sleeps is missed without Persistent= (catchUp): systemd runs it on waking.',
      '- A time of day that does not exist, for the clock is set forward, is made up for when it has been.',
      'Turn the timers off once they run here: systemctl disable --now NAME.timer',
    ],
  };
  return writeImported(importTimers(timers, facts), options, words, [...sources]);
}

function kindOf({ system, user }: SystemdOptions): UnitKind {
  if (system && user) throw new UsageError('--system: found beside --user, expected one of them.');
  if (system || user) return system ? 'system' : 'user';
  return ownAccount().isRoot ? 'system' : 'user';
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}
