/**
 * What a service of systemd gives its programs for an environment.
 *
 * @see systemd.exec(5), "Environment"
 */
import type { EnvironmentFile } from '../found-job.ts';
import { type Specifiers, specified } from './specifiers.ts';
import type { Unit } from './unit-file.ts';
import { UnitError, wordsIn } from './words.ts';

export interface UnitEnvironment {
  values: Record<string, string>;
  /** They win over the values. */
  files: EnvironmentFile[];
  /** Names of what is handed on of the environment of those that run it. */
  passed: string[];
  /** Names of what is taken away from everything else. */
  unset: string[];
  remarks: string[];
}

/**
 * @param isReadable whether a file is there and may be read
 * @throws {UnitError} for a file that has to be there and is not
 */
export function environmentOf(
  unit: Unit,
  specifiers: Specifiers,
  isReadable: (file: string) => boolean,
): UnitEnvironment {
  const words = (key: string) =>
    unit.values('Service', key).flatMap((text) => wordsIn(text).map((word) => specified(word, specifiers)));
  const files = unit.values('Service', 'EnvironmentFile').map((text) => fileIn(specified(text, specifiers)));
  const missing = files.find(({ file, isOptional }) => !isOptional && !isReadable(file));
  if (missing)
    throw new UnitError(`EnvironmentFile=${missing.file}: it is not there, or may not be read by who imports this.`);
  const unset = words('UnsetEnvironment').map((word) => word.split('=', 1)[0] ?? '');
  const values = words('Environment')
    .map((word) => [word.split('=', 1)[0] ?? '', word.slice(word.indexOf('=') + 1)] as const)
    .filter(([name]) => name !== '' && !unset.includes(name));
  return {
    values: Object.fromEntries(values),
    files,
    passed: words('PassEnvironment'),
    unset,
    remarks: files.length === 0 ? [] : [read, ...(unset.length === 0 ? [] : [kept(unset)])],
  };
}

const read =
  'EnvironmentFile= is read when nightshift starts. What is secret in it is better given to the service itself, and named here: env().';

function kept(unset: readonly string[]): string {
  return `UnsetEnvironment=${unset.join(' ')}: what a file of EnvironmentFile= sets is not taken away again.`;
}

function fileIn(text: string): EnvironmentFile {
  const file = text.replace(/^-/, '');
  if (/[*?[]/.test(file)) throw new UnitError(`EnvironmentFile=${file}: a pattern that stands for several files.`);
  return { file, isOptional: text.startsWith('-') };
}
