/**
 * A crontab, line by line: what is said about jobs, what is set for them, and the jobs.
 *
 * A line is what stands between two line breaks: nothing continues it. What stands behind the times is the command, to the very
 * end: a number sign in it is the shell's.
 *
 * @see crontab(5) of ISC cron, cronie, FreeBSD and OpenBSD
 */
import { type Setting, settingIn } from './setting.ts';

export type CrontabLine = { number: number; text: string } & (
  | { kind: 'blank' }
  | { kind: 'comment'; comment: string }
  | ({ kind: 'setting' } & Setting)
  | ({ kind: 'job' } & Job)
  | { kind: 'wrong'; why: string }
);

export interface Job {
  /** A nickname such as `@daily`, or five fields. */
  when: readonly string[];
  /** Where tables have a column for it. */
  user?: string;
  command: string;
  /** Everything before the command, as it was written. */
  head: string;
}

/** @param hasUsers each job says as whom it runs, as in /etc/crontab */
export function linesOf(text: string, hasUsers: 'with users' | 'without users'): CrontabLine[] {
  const lines = text.split('\n');
  // What stands behind the last line break is no line, unless there is something.
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => ({
    number: index + 1,
    text: line,
    ...meaningOf(line.replace(/^[ \t]+/, ''), hasUsers),
  }));
}

type Meaning = CrontabLine extends infer Line ? (Line extends unknown ? Omit<Line, 'number' | 'text'> : never) : never;

function meaningOf(line: string, hasUsers: 'with users' | 'without users'): Meaning {
  if (/^\s*$/.test(line)) return { kind: 'blank' };
  if (line.startsWith('#')) return { kind: 'comment', comment: line.replace(/^#+\s?/, '').trimEnd() };
  if (line.length > lineMax)
    return { kind: 'wrong', why: `It is longer than the ${lineMax} characters that cron takes.` };
  if (line.includes('\u0000'))
    return { kind: 'wrong', why: 'There is a null character in it, which no command can hold.' };
  if (line.includes('\ufffd')) return { kind: 'wrong', why: 'There are bytes in it that are not UTF-8.' };
  const setting = settingIn(line);
  return setting ? { kind: 'setting', ...setting } : jobIn(line, hasUsers);
}

/** Cronie's; others take less. */
const lineMax = 131_072;

const gap = '[ \\t]+';
const word = '[^ \\t]+';
const times = new RegExp(`^-?(?:(?<nickname>@${word})|(?<fields>(?:${word}${gap}){4}${word}))${gap}`);
const user = new RegExp(`^(?<user>${word})${gap}`);
/** Behind the times: how mail and logging are meant, as in `-n`. */
const flags = /^(?:-[nqs][ \t]+)*/;

function jobIn(line: string, hasUsers: 'with users' | 'without users'): Meaning {
  const found = times.exec(line);
  if (!found) return { kind: 'wrong', why: noJob };
  const owner = hasUsers === 'with users' ? user.exec(line.slice(found[0].length)) : null;
  if (hasUsers === 'with users' && !owner) return { kind: 'wrong', why: noJob };
  const command = line.slice(found[0].length + (owner?.[0].length ?? 0)).replace(flags, '');
  if (command === '' || command.startsWith('*')) return { kind: 'wrong', why: noJob };
  const { nickname, fields = '' } = found.groups ?? {};
  return {
    kind: 'job',
    when: nickname === undefined ? fields.split(/[ \t]+/) : [nickname],
    ...(owner?.groups?.user !== undefined && { user: owner.groups.user }),
    command,
    head: line.slice(0, line.length - command.length),
  };
}

const noJob = 'It sets nothing, and is no job: five fields or a nickname such as @daily, and a command.';
