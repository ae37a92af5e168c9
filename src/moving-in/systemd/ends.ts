/**
 * What is made of the end of a service of systemd: which exit codes are well, and what it is tried again for.
 *
 * @see systemd.service(5), `SuccessExitStatus=`, `Restart=`; systemd.exec(5), "Process Exit Codes"
 */
import type { CommandOptions, ExitMeaning } from '../../config/definition.ts';
import { formatDuration } from '../../policies/duration.ts';
import { endsAsBefore } from '../as-before.ts';
import { timeSpanMs } from './time-span.ts';
import type { Unit } from './unit-file.ts';

/** Those of sysexits.h. */
const named: Readonly<Record<string, number>> = {
  USAGE: 64,
  DATAERR: 65,
  NOINPUT: 66,
  NOUSER: 67,
  NOHOST: 68,
  UNAVAILABLE: 69,
  SOFTWARE: 70,
  OSERR: 71,
  OSFILE: 72,
  CANTCREAT: 73,
  IOERR: 74,
  TEMPFAIL: 75,
  PROTOCOL: 76,
  NOPERM: 77,
  CONFIG: 78,
};

export function endsOf(unit: Unit): Pick<CommandOptions, 'exitCodes' | 'retry'> {
  const codes = (key: string) => unit.values('Service', key).flatMap((text) => text.split(/\s+/).flatMap(codeIn));
  const isRestarted = unit.value('Service', 'Restart') === 'on-failure';
  const exitCodes: [string | number, ExitMeaning][] = [
    ...(isRestarted ? restarted : Object.entries(endsAsBefore.exitCodes)),
    ...codes('RestartPreventExitStatus').map((code): [number, ExitMeaning] => [code, 'bug']),
    ...codes('SuccessExitStatus').map((code): [number, ExitMeaning] => [code, 'success']),
  ];
  const wait = timeSpanMs(unit.value('Service', 'RestartSec') ?? '100ms') ?? 100;
  const base = formatDuration(Number.isFinite(wait) ? Math.max(wait, 1) : 100);
  const tries = Number(unit.value('Unit', 'StartLimitBurst') ?? 5);
  return {
    exitCodes: Object.fromEntries(exitCodes),
    ...(isRestarted && {
      retry: { base, tries: Number.isInteger(tries) && tries > 0 ? tries : 5 },
    }),
  };
}

/** Everything but a success is tried again; these have a meaning of their own otherwise. */
const restarted: [string | number, ExitMeaning][] = [
  [69, 'recoverable'],
  [75, 'recoverable'],
  [77, 'recoverable'],
  ['other', 'recoverable'],
];

function codeIn(text: string): number[] {
  if (/^\d{1,3}$/.test(text) && Number(text) < 256) return [Number(text)];
  const code = named[text.replace(/^EX_/, '')];
  return code === undefined ? [] : [code];
}
