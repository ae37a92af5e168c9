/**
 * From timers of systemd, and the services that they start, to command engines.
 *
 * @see systemd.timer(5), systemd.service(5), systemd.exec(5)
 */
import type { CommandOptions } from '../../config/definition.ts';
import { formatDuration } from '../../policies/duration.ts';
import { endsAsBefore, remarksOnEnds } from '../as-before.ts';
import {
  type Account,
  type EnvironmentFile,
  type Found,
  type FoundJob,
  leftOut,
  remarksOnRoot,
  runuser,
} from '../found-job.ts';
import { commandLinesIn, programOf } from './command-line.ts';
import { endsOf } from './ends.ts';
import { environmentOf, type UnitEnvironment } from './environment.ts';
import { settingsLeft } from './settings-left.ts';
import { memoryBytes } from './size.ts';
import { type SpecifierFacts, specified, specifiersOf } from './specifiers.ts';
import { timeSpanMs } from './time-span.ts';
import { timingsOf } from './timing.ts';
import { isYes, Unit, type UnitText } from './unit-file.ts';
import { UnitError } from './words.ts';

/** A timer that was found: by name, as in `backup.timer`. */
export interface FoundTimer {
  name: string;
  file: string;
  kind: 'system' | 'user';
  /** Whether it is started: by hand, or with the machine. */
  isEnabled: boolean;
}

export interface TimerFacts {
  /** Where they were looked for. */
  from: string;
  /** The unit's file and what is dropped into it; empty when there is no such unit. */
  textsOf: (name: string, kind: 'system' | 'user') => UnitText[];
  /** Who will run the service. */
  user: Account & { id: number };
  accountOf: (name: string) => Account | undefined;
  host: SpecifierFacts['host'];
  /** Of the machine, in bytes. */
  memory: number;
  isReadable: (file: string) => boolean;
}

export function importTimers(timers: readonly FoundTimer[], facts: TimerFacts): Found {
  const jobs = timers.flatMap((timer) => jobsOf(timer, facts));
  const comment = ['What systemd does, and nightshift does otherwise unless it is told.'];
  const value = { ...asSystemd, ...placeOf(timers[0]?.kind ?? 'user', facts) };
  return {
    from: facts.from,
    jobs,
    remarks: remarksOnRoot(facts.user, jobs),
    constants: [{ name: 'asSystemd', comment, value, remarks: remarksOnDefaults }],
  };
}

/** What systemd does and nightshift, unless told, does not. */
const asSystemd = { timeout: '1d', catchUp: 'skip', maxFailures: 1000, ...endsAsBefore } as const;

const remarksOnDefaults = {
  timeout: "where the unit names no limit; the usual one is '1h'",
  catchUp: "without Persistent=; 'once', the usual, runs a job that was due while the machine was off",
  maxFailures: 'a timer goes on for ever; after 5, the usual, a job halts and you are told',
  ...remarksOnEnds,
};

/** Where a unit runs, and what it has of the environment of those that run it. */
function placeOf(kind: 'system' | 'user', { user }: TimerFacts): { cwd: string; inherit: string[] } {
  if (kind === 'system') return { cwd: '/', inherit: ['LANG'] };
  const session = ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];
  return { cwd: user.home, inherit: ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', ...session] };
}

function jobsOf(found: FoundTimer, facts: TimerFacts): FoundJob[] {
  const timerTexts = facts.textsOf(found.name, found.kind);
  const timer = new Unit(timerTexts);
  const service = timer.value('Timer', 'Unit') ?? found.name.replace(/\.timer$/, '.service');
  const { timings, remarks } = timingsOf(timer);
  const calendars = timer
    .keys('Timer')
    .filter((key) => key.startsWith('On'))
    .flatMap((key) => timer.values('Timer', key).map((value) => `${key}=${value}`));
  const job: Omit<FoundJob, 'options' | 'remarks'> = {
    place: found.file,
    source: `${found.name} (${calendars.join(', ')}) starts ${service}`,
    notes: [timer.value('Unit', 'Description')].filter((text) => text !== undefined),
    names: namesOf(found.name),
  };
  if (!found.isEnabled) return [leftOut(job, 'It is not enabled: systemd does not start it.')];
  if (timings.length === 0) return [leftOut(job, ...remarks)];
  if (!service.endsWith('.service')) return [leftOut(job, `It starts ${service}, which is no service.`)];
  const texts = facts.textsOf(service, found.kind);
  if (texts.length === 0) return [leftOut(job, `${service}: there is no such unit where units are looked for.`)];
  const muddled = [...timerTexts, ...texts].find(({ text }) => text.includes('\ufffd'));
  if (muddled) return [leftOut(job, `${muddled.file}: there are bytes in it that are not UTF-8.`)];
  const run = settled(() => runOf(new Unit(texts), service, texts[0]?.file ?? '', found.kind, facts));
  if ('why' in run) return [leftOut(job, run.why)];
  return timings.map(({ options, remarks, suffix }) => ({
    ...job,
    names: suffix === '' ? job.names : job.names.map((name) => `${name}-${suffix}`),
    options: { ...options, ...run.options, ...defaultsOf({ ...options, ...run.options }) },
    ...(run.environmentFiles.length > 0 && { environmentFiles: run.environmentFiles }),
    remarks: [...remarks, ...run.remarks],
  }));
}

