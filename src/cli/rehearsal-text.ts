/**
 * What a rehearsed start has found, in words.
 */
import type { Rehearsal } from '../actors/rehearsal.ts';
import { oneLine } from './output.ts';

/** How many are named one by one. */
const namedMax = 20;

/** As in `14 records come back`. */
export function recordsText({ records }: Pick<Rehearsal, 'records'>): string {
  return records === 1 ? '1 record comes back' : `${records} records come back`;
}

/** A line for each that does not come back, and one for those that nobody looks for. */
export function rehearsalLines({ unusable, unconfigured }: Rehearsal): string[] {
  const aside = unusable
    .slice(0, namedMax)
    .map(({ address, reason }) => oneLine(`${address} would go to quarantine: ${reason}`));
  const more = unusable.length > namedMax ? [`and ${unusable.length - namedMax} more`] : [];
  return [...aside, ...more, ...(unconfigured.length > 0 ? [`not in the config: ${named(unconfigured)}`] : [])];
}

/** Of a store or its copy: the keys of rows that are not as they were written. */
export function changedLines(changed: readonly string[]): string[] {
  return changed.length === 0 ? [] : [`not as it was written (nightshift doctor says more): ${named(changed)}`];
}

/** The first of them by name, and how many more there are. */
export function named(names: readonly string[]): string {
  const rest = names.length - namedMax;
  return `${names.slice(0, namedMax).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
