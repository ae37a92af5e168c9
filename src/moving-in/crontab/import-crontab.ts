/**
 * From a crontab to command engines: the same lines in the same shell, at the same times, with the environment that cron gives
 * them, and what cron does otherwise than nightshift said as options.
 */
import type { CommandOptions } from '../../config/definition.ts';
import { isTimeZone } from '../../config/fields.ts';
import { checkCron } from '../../policies/cron.ts';
import { endsAsBefore, remarksOnEnds } from '../as-before.ts';
import {
  type Account,
  type Constant,
  type Found,
  type FoundJob,
  leftOut,
  remarksOnRoot,
  runuser,
} from '../found-job.ts';
import { namesOfLine } from '../job-names.ts';
import { remarksOnLine } from '../line-remarks.ts';
import { unwrapped } from '../shadow-line.ts';
import type { Cron } from './crons.ts';
import { Environments } from './environments.ts';
import { expressionOf, nicknames } from './expression.ts';
import { FieldError, fieldsIn } from './fields.ts';
import { type CrontabLine, type Job, linesOf } from './lines.ts';
import { splitAtPercent } from './percent.ts';

export interface CrontabFacts {
  /** As in `crontab -l`. */
  from: string;
  hasUsers: 'with users' | 'without users';
  /** Who has read it until now. */
  cron: Cron;
  /** Who will run the service. */
  user: Account;
  /** Absent for a name that nobody here has. */
  accountOf: (name: string) => Account | undefined;
}

const notesMax = 10;
/** As `crontab -e` writes it above the first job. */
const columns = /^m +h +dom +mon +dow +/;

type JobLine = Extract<CrontabLine, { kind: 'job' }>;

export function importCrontab(text: string, facts: CrontabFacts): Found {
  const environments = new Environments(facts.user);
  const jobs: FoundJob[] = [];
  let notes: string[] = [];
  for (const line of linesOf(text, facts.hasUsers)) {
    if (line.kind === 'setting') environments.note(line.name, line.value, line.number);
    if (line.kind === 'job') jobs.push(jobOf(line, notes, environments, facts));
    if (line.kind === 'wrong') jobs.push(leftOut(asFound(line, notes, []), line.why));
    // What stands right above a job is about it.
    notes = line.kind === 'comment' && !columns.test(line.comment) ? [...notes.slice(1 - notesMax), line.comment] : [];
  }
  const { mailTo, remarks, constants } = environments;
  return {
    from: facts.from,
    jobs,
    remarks: [...remarksOnRoot(facts.user, jobs), ...remarks],
    constants: [asCron(facts.user), ...constants],
    ...(mailTo && { mailTo }),
  };
}

/** What cron does and nightshift, unless told, does not. */
function asCron({ home }: Account): Constant {
  return {
    name: 'asCron',
    comment: ['What cron does, and nightshift does otherwise unless it is told.'],
    value: {
      cwd: home,
      inherit: ['LANG', 'LC_ALL'],
      timeout: '1d',
      catchUp: 'skip',
      maxFailures: 1000,
      ...endsAsBefore,
    },
    remarks: {
      inherit: 'cron hands on nothing else: the rest is said in env',
      timeout: "cron has no limit; the usual one is '1h'",
      catchUp: "cron makes up for no time off; 'once', the usual, runs a job that was due while the machine was off",
      maxFailures: 'cron goes on for ever; after 5, the usual, a job halts and you are told',
      ...remarksOnEnds,
    },
  };
}

function jobOf(line: JobLine, notes: string[], environments: Environments, facts: CrontabFacts): FoundJob {
  const { line: command, stdin } = splitAtPercent(line.command);
  const shellLine = unwrapped(command);
  const found = asFound(line, notes, namesOfLine(shellLine));
  const schedule = scheduleOf(line, environments.set, facts.cron);
  if (typeof schedule === 'string') return leftOut(found, schedule);
  const runs = runsAs(line, shellLine, environments, facts);
  if (typeof runs === 'string') return leftOut(found, runs);
  environments.use();
  const { remarks, ...timing } = schedule;
  const { options, cwd, remarks: more } = runs;
  const isReboot = timing.schedule === '@reboot';
  return {
    ...found,
    options: {
      ...timing,
      ...options,
      ...(stdin !== undefined && { stdin }),
      ...asCron(facts.user).value,
      cwd,
      ...(isReboot && atReboot),
    } as CommandOptions,
    remarks: [
      ...remarks,
      ...more,
      ...(stdin === undefined ? [] : [percent]),
      ...(isReboot ? [daemon] : []),
      ...(facts.hasUsers === 'without users' && /^root\s/.test(shellLine) ? [userColumn] : []),
      ...remarksOnLine(shellLine),
      ...(line.command.endsWith('\r') ? [carriageReturn] : []),
    ],
  };
}