/** Of the defaults those that nothing else is said about. */
function defaultsOf(options: Partial<CommandOptions>): Partial<CommandOptions> {
  return Object.fromEntries(Object.entries(asSystemd).filter(([key]) => !(key in options)));
}

function settled<Value>(work: () => Value): Value | { why: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnitError) return { why: error.message };
    throw error;
  }
}

/** `backup-home@ada.timer` is `backup-home-ada`. */
function namesOf(timer: string): string[] {
  const name = timer
    .replace(/\.timer$/, '')
    .replaceAll(/[^\w.-]+/g, '-')
    .slice(0, 80)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return [name === '' ? 'timer' : name];
}

interface Run {
  options: Pick<CommandOptions, 'run'> & Partial<CommandOptions>;
  environmentFiles: EnvironmentFile[];
  remarks: string[];
}

/** @throws {UnitError} */
function runOf(unit: Unit, name: string, file: string, kind: 'system' | 'user', facts: TimerFacts): Run {
  const { user, host } = facts;
  const specifiers = specifiersOf({ kind, unit: name, file, user, host });
  const value = (key: string) => {
    const text = unit.value('Service', key);
    return text === undefined ? undefined : specified(text, specifiers);
  };
  const isOneshot = value('Type') === 'oneshot';
  const keys = isOneshot ? ['ExecStartPre', 'ExecStart', 'ExecStartPost'] : ['ExecStartPre', 'ExecStart'];
  const lines = keys.flatMap((key) => unit.values('Service', key)).flatMap((text) => commandLinesIn(text, specifiers));
  if (unit.values('Service', 'ExecStart').length === 0) throw new UnitError(`${name}: it has no ExecStart=.`);
  const { run, isShell, split } = programOf(lines);
  if (kind === 'system' && isYes(value('DynamicUser'))) throw new UnitError(madeUp);
  const owner = ownerOf(value('User') ?? (kind === 'system' ? 'root' : user.name), facts);
  const isOther = owner.name !== user.name;
  const hasLogin = isOther || (kind === 'system' && value('User') !== undefined);
  const environment = environmentOf(unit, specifiers, facts.isReadable);
  const place = placeOf(kind, facts);
  const folder = value('WorkingDirectory')?.replace(/^-/, '');
  return {
    options: {
      run: isOther ? [runuser, '-u', owner.name, '--', ...run] : run,
      cwd: folder === undefined ? place.cwd : folder === '~' ? owner.home : folder,
      inherit: [...place.inherit, ...environment.passed].filter((name) => !environment.unset.includes(name)),
      env: {
        ...(kind === 'system' && { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }),
        ...(hasLogin && { HOME: owner.home, LOGNAME: owner.name, USER: owner.name }),
        ...environment.values,
      },
      ...limitsOf(unit, isOneshot ? 'start' : 'run', facts),
      ...endsOf(unit),
    },
    environmentFiles: environment.files,
    remarks: [
      ...(isShell ? [shell] : []),
      ...split.filter((name) => mayHoldQuotes(name, environment)).map(quotesIn),
      ...(isOther ? [`It runs as ${owner.name}, through runuser.`] : []),
      ...(lines.some(({ isPrivileged }) => isPrivileged) ? [privileged] : []),
      ...environment.remarks,
      ...settingsLeft(unit, isOneshot ? 'oneshot' : 'other'),
    ],
  };
}

const madeUp = 'DynamicUser=yes: it runs as a user that systemd makes up for it, and nobody here would be that one.';
const shell = 'A shell puts in variables, or runs one program after the other, as systemd does by itself.';
/** systemd takes a value apart as it does a command line, the shell at spaces alone. */
function mayHoldQuotes(name: string, { values, files, passed }: UnitEnvironment): boolean {
  return files.length > 0 || passed.includes(name) || /["'\\]/.test(values[name] ?? '');
}

function quotesIn(name: string): string {
  return `$${name} is taken apart at spaces: quotes and backslashes in it, which systemd would heed, are signs like others here.`;
}

const privileged = 'A plus or an exclamation mark before a program: it has no more rights than the others here.';

/** @throws {UnitError} for somebody whom the service cannot run it as */
function ownerOf(name: string, { user, accountOf }: TimerFacts): Account {
  if (name === user.name) return user;
  const account = accountOf(name);
  if (!account) throw new UnitError(`It runs as ${name}, and there is no such user here.`);
  if (!user.isRoot)
    throw new UnitError(`It runs as ${name}, and the service as ${user.name}: import it as ${name}, or as root.`);
  return account;
}

function limitsOf(
  unit: Unit,
  what: 'start' | 'run',
  { memory }: TimerFacts,
): Pick<CommandOptions, 'timeout' | 'memory'> {
  const value = (key: string) => unit.value('Service', key);
  const text = what === 'start' ? (value('TimeoutStartSec') ?? value('TimeoutSec')) : value('RuntimeMaxSec');
  const ms = timeSpanMs(text ?? 'infinity') ?? 0;
  const bytes = memoryBytes(value('MemoryMax') ?? 'infinity', memory) ?? 0;
  return {
    ...(ms >= 1 && Number.isFinite(ms) && { timeout: formatDuration(ms) }),
    ...(bytes >= 1 && Number.isFinite(bytes) && { memory: bytes }),
  };
}
