import { describe, expect, it } from 'vitest';
import { type StoredToken, TokenSecrets } from '../../src/actors/token-secrets.ts';
import type { TokenConfig } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import type { Vault } from '../../src/persistence/vault.ts';

function version(n: number, change: Partial<StoredToken> = {}): StoredToken {
  return {
    version: n,
    accessToken: `access-${n}`,
    expiresAt: null,
    obtainedAt: 0,
    refreshToken: `refresh-${n}`,
    fingerprint: 'print',
    ...change,
  };
}

/** A vault whose reads and writes end when the test says. */
function setUp(found?: StoredToken) {
  const reads: (() => void)[] = [];
  const writes: PromiseWithResolvers<void>[] = [];
  const vault = {
    get: () => new Promise((resolve) => reads.push(() => resolve(found))),
    put() {
      const write = Promise.withResolvers<void>();
      writes.push(write);
      return write.promise;
    },
  } as unknown as Vault;
  const hidden = new Set<string>();
  const redactor = { add: (secret: string) => hidden.add(secret), forget: (secret: string) => hidden.delete(secret) };
  const secrets = new TokenSecrets(vault, redactor as never);
  const put = async (token: StoredToken) => {
    const stored = secrets.store('auth', token);
    writes.shift()?.resolve();
    await stored;
  };
  return { secrets, reads, writes, hidden, put };
}

const oauth = {
  name: 'auth',
  source: { grant: 'client_credentials' },
  header: { name: 'Authorization', scheme: 'Bearer' },
};
const fixed = {
  name: 'key',
  source: { grant: 'static', secret: new Secret('the-key') },
  header: { name: 'X-Key', scheme: null },
};

describe('token secrets', () => {
  it('gives the header of a configured secret without looking into the vault', async () => {
    const { secrets, reads } = setUp();
    expect(await secrets.headers(fixed as unknown as TokenConfig)).toEqual({ 'X-Key': 'the-key' });
    expect(reads).toEqual([]);
  });

  it('gives the header of the newest token in the vault, and reads it once', async () => {
    const { secrets, reads } = setUp(version(3));
    const headers = secrets.headers(oauth as unknown as TokenConfig);
    reads.shift()?.();
    expect(await headers).toEqual({ Authorization: 'Bearer access-3' });
    expect(await secrets.headers(oauth as unknown as TokenConfig)).toEqual({ Authorization: 'Bearer access-3' });
    expect(reads).toEqual([]);
  });

  it('gives none before there is one', async () => {
    const { secrets, reads } = setUp();
    const headers = secrets.headers(oauth as unknown as TokenConfig);
    reads.shift()?.();
    expect(await headers).toBeUndefined();
  });

  it('shows a new token to nobody before it is on disk', async () => {
    const { secrets, writes, put } = setUp();
    await put(version(1));
    const stored = secrets.store('auth', version(2));
    expect((await secrets.stored('auth'))?.version).toBe(1);
    writes.shift()?.resolve();
    await stored;
    expect((await secrets.stored('auth'))?.version).toBe(2);
  });

  it('keeps the old token when the new one cannot be written', async () => {
    const { secrets, writes, put } = setUp();
    await put(version(1));
    const stored = secrets.store('auth', version(2));
    writes.shift()?.reject(new Error('the disk is full'));
    await expect(stored).rejects.toThrow('the disk is full');
    expect((await secrets.stored('auth'))?.version).toBe(1);
  });

  it('does not fall back to what a slow read found, when a newer token has been stored meanwhile', async () => {
    const { secrets, reads, put } = setUp(version(1));
    const slow = secrets.stored('auth');
    await put(version(2));
    reads.shift()?.();
    expect((await slow)?.version).toBe(2);
    expect((await secrets.stored('auth'))?.version).toBe(2);
  });

  it('hides every secret before anybody gets it, and lets go of the one before the last', async () => {
    const { hidden, put } = setUp();
    await put(version(1));
    expect(hidden).toEqual(new Set(['access-1', 'refresh-1']));
    await put(version(2));
    expect(hidden).toEqual(new Set(['access-1', 'refresh-1', 'access-2', 'refresh-2']));
    await put(version(3));
    expect(hidden).toEqual(new Set(['access-2', 'refresh-2', 'access-3', 'refresh-3']));
  });

  it('goes on hiding a refresh token that stays the same', async () => {
    const { hidden, put } = setUp();
    for (let n = 1; n <= 4; n++) await put(version(n, { refreshToken: 'the-same' }));
    expect(hidden).toEqual(new Set(['access-3', 'access-4', 'the-same']));
  });

  it('takes null for no refresh token', async () => {
    const { hidden, put } = setUp();
    await put(version(1, { refreshToken: null }));
    expect(hidden).toEqual(new Set(['access-1']));
  });
});
