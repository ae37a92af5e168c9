/**
 * What stands in the service's store, read past everything that the service itself says.
 */
import { DatabaseSync } from 'node:sqlite';
import type { LedgerEntry } from '../../src/persistence/ledger.ts';
import type { ActorRecord } from '../../src/persistence/record.ts';
import type { EngineContext } from '../../src/policies/engine.ts';
import { stateName } from '../../src/policies/state-name.ts';
import type { Fact } from '../hostile-world/judge.ts';

export interface Found {
  accounts: { engine: EngineContext; state: string; ledger: LedgerEntry[] }[];
  /** By service. */
  breakers: Map<string, string>;
}

/** @param file of a service that does not run */
export function readStore(file: string): Found {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const select = database.prepare('SELECT key, value FROM keyv WHERE key >= ? AND key < ? ORDER BY key');
    const rows = (prefix: string) =>
      (select.all(prefix, `${prefix}\u{10ffff}`) as { key: string; value: string }[]).map(({ key, value }) => ({
        name: key.slice(prefix.length),
        value: JSON.parse(value).value,
      }));
    const stateOf = (value: unknown) => (value as ActorRecord).state as { value?: unknown; context?: unknown };
    return {
      accounts: rows('actor:engine/').map(({ name, value }) => ({
        engine: stateOf(value).context as EngineContext,
        state: stateName(stateOf(value).value),
        ledger: rows(`ledger:engine/${name}:`).map((row) => row.value as LedgerEntry),
      })),
      breakers: new Map(rows('actor:breaker/').map(({ name, value }) => [name, stateName(stateOf(value).value)])),
    };
  } catch (error) {
    // Killed between making the file and making the table.
    if (String(error).includes('no such table')) return { accounts: [], breakers: new Map() };
    throw error;
  } finally {
    database.close();
  }
}

/** What was on disk when the service was dead: a kill may have come before the line that would have told of it. */
export function factsIn({ accounts, breakers }: Found, at: number): Fact[] {
  const steps = accounts.flatMap(({ engine: { run } }) =>
    Object.keys(run?.steps ?? {}).map((step): Fact => ({ kind: 'step', run: run?.id ?? '', step, at })),
  );
  const states = [...breakers].map(
    ([service, state]): Fact => ({ kind: 'breaker', service, state, at, event: 'found', eventAt: at }),
  );
  return [...steps, ...states];
}