/** What was due when the machine started is not too late when the service is there. */
const atReboot = { catchUp: 'once', grace: '10m', timeout: '365d' };
const daemon =
  'What starts with the machine to run for ever belongs into systemd: here it is a run, which its timeout ends.';
const percent = 'What stands behind the % is its stdin, as with cron, for which a percent sign to the shell is \\%.';
const userColumn = 'root is a user, and hardly a program: a table with a column for users is imported with --system.';
const carriageReturn =
  'The line ends with a carriage return, which the shell gets as cron gave it: it is hardly meant.';

function asFound(
  { number, text }: CrontabLine,
  notes: string[],
  names: string[],
): Omit<FoundJob, 'options' | 'remarks'> {
  return { place: `line ${number}`, source: text.trim(), notes, names: names.length > 0 ? names : ['job'] };
}

const drawn = '~ draws a number: here it is the same after each restart.';
const undrawn = "~ means nothing to Debian's cron, which reads the number before it alone, and so it is here.";

function meansNothing(name: string, { called }: Cron): string {
  return `${name} is a variable like others to ${called}, and moves no time. Where cronie has read it, import it with --cron cronie.`;
}

type Timing = Pick<CommandOptions, 'schedule' | 'timeZone' | 'jitter'> & { remarks: string[] };

/** A text says why it cannot be carried over. */
function scheduleOf({ when, command }: Job, environment: ReadonlyMap<string, string>, cron: Cron): Timing | string {
  const remarks: string[] = [];
  const expression = expressionIn(when, cron, `${when.join(' ')} ${command}`);
  if (typeof expression !== 'string') return expression.why;
  if (when.some((field) => field.includes('~'))) remarks.push(cron.hasZonesAndChance ? drawn : undrawn);
  if (!cron.hasZonesAndChance) {
    const other = ['CRON_TZ', 'RANDOM_DELAY'].filter((name) => environment.get(name));
    return { schedule: expression, remarks: [...remarks, ...other.map((name) => meansNothing(name, cron))] };
  }
  const zone = (environment.get('CRON_TZ') ?? '').replace(/^:/, '');
  if (zone !== '' && !isTimeZone(zone))
    return `CRON_TZ=${zone} is no time zone of the IANA database, as Europe/Berlin is one.`;
  const timeZone = zone === '' || expression === '@reboot' ? {} : { timeZone: zone };
  const delay = environment.get('RANDOM_DELAY') ?? '';
  const isDelay = /^\s*\d{1,4}/.test(delay) && Number.parseInt(delay, 10) <= 1_440;
  if (delay !== '' && !isDelay) remarks.push(`RANDOM_DELAY=${delay} is none of 0 to 1440 minutes: cron does without.`);
  const minutes = isDelay && expression !== '@reboot' ? Number.parseInt(delay, 10) : 0;
  return { schedule: expression, ...timeZone, ...(minutes > 0 && { jitter: `${minutes}m` }), remarks };
}

function expressionIn(when: readonly string[], cron: Cron, seed: string): string | { why: string } {
  const [first = ''] = when;
  if (first === '@reboot') return first;
  if (first.startsWith('@')) {
    return Object.hasOwn(nicknames, first)
      ? (nicknames[first] as string)
      : { why: `${first} is no nickname that cron knows.` };
  }
  try {
    const expression = expressionOf(fieldsIn(when, cron, seed));
    const wrong = checkCron(expression, 'UTC');
    return wrong === null ? expression : { why: wrong };
  } catch (error) {
    if (error instanceof FieldError) return { why: error.message };
    throw error;
  }
}

type Runs = { options: Pick<CommandOptions, 'run' | 'shell' | 'env'>; cwd: string; remarks: string[] };

/** The line in its shell, as its user; a text says why it cannot be carried over. */
function runsAs(job: Job, line: string, { set, all }: Environments, { user, accountOf }: CrontabFacts): Runs | string {
  const shell = set.get('SHELL') ?? '/bin/sh';
  if (job.user === undefined || job.user === user.name) {
    const isPlain = shell === '/bin/sh';
    const run = isPlain ? { run: line, shell: isPlain } : { run: [shell, '-c', line] };
    return { options: { ...run, env: all }, cwd: set.get('HOME') ?? user.home, remarks: [] };
  }
  const account = accountOf(job.user);
  if (!account) return `It runs as ${job.user}, and there is no such user here.`;
  if (!user.isRoot)
    return `It runs as ${job.user}, and the service as ${user.name}: import it as ${job.user}, or as root.`;
  const home = set.get('HOME') ?? account.home;
  return {
    options: {
      run: [runuser, '-u', account.name, '--', shell, '-c', line],
      env: { ...all, HOME: home, LOGNAME: account.name, USER: account.name },
    },
    cwd: home,
    remarks: [`It runs as ${account.name}, through runuser.`],
  };
}
