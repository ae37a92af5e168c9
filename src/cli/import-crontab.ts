/**
 * `import crontab`: the jobs of a crontab as a config. The crontab is read, and never written.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { NightshiftError } from '../errors.ts';
import { type Cron, crons } from '../moving-in/crontab/crons.ts';
import { type CrontabFacts, importCrontab } from '../moving-in/crontab/import-crontab.ts';
import { commentText } from '../moving-in/literal.ts';
import { accountOf, ownAccount } from './accounts.ts';
import { oneOf } from './one-of.ts';
import { UsageError } from './usage-error.ts';
import { type ImportOptions, writeImported } from './write-imported.ts';

export interface CrontabOptions extends ImportOptions {
  /** It has a column for users, wherever it lies. */
  system?: boolean;
  /** Who has read it until now. Default: the cron of this machine. */
  cron?: string;
}

/** @param file of the crontab; `-` for stdin, undefined for that of whoever gives the command */
export function importCrontabCommand(file: string | undefined, options: CrontabOptions): number {
  const facts = crontabFacts(file, options);
  const words = {
    by: 'nightshift import crontab',
    differences: [
      'Every job runs the same line in the same shell, at the same times and in the same environment, with a few variables more',
      `(NIGHTSHIFT_RUN_ID and so on). It was read as ${facts.cron.called} reads it (--cron). What is different:`,
      '- What a job prints is in nightshift logs. Nobody is sent a mail.',
      '- A run that a crash of the service or of the machine has cut off begins again at the next start.',
      '- A job that is due while it still runs is not started a second time beside itself (overlap).',
      '- A time of day that passes while the machine sleeps is missed (catchUp): cron runs it on waking, after three hours at most.',
    ],
  };
  const sources = file === undefined || file === '-' ? [] : [file];
  return writeImported(importCrontab(crontabBytes(file).toString(), facts), options, words, sources);
}

export function crontabFacts(
  file: string | undefined,
  { system, cron }: Pick<CrontabOptions, 'system' | 'cron'>,
): CrontabFacts {
  const path = file === undefined || file === '-' ? '' : resolve(file);
  const isSystem = system || path === '/etc/crontab' || path.startsWith('/etc/cron.d/');
  return {
    from: file === undefined ? 'crontab -l' : file === '-' ? 'stdin' : path,
    hasUsers: isSystem ? 'with users' : 'without users',
    cron: cron === undefined ? cronHere() : cronNamed(cron),
    user: ownAccount(),
    accountOf,
  };
}

/** Where there is none of either, as the one reads it that most have. */
function cronHere(): Cron {
  const isCronie = ['/usr/sbin/crond', '/usr/bin/crond', '/sbin/crond'].some((file) => existsSync(file));
  return isCronie && !existsSync('/usr/sbin/cron') ? crons.cronie : crons.debian;
}

function cronNamed(name: string): Cron {
  return crons[oneOf('--cron', name, Object.keys(crons) as Cron['name'][])];
}

/**
 * @throws {UsageError} for a name that is no file's
 * @throws {NightshiftError} `CRONTAB_UNREADABLE`
 */
export function crontabBytes(file: string | undefined): Buffer {
  if (file === undefined) return ownCrontab();
  try {
    return readFileSync(file === '-' ? process.stdin.fd : file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const told = (found: string) => `${file}: found ${found}, expected a crontab. Name another, or none for your own.`;
    if (code === 'ENOENT') throw new UsageError(told('no such file'));
    if (code === 'EISDIR') throw new UsageError(told('a folder'));
    throw unreadable(told(`a file that cannot be read (${code})`), cause);
  }
}

function ownCrontab(): Buffer {
  try {
    return execFileSync('crontab', ['-l'], { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const { code, stderr = '' } = cause as NodeJS.ErrnoException & { stderr?: Buffer };
    const found = code === 'ENOENT' ? 'no program of that name' : `that it says: ${commentText(String(stderr).trim())}`;
    throw unreadable(
      `crontab -l: found ${found}, expected your crontab. Name a file: nightshift import crontab FILE`,
      cause,
    );
  }
}

function unreadable(message: string, cause: unknown): NightshiftError {
  return new NightshiftError('CRONTAB_UNREADABLE', message, { cause });
}
