/**
 * `shadow crontab`: prints a crontab whose jobs tell of each of their runs. The crontab itself stays as it is.
 */
import { realpathSync } from 'node:fs';
import { importCrontab } from '../moving-in/crontab/import-crontab.ts';
import { linesOf } from '../moving-in/crontab/lines.ts';
import { splitAtPercent } from '../moving-in/crontab/percent.ts';
import { named } from '../moving-in/job-names.ts';
import { unwrapped, wrapped } from '../moving-in/shadow-line.ts';
import { type CrontabOptions, crontabFacts, crontabText } from './import-crontab.ts';
import { type PlaceOptions, placeOf } from './place.ts';

export interface ShadowCrontabOptions extends PlaceOptions, Pick<CrontabOptions, 'system'> {
  json?: boolean;
}

export function shadowCrontab(file: string | undefined, { system, json, ...options }: ShadowCrontabOptions): number {
  const text = crontabText(file);
  const facts = crontabFacts(file, { ...(system && { system }) });
  const { data } = placeOf(options);
  const ids = new Map(named(importCrontab(text, facts).jobs).map((job) => [job.place, job] as const));
  const nightshift = [process.execPath, ...process.execArgv, realpathSync(process.argv[1] ?? '')];
  const left: string[] = [];
  const lines = linesOf(text, facts.hasUsers).map((line) => {
    const job = ids.get(`line ${line.number}`);
    if (line.kind !== 'job' || !job) return line.text;
    const { written } = splitAtPercent(line.command);
    const why =
      job.options === null
        ? job.remarks.join(' ')
        : reasonToLeave(written.line, job.options.env, line.user, facts.user.name);
    if (why === undefined) return `${line.head}${wrapped(written.line, job.id, { nightshift, data })}${written.rest}`;
    left.push(`line ${line.number}: left as it is. ${why}`);
    return line.text;
  });
  const crontab = `${lines.join('\n')}\n`;
  if (json) console.log(JSON.stringify({ crontab, left }));
  else process.stdout.write(crontab);
  if (!json) for (const each of left) console.error(each);
  return 0;
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
