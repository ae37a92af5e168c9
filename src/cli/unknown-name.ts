/**
 * What a command says of a name that nobody has.
 */
import { oneLine } from './output.ts';
import { UsageError } from './usage-error.ts';

/**
 * @param target as it was written: a name, or a whole address
 * @param kind of whom the command is for, as in `engine`
 * @param near the name or whole address that may have been meant
 */
export function unknownName(target: string, kind: string, near: string | null | undefined): UsageError {
  const meant = near?.startsWith(`${kind}/`) && !target.includes('/') ? near.slice(kind.length + 1) : near;
  const hint = meant ? ` Did you mean '${meant}'?` : '';
  const what = target.includes('/') ? 'actor' : kind;
  const list = kind === 'incident' ? 'incidents' : 'status';
  return new UsageError(`${oneLine(target)}: there is no such ${what}.${hint} \`nightshift ${list}\` lists them all.`);
}
