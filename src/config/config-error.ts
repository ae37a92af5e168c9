/**
 * A configuration that cannot be used, with everything that is wrong with it at once.
 */
import { NightshiftError, type Problem } from '../errors.ts';

/** One mistake. `path` leads to it, as in `engines.2.schedule`; for a file that cannot be loaded it is the file, with the line where known. */
export interface ConfigProblem extends Problem {
  path: string;
  /** Whose it is, where the path tells only a place in a list: the engine's id. */
  of?: string;
}

/**
 * The message has one line for each problem:
 *
 *   engines.2.schedule of 'orders': found 'every 30m', expected a cron expression. Write every: '30m' for an interval.
 */
export class ConfigError extends NightshiftError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super('CONFIG_INVALID', problems.map(line).join('\n'), options);
    this.problems = problems;
  }
}

function line({ path, of, found, expected, fix }: ConfigProblem): string {
  return oneLine(`${path}${of === undefined ? '' : ` of '${of}'`}: found ${found}, expected ${expected}. ${fix}`);
}

/** Line breaks and control characters, which what was found may contain, as JavaScript writes them. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
