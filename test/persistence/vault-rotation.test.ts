import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataDir, openDataDir } from '../../src/persistence/data-dir.ts';
import { makeFreshStore, replaceStore } from '../../src/persistence/replace-store.ts';
import { settledKey } from '../../src/persistence/settled-key.ts';
import { openStore } from '../../src/persistence/store.ts';
import { openStoreFile } from '../../src/persistence/store-reader.ts';
import { keyIdOf, openSealed, sealedUnder, storeKey } from '../../src/persistence/vault.ts';
import { findVaultKey } from '../../src/persistence/vault-key.ts';
import { rotateVaultKey } from '../../src/persistence/vault-rotation.ts';

const secrets = { 'token/google': { accessToken: 'canary-1', version: 7 }, 'token/shop': 'canary-2', other: [1, null] };
const key = randomBytes(32);
const next = randomBytes(32);
const base64 = (of: Buffer) => of.toString('base64');
const given = { NIGHTSHIFT_KEY: base64(key), NIGHTSHIFT_NEXT_KEY: base64(next) };

let folder: string;
let dataDir: DataDir;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-rotation-'));
  dataDir = openDataDir(join(folder, 'data'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function inStore<T>(
  dir: DataDir,
  work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>,
): Promise<T> {
  const store = await openStore(`sqlite://${dir.store}`);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** @param under the key; default: that of the key file, which is made */
async function fill(under = findVaultKey({ environment: {}, file: dataDir.vaultKey }).key): Promise<Buffer> {
  const rows = Object.entries(secrets).map(
    ([name, value]) => [storeKey(name), JSON.stringify(sealedUnder(under, name, value))] as const,
  );
  await inStore(dataDir, (store) => store.write([...rows, ['actor:engine/a', '{"state":1}']]));
  return under;
}

/** What a service finds that starts there, with that environment. */
function foundBy(environment: Record<string, string>, dir = dataDir) {
  return inStore(dir, async (store) => {
    const found = findVaultKey({ environment, file: dir.vaultKey });
    const settled = await settledKey(found, dir.vaultKey, store);
    const rows = await store.scan(storeKey(''));
    return Object.fromEntries(
      rows.map(({ key: row, json }) => {
        const name = row.slice(storeKey('').length);
        return [name, openSealed(settled.key, name, JSON.parse(json))];
      }),
    );
  });
}

describe('rotateVaultKey', () => {
  it('puts every secret under a new key in the key file, and erases what was under the old one', async () => {
    const old = await fill();
    const before = await inStore(dataDir, (store) => store.scan(storeKey('')));
    const rotation = await rotateVaultKey(dataDir, {});
    expect(rotation).toEqual({ secrets: 3, left: [], source: 'file', keyId: expect.stringMatching(/^[0-9a-f]{8}$/) });
    expect(findVaultKey({ environment: {}, file: dataDir.vaultKey }).key).not.toEqual(old);
    expect(statSync(dataDir.vaultKey).mode & 0o777).toBe(0o600);
    expect(await foundBy({})).toEqual(secrets);
    const bytes = readdirSync(dataDir.root).map((name) => readFileSync(join(dataDir.root, name), 'latin1'));
    for (const { json } of before) {
      const { ciphertext } = JSON.parse(json) as { ciphertext: string };
      expect(bytes.filter((text) => text.includes(ciphertext))).toEqual([]);
    }
    expect(readdirSync(dataDir.root).filter((name) => name.includes('vault'))).toEqual(['vault.key']);
    expect(await inStore(dataDir, (store) => store.get('actor:engine/a'))).toBe('{"state":1}');
  });

  it('erases what was deleted under the old key as well, of which the file keeps the bytes', async () => {
    const old = await fill();
    const gone = sealedUnder(old, 'token/gone', 'x'.repeat(20_000));
    await inStore(dataDir, (store) => store.write([[storeKey('token/gone'), JSON.stringify(gone)]]));
    await inStore(dataDir, (store) => store.write([[storeKey('token/gone'), null]]));
    const end = (gone as { ciphertext: string }).ciphertext.slice(-1_000);
    const isKept = () =>
      readdirSync(dataDir.root).some((name) => readFileSync(join(dataDir.root, name), 'latin1').includes(end));
    expect(isKept()).toBe(true);
    await rotateVaultKey(dataDir, {});
    expect(isKept()).toBe(false);
  });

  it('takes the new key for one from the environment, and is done already when it is asked again', async () => {
    await fill(key);
    for (const _ of [1, 2]) {
      expect(await rotateVaultKey(dataDir, given)).toMatchObject({ secrets: 3, left: [], source: 'environment' });
      expect(await foundBy({ NIGHTSHIFT_KEY: base64(next) })).toEqual(secrets);
    }
    expect(existsSync(dataDir.vaultKey)).toBe(false);
  });

  it.each([
    ['no new one for a key from the environment', { NIGHTSHIFT_KEY: base64(key) }, 'VAULT_NEXT_KEY_MISSING'],
    ['the same one', { ...given, NIGHTSHIFT_NEXT_KEY: base64(key) }, 'VAULT_NEXT_KEY_SAME'],
    ['a new one that is none', { ...given, NIGHTSHIFT_NEXT_KEY: 'canary-password' }, 'VAULT_KEY_INVALID'],
    ['a key that opens nothing', { ...given, NIGHTSHIFT_KEY: base64(randomBytes(32)) }, 'VAULT_KEY_WRONG'],
  ])('changes nothing with %s', async (_, environment, code) => {
    await fill(key);
    await expect(rotateVaultKey(dataDir, environment)).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining('canary'),
    });
    expect(await foundBy({ NIGHTSHIFT_KEY: base64(key) })).toEqual(secrets);
  });

  it('writes nothing when the key in the key file is another one, or there is none', async () => {
    await fill(key);
    await expect(rotateVaultKey(dataDir, {})).rejects.toMatchObject({ code: 'VAULT_KEY_MISSING' });
    const other = findVaultKey({ environment: {}, file: dataDir.vaultKey }).key;
    await expect(rotateVaultKey(dataDir, {})).rejects.toMatchObject({ code: 'VAULT_KEY_WRONG' });
    expect(readdirSync(dataDir.root).filter((name) => name.startsWith('vault'))).toEqual(['vault.key']);
    expect(findVaultKey({ environment: {}, file: dataDir.vaultKey }).key).toEqual(other);
  });

  it('changes nothing while somebody has the store open, for what was under the old key would stay in it', async () => {
    const old = await fill();
    const reader = openStoreFile(dataDir.store, 'at one instant');
    reader.range('', 'z');
    await inStore(dataDir, (store) => store.write([['later', '1']]));
    await expect(rotateVaultKey(dataDir, {})).rejects.toMatchObject({
      code: 'STORE_BUSY',
      message: expect.stringContaining('fuser -v'),
    });
    reader.close();
    expect(findVaultKey({ environment: {}, file: dataDir.vaultKey }).key).toEqual(old);
    expect(await foundBy({})).toEqual(secrets);
  });

  it('says when somebody who came meanwhile keeps what was under the old key, and erases it when it is run again', async () => {
    const ciphertexts = async () => {
      const rows = await inStore(dataDir, (store) => store.scan(storeKey('')));
      return rows.map(({ json }) => (JSON.parse(json) as { ciphertext: string }).ciphertext);
    };
    const kept = (texts: readonly string[]) => {
      const bytes = readFileSync(dataDir.store, 'latin1');
      return texts.filter((text) => bytes.includes(text)).length;
    };
    await fill(key);
    const before = await ciphertexts();
    let reader: ReturnType<typeof openStoreFile> | undefined;
    const environment = {
      NIGHTSHIFT_KEY: base64(key),
      get NIGHTSHIFT_NEXT_KEY() {
        reader ??= openStoreFile(dataDir.store, 'at one instant');
        reader.range('', 'z');
        return base64(next);
      },
    };
    await expect(rotateVaultKey(dataDir, environment)).rejects.toMatchObject({
      code: 'VAULT_NOT_ERASED',
      message: expect.stringMatching(/somebody reads it.*fuser -v .*run: nightshift vault rotate/),
    });
    expect(kept(before)).toBe(3);
    reader?.close();
    await rotateVaultKey(dataDir, given);
    expect(kept(before)).toBe(0);
    expect(await foundBy({ NIGHTSHIFT_KEY: base64(next) })).toEqual(secrets);
  });

  it('leaves what no key opens as it is, and names it', async () => {
    await fill(key);
    const lost = JSON.stringify(sealedUnder(randomBytes(32), 'lost', 'canary'));
    const rows = [
      [storeKey('lost'), lost],
      [storeKey('broken'), '"canary"'],
    ] as const;
    await inStore(dataDir, (store) => store.write(rows));
    const { secrets: count, left } = await rotateVaultKey(dataDir, given);
    expect(count).toBe(3);
    expect(left.map(({ name }) => name)).toEqual(['broken', 'lost']);
    expect(await inStore(dataDir, (store) => store.get(storeKey('lost')))).toBe(lost);
  });

  it('changes nothing when a secret is of a newer nightshift, which the old key may open', async () => {
    const old = await fill();
    await inStore(dataDir, (store) => store.write([[storeKey('newer'), '{"v":2}']]));
    await expect(rotateVaultKey(dataDir, {})).rejects.toMatchObject({ code: 'VAULT_NEWER' });
    await inStore(dataDir, (store) => store.write([[storeKey('newer'), null]]));
    expect(await foundBy({})).toEqual(secrets);
    expect(findVaultKey({ environment: {}, file: dataDir.vaultKey }).key).toEqual(old);
  });
});

describe('killed with SIGKILL before any of its steps', () => {
  const rotation = join(import.meta.dirname, 'fixtures/killed-rotation.ts');
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
  /** Rotates what the rotation before it left behind, until one comes to its end. @returns after how many */
  async function killedAtEachStep(env: Record<string, string>, check: () => Promise<void>): Promise<number> {
    for (let step = 1; ; step++) {
      const { signal, status, stderr } = spawnSync(process.execPath, [...flags, rotation, dataDir.root], {
        env: { ...process.env, ...env, KILL_AT: String(step) },
        encoding: 'utf8',
      });
      await check();
      if (signal === 'SIGKILL') continue;
      expect([status, stderr]).toEqual([0, '']);
      return step - 1;
    }
  }
  /** Looking settles things: the next rotation is to find them as they were left. */
  async function foundInCopy(environment: Record<string, string>) {
    const copy = join(folder, 'copy');
    cpSync(dataDir.root, copy, { recursive: true });
    try {
      return await foundBy(environment, openDataDir(copy));
    } finally {
      rmSync(copy, { recursive: true });
    }
  }

  it('leaves a vault that the next start reads whole, with the key in the key file', { timeout: 180_000 }, async () => {
    await fill();
    const killed = await killedAtEachStep({}, async () => expect(await foundInCopy({})).toEqual(secrets));
    // The new key's file, the secrets, its name, the erasing.
    expect(killed).toBeGreaterThanOrEqual(12);
    expect(await foundBy({})).toEqual(secrets);
    expect(readdirSync(dataDir.root).filter((name) => name.startsWith('vault'))).toEqual(['vault.key']);
  });

  it('leaves a vault that one of two given keys reads whole', { timeout: 180_000 }, async () => {
    await fill(key);
    const killed = await killedAtEachStep(given, async () => {
      const under = (each: Buffer) =>
        foundInCopy({ NIGHTSHIFT_KEY: base64(each) }).catch(({ code }: { code: string }) => code);
      const found = [await under(key), await under(next)];
      expect(found.toSorted()).toEqual(['VAULT_KEY_WRONG', secrets]);
    });
    expect(killed).toBe(6);
    expect(await foundBy({ NIGHTSHIFT_KEY: base64(next) })).toEqual(secrets);
  });
});

it('drops a new key that no secret is under, and refuses one that others may read', async () => {
  const old = await fill();
  writeFileSync(`${dataDir.vaultKey}.next`, base64(next), { mode: 0o600 });
  expect(await foundBy({})).toEqual(secrets);
  expect(existsSync(`${dataDir.vaultKey}.next`)).toBe(false);
  expect(findVaultKey({ environment: {}, file: dataDir.vaultKey }).key).toEqual(old);
  writeFileSync(`${dataDir.vaultKey}.next`, base64(next), { mode: 0o644 });
  await expect(foundBy({})).rejects.toMatchObject({ code: 'VAULT_KEY_EXPOSED' });
});

describe('a store that is put aside while a rotation is half done', () => {
  const halfDone = async () => {
    const old = await fill();
    writeFileSync(`${dataDir.vaultKey}.next`, base64(next), { mode: 0o600 });
    await fill(next);
    return old;
  };
  const replacedBy = async (under: Buffer) => {
    const store = await openStore(`sqlite://${makeFreshStore(dataDir.store)}`);
    await store.write([[storeKey('other'), JSON.stringify(sealedUnder(under, 'other', 'canary'))]]);
    await store.close();
    return replaceStore(dataDir.store, 0);
  };

  it('keeps its key under its fingerprint, when the one in its place is under the old one', async () => {
    await replacedBy(await halfDone());
    expect(await foundBy({})).toEqual({ other: 'canary' });
    const aside = `${dataDir.vaultKey}.${keyIdOf(next)}`;
    expect(readdirSync(dataDir.root).filter((name) => name.startsWith('vault'))).toEqual([
      'vault.key',
      basename(aside),
    ]);
    expect([readFileSync(aside, 'utf8'), statSync(aside).mode & 0o777]).toEqual([base64(next), 0o600]);
  });

  it('leaves the new key to the one in its place, when that is under it', async () => {
    await halfDone();
    await replacedBy(next);
    expect(await foundBy({})).toEqual({ other: 'canary' });
    expect(findVaultKey({ environment: {}, file: dataDir.vaultKey }).key).toEqual(next);
  });
});
