import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rotate } from '../../src/cli/vault.ts';
import { openDataDir } from '../../src/persistence/data-dir.ts';
import { acquireLock } from '../../src/persistence/lock.ts';
import { openStore } from '../../src/persistence/store.ts';
import { sealedUnder, storeKey } from '../../src/persistence/vault.ts';
import { findVaultKey } from '../../src/persistence/vault-key.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'nightshift-vault-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(data, { recursive: true });
});

async function keep(...rows: (readonly [string, string])[]) {
  const dataDir = openDataDir(data);
  const { key } = findVaultKey({ environment: {}, file: dataDir.vaultKey });
  const store = await openStore(`sqlite://${dataDir.store}`);
  await store.write([[storeKey('token/shop'), JSON.stringify(sealedUnder(key, 'token/shop', 'canary'))], ...rows]);
  await store.close();
  return dataDir;
}

it('says under which key the secrets are, where it stands, and what became useless', async () => {
  const said = vi.spyOn(console, 'log').mockReturnValue();
  const { vaultKey } = await keep();
  expect(await rotate({ data }, {}, 0)).toBe(0);
  const [text] = said.mock.lastCall ?? [];
  expect(text).toMatch(/^1 secret is under the key [0-9a-f]{8} now, which stands in /);
  expect(text).toContain(vaultKey);
  expect(text).toContain('nightshift backup');
  expect(await rotate({ data, json: true }, {}, 0)).toBe(0);
  expect(JSON.parse(said.mock.lastCall?.[0])).toMatchObject({ secrets: 1, left: [], source: 'file' });
});

it('fails when there is a secret that it cannot put under the new key, and names it', async () => {
  const said = vi.spyOn(console, 'log').mockReturnValue();
  await keep([storeKey('token/bank'), '{}']);
  expect(await rotate({ data }, {}, 0)).toBe(1);
  expect(said.mock.lastCall?.[0]).toMatch(/left as it was: token\/bank: .*found a secret that is not as the vault/);
});

it('refuses to work on the store of a running service, and where there is none', async () => {
  await expect(rotate({ data }, {}, 0)).rejects.toMatchObject({ code: 'STORE_MISSING' });
  const lock = acquireLock((await keep()).lock, 0);
  await expect(rotate({ data }, {}, 0)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  lock.release();
  expect(await findVaultKey({ environment: {}, file: join(data, 'vault.key') })).toMatchObject({ created: false });
});
