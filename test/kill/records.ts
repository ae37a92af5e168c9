/**
 * Reads the store of a running or killed service from outside, past everything that nightshift itself says.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { BreakerContext } from '../../src/machines/breaker.ts';
import type { LedgerEntry } from '../../src/persistence/ledger.ts';
import type { ActorRecord } from '../../src/persistence/record.ts';
import type { EngineContext } from '../../src/policies/engine.ts';

export interface State<Context> {
  value: unknown;
  context: Context;
  timers: Record<string, { ticket: string; dueAt: number }>;
  effects: Record<string, { ticket: string }>;
}

export class StoreReader {
  readonly #file: string;
  #database: DatabaseSync | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  engine(name: string): State<EngineContext> | undefined {
    return this.#state(`engine/${name}`);
  }

  breaker(name: string): State<BreakerContext> | undefined {
    return this.#state(`breaker/${name}`);
  }

  /** Every actor's state, by address. */
  all(): Map<string, State<unknown>> {
    return new Map(this.#rows('actor:').map(({ key, value }) => [key.slice('actor:'.length), stateOf(value)] as const));
  }

  ledger(address: string): LedgerEntry[] {
    return this.#rows(`ledger:${address}:`).map(({ value }) => JSON.parse(value).value as LedgerEntry);
  }

  /** It is opened again when something is asked of it. */
  close() {
    this.#database?.close();
    this.#database = undefined;
  }

  #state<Context>(address: string): State<Context> | undefined {
    const [row] = this.#rows(`actor:${address}`).filter(({ key }) => key === `actor:${address}`);
    return row && (stateOf(row.value) as State<Context>);
  }

  #rows(prefix: string): { key: string; value: string }[] {
    if (!existsSync(this.#file)) return [];
    this.#database ??= new DatabaseSync(this.#file, { readOnly: true, timeout: 5_000 });
    try {
      return this.#database
        .prepare('SELECT key, value FROM keyv WHERE key >= ? AND key < ? ORDER BY key')
        .all(prefix, `${prefix}\u{10ffff}`) as { key: string; value: string }[];
    } catch (error) {
      // Killed between making the file and making the table.
      if (String(error).includes('no such table')) return [];
      throw error;
    }
  }
}

function stateOf(json: string): State<unknown> {
  return (JSON.parse(json).value as ActorRecord).state as unknown as State<unknown>;
}
