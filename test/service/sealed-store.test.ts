/**
 * What a start says of the key and of what is sealed in the store.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataDirAt, openDataDir } from '../../src/persistence/data-dir.ts';
import { openStore } from '../../src/persistence/store.ts';
import { keyIdOf, sealedUnder } from '../../src/persistence/vault.ts';
import { openSealedStore } from '../../src/service/sealed-store.ts';

const [key, other] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];

let folder: string;
let lines: { msg: string }[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-sealed-'));
  lines = [];
  openDataDir(folder);
  const store = await openStore(`sqlite://${dataDirAt(folder).store}`);
  const secrets = [sealedUnder(key, 'shop', 's-1'), sealedUnder(other, 'mail', 's-2'), 'damaged'];
  await store.write(secrets.map((secret, n) => [`vault:${n}`, JSON.stringify(secret)]));
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function opened(): Promise<string[]> {
  const { store } = await openSealedStore({
    dataDir: dataDirAt(folder),
    keys: {},
    log: pino({}, { write: (line) => lines.push(JSON.parse(line)) }),
    now: 0,
    leaveAddress: () => {},
    opened: () => {},
  });
  await store.close();
  return lines.map(({ msg }) => msg.replace(/:.*/, ''));
}

it('names the key that secrets take which the one here does not open', async () => {
  writeFileSync(dataDirAt(folder).vaultKey, key.toString('base64'), { mode: 0o600 });
  expect(await opened()).toEqual(['vault.closed']);
  expect(lines[0]).toMatchObject({ key: keyIdOf(key), needed: [keyIdOf(other)], count: 1 });
});

it('says so as well when it has made a key, for there was one', async () => {
  expect(await opened()).toEqual(['vault.key.created', 'vault.closed']);
  expect(lines[1]).toMatchObject({ needed: [keyIdOf(key), keyIdOf(other)], count: 2 });
});
