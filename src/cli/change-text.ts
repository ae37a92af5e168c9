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

/** Of what seems to stay as it is. */
export const unseen = 'What its functions import, or take from around them, is not seen and may have changed.';

/** A line for all parts that are new, one for all that are gone, and one for each way in which parts change. */
export function changeLines(changes: readonly ConfigChange[]): string[] {
  const parts = (what: ConfigChange['what']) => changes.filter((each) => each.what === what);
  const ways = Map.groupBy(parts('changed'), ({ settings }) => settingTexts(settings).join('; '));
  return [
    ...line('new', parts('added')),
    ...[...ways].map(([way, alike]) => `${named(alike.map(({ part }) => part))}: ${oneLine(way)}`),
    ...line('gone', parts('removed')),
  ];
}

function line(what: string, changes: readonly ConfigChange[]): string[] {
  return changes.length > 0 ? [`${what}: ${named(changes.map(({ part }) => part))}`] : [];
}

/** A line's worth: numbered settings that change alike are one, as exit codes are when all others get another meaning. */
function settingTexts(settings: readonly SettingChange[]): string[] {
  const numbered = Map.groupBy(settings, ({ name, before, after }) => {
    const [, parent] = /^(.*)\.\d+$/.exec(name) ?? [];
    return parent === undefined ? name : JSON.stringify([parent, before, after]);
  });
  return [...numbered.values()].map((alike) => {
    const [first, ...more] = alike as [SettingChange, ...SettingChange[]];
    const numbers = more.map(({ name }) => name.slice(name.lastIndexOf('.') + 1));
    return `${named([shownName(first.name), ...numbers])}: ${stepText(first)}`;
  });
}

function stepText({ name, before, after }: SettingChange): string {
  const kinds = [digestKind(before), digestKind(after)];
  if (kinds[0] && kinds[0] === kinds[1]) return kinds[0] === 'code' ? 'other code' : 'another value';
  return `${valueText(name, before)} → ${valueText(name, after)}`;
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
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((each) => valueText(name, each)).join(', ')}]`;
  if (/(^|\.)schedule$/.test(name)) return dueText(value as unknown as Schedule);
  if (/(^|\.)(hours|quiet)$/.test(name)) return windowText(value as unknown as Window);
  const settings = Object.entries(value).map(([each, its]) => `${shownName(each)}: ${valueText(each, its)}`);
  return settings.length > 0 ? `{ ${settings.join(', ')} }` : '{}';
}

/** With its jitter, which is a setting like any other. */
function dueText(schedule: Schedule): string {
  const { offsetMs, spread } = schedule;
  const moved = offsetMs > 0 ? `, moved by ${formatDuration(offsetMs)}` : '';
  return `${scheduleText(schedule)}${spread ? `, each moved by up to ${formatDuration(spread.spanMs)}` : moved}`;
}
