/**
 * A data folder with a store in it, and what commands print that are called right here.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MockInstance, vi } from 'vitest';
import { openStore, type Write } from '../../src/persistence/store.ts';
import { removeRow } from '../persistence/remove-row.ts';

export class StorePlace {
  readonly folder = mkdtempSync(join(tmpdir(), 'nightshift-place-'));
  readonly data = join(this.folder, '.nightshift');
  readonly store = join(this.data, 'nightshift.db');
  readonly backups = join(this.data, 'backups');
  readonly config = join(this.folder, 'nightshift.config.mjs');
  readonly #out = vi.spyOn(console, 'log').mockImplementation(() => {});
  readonly #err = vi.spyOn(console, 'error').mockImplementation(() => {});

  /** What says where things are. */
  get options() {
    return { config: this.config, data: this.data };
  }

  /** @param definition what the config exports, as source */
  constructor(definition = '{}') {
    writeFileSync(this.config, `export default ${definition};`);
  }

  async fill(...rows: Write[]): Promise<void> {
    mkdirSync(this.data, { recursive: true, mode: 0o700 });
    const store = await openStore(`sqlite://${this.store}`);
    await store.write(rows);
    await store.close();
  }

  /** Takes a row away, at once. */
  remove(key: string): void {
    removeRow(this.store, key);
  }

  /** What has been printed since the last time somebody asked. */
  said(): { out: string; err: string } {
    return { out: textOf(this.#out), err: textOf(this.#err) };
  }

  dispose(): void {
    vi.restoreAllMocks();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function textOf(spy: MockInstance<typeof console.log>): string {
  return spy.mock.calls.splice(0).flat().join('\n');
}
