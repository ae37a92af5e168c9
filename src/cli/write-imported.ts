/**
 * What every import does with the jobs that it has found: gives them ids, writes the config, and says what became of each.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { NightshiftError } from '../errors.ts';
import { type ConfigWords, configText, loadable } from '../moving-in/config-text.ts';
import type { Found, NamedJob } from '../moving-in/found-job.ts';
import { named } from '../moving-in/job-names.ts';
import { commentText } from '../moving-in/literal.ts';
import { createDurableFile, ownTemporary, writeDurableFile } from '../persistence/durable-file.ts';
import { moduleEnding } from './init.ts';
import { refusePlanted } from './output-file.ts';
import { configNames } from './place.ts';
import { UsageError } from './usage-error.ts';

export interface ImportOptions {
  /** `-` for stdout. Default: the config of this folder. */
  out?: string;
  /** An existing file is replaced. */
  force?: boolean;
  json?: boolean;
}

/**
 * @param sources the files that were read, which stay as they are whatever the options say
 * @throws {UsageError} when there is a config already, or one of the sources; {@link NightshiftError} when there is no job, or the file
 * cannot be written
 */
export function writeImported(
  found: Found,
  { out, force, json }: ImportOptions,
  words: ConfigWords,
  sources: readonly string[],
): number {
  const name = out ?? defaultName();
  const file = name === '-' ? undefined : resolve(name);
  if (file !== undefined && force) refuseSource(file, sources);
  if (file !== undefined && !force) refuseExisting(file, out === undefined);
  if (found.jobs.length === 0)
    throw new NightshiftError('IMPORT_EMPTY', `${found.from}: found no job in it, expected one.`);
  const jobs = loadable(named(found.jobs));
  const text = configText(found, jobs, words, /\.m?js$/.test(name) ? 'js' : 'ts');
  if (file !== undefined) write(file, text, force ? 'replacing' : 'anew');
  if (json) console.log(JSON.stringify({ file: file ?? null, from: found.from, ...outcome(found, jobs) }));
  else if (file === undefined) process.stdout.write(text);
  // Whoever pipes the config on wants nothing else in it.
  if (!json) (file === undefined ? console.error : console.log)(summary(found, jobs, file));
  return 0;
}

function defaultName(): string {
  return configNames.find((name) => existsSync(name)) ?? `nightshift.config.${moduleEnding(process.cwd())}`;
}

function refuseExisting(file: string, isDefault: boolean) {
  if (!existsSync(file)) return;
  const also = isDefault ? 'Write another file with --out FILE, or to stdout with --out -.' : 'Name another.';
  throw new UsageError(`${file}: found a file there already, expected none. ${also} Or replace it with --force.`);
}

/** By whatever name it goes. */
function refuseSource(file: string, sources: readonly string[]) {
  const place = statSync(file, { throwIfNoEntry: false });
  if (!place) return;
  const isPlace = (source: string) => {
    const found = statSync(source, { throwIfNoEntry: false });
    return found?.dev === place.dev && found.ino === place.ino;
  };
  if (!sources.some(isPlace)) return;
  throw new UsageError(
    `${file}: found what the jobs were read from, expected another file: an import replaces none of that. Name another with --out.`,
  );
}

/** What stands in a crontab is for its owner alone, and so is this. */
function write(file: string, text: string, how: 'anew' | 'replacing') {
  refusePlanted('--out', file);
  try {
    if (how === 'replacing') writeDurableFile(file, text, 0o600, ownTemporary(file));
    else createDurableFile(file, text, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `${file}: found that it cannot be written (${code}), expected a folder of your own. Name another file with --out.`;
    throw new NightshiftError('IMPORT_UNWRITABLE', message, { cause });
  }
}

function outcome({ remarks }: Found, jobs: readonly NamedJob[]) {
  const facts = ({ place, source, remarks }: NamedJob) => ({ place, source, remarks });
  return {
    engines: jobs.filter(({ options }) => options).map((job) => ({ id: job.id, ...facts(job) })),
    left: jobs.filter(({ options }) => !options).map(facts),
    remarks,
  };
}

function summary({ from, remarks }: Found, jobs: readonly NamedJob[], file: string | undefined): string {
  const carried = jobs.filter(({ options }) => options);
  const left = jobs.filter(({ options }) => !options);
  return [
    ...(file === undefined ? [] : [`${file}: written`]),
    `${from}: ${carried.length} of ${jobs.length} jobs carried over`,
    ...remarks.map((remark) => `  ${commentText(remark)}`),
    ...carried.flatMap(({ id, place, remarks }) =>
      remarks.map((remark) => `  ${id} (${place}): ${commentText(remark)}`),
    ),
    ...left.map(({ place, remarks }) => `  not carried over, ${place}: ${commentText(remarks.join(' '))}`),
    '',
    carried.length === 0
      ? 'None of it can be run here: leave it where it is.'
      : 'Look at it; then follow your schedule beside what runs it now: nightshift start --shadow',
  ].join('\n');
}
