/**
 * Changes of a config in words, as in `retry.tries: 5 → 3`.
 */
import type { ConfigChange, SettingChange } from '../config/config-change.ts';
import { digestKind } from '../config/config-image.ts';
import { scheduleText, windowText } from '../diagrams/engine-diagram.ts';
import type { Json } from '../json.ts';
import { formatDuration } from '../policies/duration.ts';
import type { Schedule } from '../policies/schedule.ts';
import { formatSize } from '../policies/size.ts';
import type { Window } from '../policies/window.ts';
import { oneLine } from './output.ts';
import { named } from './rehearsal-text.ts';

/** A line for all parts that are new, one for all that are gone, and one for each way in which parts change. */
export function changeLines(changes: readonly ConfigChange[]): string[] {
  const parts = (what: ConfigChange['what']) => changes.filter((each) => each.what === what);
  const ways = Map.groupBy(parts('changed'), ({ settings }) => settings.map(settingText).join('; '));
  return [
    ...line('new', parts('added')),
    ...[...ways].map(([way, alike]) => `${named(alike.map(({ part }) => part))}: ${oneLine(way)}`),
    ...line('gone', parts('removed')),
  ];
}

function line(what: string, changes: readonly ConfigChange[]): string[] {
  return changes.length > 0 ? [`${what}: ${named(changes.map(({ part }) => part))}`] : [];
}

function settingText({ name, before, after }: SettingChange): string {
  const kinds = [digestKind(before), digestKind(after)];
  const shown = shownName(name);
  if (kinds[0] && kinds[0] === kinds[1])
    return kinds[0] === 'code' ? `${shown}: other code` : `${shown}: another value`;
  return `${shown}: ${valueText(name, before)} → ${valueText(name, after)}`;
}

/** As it is written in the config. */
function shownName(name: string): string {
  return name.replace(/(Ms|Bytes)(?=Max$|$)/, '');
}

function valueText(name: string, value: Json): string {
  const kind = digestKind(value);
  if (kind) return kind === 'code' ? 'code' : 'a value that is not shown';
  if (value === null) return 'none';
  if (typeof value === 'number' && /Ms(Max)?$/.test(name)) return formatDuration(value);
  if (typeof value === 'number' && /Bytes$/.test(name)) return formatSize(value);
  if (/(^|\.)schedule$/.test(name)) return scheduleText(value as unknown as Schedule);
  if (/(^|\.)(hours|quiet)$/.test(name)) return windowText(value as unknown as Window);
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
