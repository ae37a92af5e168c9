/**
 * What two images of a config differ in, part by part and setting by setting.
 */
import type { Json } from '../json.ts';
import { type ConfigImage, digestKind } from './config-image.ts';

export interface ConfigChange {
  /** As in `engine/orders`; `settings` for those that belong to all. */
  part: string;
  what: 'added' | 'removed' | 'changed';
  /** Of a part that has changed, in the order of the new image. */
  settings: SettingChange[];
}

export interface SettingChange {
  /** As in `retry.tries`. */
  name: string;
  /** null for one that was not there, or is not any more. */
  before: Json;
  after: Json;
}

/** @returns added parts in the order of the new image, with the changed ones among them; then those that are gone */
export function configChanges(before: ConfigImage, after: ConfigImage): ConfigChange[] {
  const now = Object.entries(after).flatMap(([part, image]): ConfigChange[] => {
    const old = before[part];
    if (!old) return [{ part, what: 'added', settings: [] }];
    const settings = settingChanges(old, image);
    return settings.length > 0 ? [{ part, what: 'changed', settings }] : [];
  });
  const gone = Object.keys(before).filter((part) => !Object.hasOwn(after, part));
  return [...now, ...gone.map((part): ConfigChange => ({ part, what: 'removed', settings: [] }))];
}

function settingChanges(before: Json, after: Json, path = ''): SettingChange[] {
  if (same(before, after)) return [];
  if (!isBranch(before) || !isBranch(after) || wholes.test(path)) return [{ name: path, before, after }];
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].flatMap((name) =>
    settingChanges(before[name] ?? null, after[name] ?? null, path === '' ? name : `${path}.${name}`),
  );
}

/** What is read as a whole: when something is due, and hours. */
const wholes = /(^|\.)(schedule|hours|quiet)$/;

type Branch = { [name: string]: Json };

function isBranch(value: Json): value is Branch {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && digestKind(value) === undefined;
}

function same(before: Json, after: Json): boolean {
  return JSON.stringify(ordered(before)) === JSON.stringify(ordered(after));
}

/** The order of names means nothing. */
function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, ordered((value as Branch)[name] ?? null)]),
  );
}
