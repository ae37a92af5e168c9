/**
 * What a unit sets and a command engine does not have: said, so that nobody relies on it.
 */
import { isYes, type Unit } from './unit-file.ts';

const any = /^/;

/** What is carried over, or makes no difference to a job that is run by another: which values of it. */
const silent: Readonly<Record<string, RegExp>> = {
  ExecStart: any,
  ExecStartPre: any,
  User: any,
  WorkingDirectory: any,
  Environment: any,
  EnvironmentFile: any,
  PassEnvironment: any,
  UnsetEnvironment: any,
  DynamicUser: any,
  RestartPreventExitStatus: any,
  RestartSec: any,
  TimeoutSec: any,
  TimeoutStartSec: any,
  // About a main process, which here is the one that was started, and about the journal.
  GuessMainPID: any,
  PIDFile: any,
  SyslogIdentifier: any,
  SyslogLevel: any,
  SyslogFacility: any,
  LogLevelMax: any,
  Restart: any,
  // The rest is named below, with what it means.
  Type: any,
  RemainAfterExit: any,
  // Signals end a run as a failure here.
  SuccessExitStatus: /^(?!.*\bSIG)/,
  MemoryMax: /^(?:infinity|\d+(?:\.\d+)?[KMGTPE%]?B?)$/,
  StandardOutput: /^(?:journal|journal\+console|inherit|null|syslog|kmsg)$/,
  StandardError: /^(?:journal|journal\+console|inherit|null|syslog|kmsg)$/,
  KillMode: /^(?:control-group|mixed)$/,
  KillSignal: /^(?:SIGTERM|TERM|15)$/,
  SendSIGKILL: /^(?:1|yes|y|true|t|on)$/i,
};
const byType: Readonly<Record<'oneshot' | 'other', readonly string[]>> = {
  oneshot: ['ExecStartPost'],
  other: ['RuntimeMaxSec'],
};
/** Of a unit as a whole, what decides whether it runs, or what comes of it. */
const deciding = /^(?:Condition|Assert|OnFailure$|OnSuccess$|Requires$|Requisite$|BindsTo$|Conflicts$)/;

export function settingsLeft(unit: Unit, type: 'oneshot' | 'other'): string[] {
  const left = unit
    .keys('Service')
    .filter((key) => !byType[type].includes(key))
    .flatMap((key) =>
      unit.values('Service', key).flatMap((value) => (isSilent(key, value) ? [] : [`${key}=${value}`])),
    );
  return [
    ...(left.length === 0 ? [] : [`Not carried over: ${left.join(', ')}.`]),
    ...unitSettingsLeft(unit),
    ...remarksOn(unit),
  ];
}

/** @param whose says so, where it is not the service's */
export function unitSettingsLeft(unit: Unit, whose?: 'of the timer'): string[] {
  const conditions = unit
    .keys('Unit')
    .filter((key) => deciding.test(key))
    .flatMap((key) => unit.values('Unit', key).map((value) => `${key}=${value}`));
  return conditions.length === 0 ? [] : [`Not looked at${whose ? `, ${whose}` : ''}: ${conditions.join(', ')}.`];
}

function isSilent(key: string, value: string): boolean {
  return Object.hasOwn(silent, key) && silent[key]?.test(value) === true;
}

function remarksOn(unit: Unit): string[] {
  const [type = 'simple', restart = 'no'] = [unit.value('Service', 'Type'), unit.value('Service', 'Restart')];
  return [
    ...(type === 'forking'
      ? ['Type=forking: here the run is over when its program ends, and what that leaves running is ended with it.']
      : []),
    ...(/^(?:notify|notify-reload|dbus)$/.test(type)
      ? [`Type=${type}: that it is up is heard by nobody; here a run is over when its program ends.`]
      : []),
    ...(isYes(unit.value('Service', 'RemainAfterExit'))
      ? ['RemainAfterExit=yes: systemd runs it once, for it counts as up from then on; here it runs each time.']
      : []),
    ...(restart === 'no' || restart === 'on-failure' ? [] : [`Restart=${restart}: it is tried again as retry says.`]),
  ];
}
