/**
 * Which engines are listed, and in what order.
 */
import type { Actor } from '../actors.ts';
import { type Condition, conditionNames, conditionOf, conditions } from '../condition.ts';
import { stateWords } from '../words.ts';

export type Grouping = 'condition' | 'name' | 'waits' | 'none';

export const groupings: Readonly<Record<Grouping, string>> = {
  condition: 'condition',
  name: 'first word of the name',
  waits: 'what it waits for',
  none: 'nothing',
};

export type Item = { group: string; name: string; count: number } | { engine: Actor };

export interface Choice {
  search: string;
  /** null: all. */
  only: Condition | null;
  grouping: Grouping;
}

export function itemsOf(engines: readonly Actor[], { search, only, grouping }: Choice): Item[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = engines.filter((engine) => (only === null || conditionOf(engine) === only) && has(engine, words));
  shown.sort(byName);
  if (grouping === 'none') return shown.map((engine) => ({ engine }));
  const groups = new Map<string, Actor[]>();
  for (const engine of shown) {
    const group = groupOf(engine, grouping);
    const members = groups.get(group);
    if (members) members.push(engine);
    else groups.set(group, [engine]);
  }
  return [...groups]
    .sort(([one], [other]) => orderOf(one, grouping) - orderOf(other, grouping) || (one < other ? -1 : 1))
    .flatMap(([group, members]) => [
      { group, name: grouping === 'condition' ? conditionNames[group as Condition] : group, count: members.length },
      ...members.map((engine) => ({ engine })),
    ]);
}

function has(engine: Actor, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { id, state, reason, waitsFor } = engine;
  const text = `${id} ${state} ${stateWords(state)} ${reason ?? ''} ${waitsFor.join(' ')}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function groupOf(engine: Actor, grouping: Exclude<Grouping, 'none'>): string {
  switch (grouping) {
    case 'condition':
      return conditionOf(engine);
    case 'name':
      return /^[^-_./:]+/.exec(engine.id)?.[0] ?? engine.id;
    case 'waits':
      return engine.waitsFor.find((address) => address.includes('/')) ?? 'nothing';
    default:
      return grouping satisfies never;
  }
}

function orderOf(group: string, grouping: Grouping): number {
  if (grouping === 'condition') return conditions.indexOf(group as Condition);
  return group === 'nothing' ? 1 : 0;
}

function byName(one: Actor, other: Actor): number {
  return one.id < other.id ? -1 : 1;
}
