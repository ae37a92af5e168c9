/**
 * `shadow crontab`: prints a crontab whose jobs tell of each of their runs. The crontab itself stays as it is.
 *
 * What is printed takes its place, so nothing of it may be lost: its lines are taken byte by byte, in whatever encoding somebody wrote them.
 */
import { isUtf8 } from 'node:buffer';
import { realpathSync } from 'node:fs';
import { NightshiftError } from '../errors.ts';
import type { Cron } from '../moving-in/crontab/crons.ts';
import { importCrontab } from '../moving-in/crontab/import-crontab.ts';
import { linesOf } from '../moving-in/crontab/lines.ts';
import { splitAtPercent } from '../moving-in/crontab/percent.ts';
import { named } from '../moving-in/job-names.ts';
import { commentText } from '../moving-in/literal.ts';
import { unwrapped, wrapped } from '../moving-in/shadow-line.ts';
import { type CrontabOptions, crontabBytes, crontabFacts } from './import-crontab.ts';
import { type PlaceOptions, placeOf } from './place.ts';

export interface ShadowCrontabOptions extends PlaceOptions, Pick<CrontabOptions, 'system' | 'cron'> {
  json?: boolean;
}

export function shadowCrontab(
  file: string | undefined,
  { system, cron, json, ...options }: ShadowCrontabOptions,
): number {
  const facts = crontabFacts(file, { ...(system && { system }), ...(cron !== undefined && { cron }) });
  const bytes = crontabBytes(file);
  if (json && !isUtf8(bytes)) {
    throw new NightshiftError(
      'CRONTAB_NOT_UTF8',
      `${facts.from}: found bytes that are not UTF-8, which JSON cannot hold, expected text. Leave --json out: then it is printed byte by byte.`,
    );
  }
  const { data } = placeOf(options);
  const ids = new Map(named(importCrontab(bytes.toString(), facts).jobs).map((job) => [job.place, job] as const));
  const words = [process.execPath, ...process.execArgv, realpathSync(process.argv[1] ?? '')];
  const [nightshift, folder] = [words.map(asBytes), asBytes(data)];
  const left: string[] = [];
  const lines = linesOf(bytes.toString('latin1'), facts.hasUsers).map((line) => {
    const job = ids.get(`line ${line.number}`);
    if (line.kind !== 'job' || !job) return line.text;
    const { written } = splitAtPercent(line.command);
    const why =
      job.options === null
        ? job.remarks.join(' ')
        : reasonToLeave(written.line, job.options.env, line.user, facts.user.name);
    // Its characters are bytes.
    const command = `${wrapped(written.line, job.id, { nightshift, data: folder })}${written.rest}`;
    const tooLong = command.length > facts.cron.commandBytesMax ? tooLongFor(facts.cron, command.length) : undefined;
    if (why === undefined && tooLong === undefined) return `${line.head}${command}`;
    left.push(`line ${line.number}: left as it is. ${why ?? tooLong}`);
    return line.text;
  });
  const crontab = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  if (json) console.log(JSON.stringify({ crontab: crontab.toString(), left }));
  else process.stdout.write(crontab);
  if (!json) for (const each of left) console.error(commentText(each));
  return 0;
}

/** A text as the lines have it, in which each character is a byte. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function tooLongFor({ called, commandBytesMax }: Cron, bytes: number): string {
  return `With the wrapper its command has ${bytes} bytes, and ${called} takes ${commandBytesMax}. Put what it does into a script of its own.`;
}

function reasonToLeave(
  line: string,
  env: object | undefined,
  user: string | undefined,
  own: string,
): string | undefined {
  const { SHELL = '/bin/sh' } = (env ?? {}) as { SHELL?: string };
  if (unwrapped(line) !== line) return 'It has the wrapper.';
  if (!/(?:^|\/)(?:ba|da|z|k|a|mk)?sh$/.test(SHELL)) return `The wrapper is a line for sh, and its shell is ${SHELL}.`;
  if (user !== undefined && user !== own) return `It runs as ${user}, who may not write to the data folder.`;
  return undefined;
}
