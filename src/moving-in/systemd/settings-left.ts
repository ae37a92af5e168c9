/**
 * What a unit sets and a command engine does not have: said, so that nobody relies on it.
 */
import type { Unit } from './unit-file.ts';

/** What is carried over, or makes no difference to a job that is run by another. */
const carried = new Set([
  ...[
    'Type',
    'ExecStart',
    'ExecStartPre',
    'User',
    'WorkingDirectory',
    'Environment',
    'EnvironmentFile',
    'PassEnvironment',
  ],
  ...[
    'UnsetEnvironment',
    'SuccessExitStatus',
    'RestartPreventExitStatus',
    'RestartSec',
    'MemoryMax',
    'RemainAfterExit',
  ],
  ...[
    'StandardOutput',
    'StandardError',
    'SyslogIdentifier',
    'SyslogLevel',
    'SyslogFacility',
    'LogLevelMax',
    'TimeoutStopSec',
  ],
  ...['KillMode', 'KillSignal', 'SendSIGKILL', 'GuessMainPID', 'PIDFile', 'TimeoutSec', 'WatchdogSec'],
]);
const byType: Readonly<Record<'oneshot' | 'other', readonly string[]>> = {
  oneshot: ['ExecStartPost', 'TimeoutStartSec'],
  other: ['RuntimeMaxSec', 'TimeoutStartSec'],
};
/** Of a unit as a whole, what decides whether it runs, or what comes of it. */
const deciding = /^(?:Condition|Assert|OnFailure$|OnSuccess$|Requires$|Requisite$|BindsTo$|Conflicts$)/;

export function settingsLeft(unit: Unit, type: 'oneshot' | 'other'): string[] {
  const restart = unit.value('Service', 'Restart') ?? 'no';
  const left = unit
    .keys('Service')
    .filter((key) => key !== 'Restart' && !carried.has(key) && !byType[type].includes(key))
    .filter((key) => unit.values('Service', key).length > 0);
  const conditions = unit.keys('Unit').filter((key) => deciding.test(key) && unit.values('Unit', key).length > 0);
  const said = (section: string, keys: readonly string[]) =>
    keys.flatMap((key) => unit.values(section, key).map((value) => `${key}=${value}`)).join(', ');
  return [
    ...(left.length === 0 ? [] : [`Not carried over: ${said('Service', left)}.`]),
    ...(conditions.length === 0 ? [] : [`Not looked at: ${said('Unit', conditions)}.`]),
    ...(restart === 'no' || restart === 'on-failure' ? [] : [`Restart=${restart}: it is tried again as retry says.`]),
  ];
}
