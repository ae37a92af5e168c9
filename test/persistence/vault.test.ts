import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import { createRedactor } from '../../src/persistence/redact.ts';
import { createVault, keyIdOf, type SecretStore, sealedWith, VaultError } from '../../src/persistence/vault.ts';
import { fc } from '../property.ts';

const key = randomBytes(32);
const another = randomBytes(32);
const idOf = (of: Buffer) => createHash('sha256').update(of).digest('hex').slice(0, 8);

const canary = `canary-${randomBytes(16).toString('hex')}`;
const grant = { accessToken: canary, refreshToken: `${canary}-refresh`, expiresAt: 1_767_322_800_000 };

/** What would be on disk: JSON texts. */
let rows: Map<string, string>;
let store: SecretStore;

beforeEach(() => {
  rows = new Map();
  store = {
    async get(name) {
      const json = rows.get(name);
      return json === undefined ? undefined : JSON.parse(json);
    },
    async write(entries) {
      for (const { key: name, value } of entries) rows.set(name, JSON.stringify(value));
    },
  };
});

const sealed = (name: string) => JSON.parse(rows.get(`vault:${name}`) ?? 'null') as Record<string, string>;
const change = (name: string, changes: { [part: string]: Json }) =>
  rows.set(`vault:${name}`, JSON.stringify({ ...sealed(name), ...changes }));

async function refusal(name = 'google', withKey = key): Promise<VaultError> {
  try {
    await createVault({ key: withKey, store }).get(name);
  } catch (error) {
    return error as VaultError;
  }
  throw new Error('the entry was opened');
}

describe('put and get', () => {
  it('gives back any JSON value under any name, and other names nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.jsonValue({ noUnicodeString: false }),
        async (name, value) => {
          rows.clear();
          const vault = createVault({ key, store });
          await vault.put(name, value as Json);
          expect(await createVault({ key, store }).get(name)).toEqual(JSON.parse(JSON.stringify(value)));
          expect(await vault.get(`${name}!`)).toBeUndefined();
        },
      ),
    );
  });

  it('keeps the later of two values put at once', async () => {
    const vault = createVault({ key, store });
    await Promise.all([vault.put('google', 'first'), vault.put('google', 'second')]);
    expect(await vault.get('google')).toBe('second');
  });

  it('resolves once the store has, and not before', async () => {
    const durable = Promise.withResolvers<void>();
    const vault = createVault({ key, store: { ...store, write: () => durable.promise } });
    let resolved = false;
    const put = vault.put('google', grant).then(() => {
      resolved = true;
    });
    await new Promise(setImmediate);
    expect(resolved).toBe(false);
    durable.resolve();
    await put;
  });

  it('hands on what the store throws, for a failed read is not an absent secret', async () => {
    const failing = new Error('disk on fire');
    const refusing = () => Promise.reject(failing);
    const vault = createVault({ key, store: { get: refusing, write: refusing } });
    await expect(vault.get('google')).rejects.toBe(failing);
    await expect(vault.put('google', grant)).rejects.toBe(failing);
  });

  it('keeps its own copy of the key', async () => {
    const mine = Buffer.from(key);
    const vault = createVault({ key: mine, store });
    mine.fill(0);
    await vault.put('google', grant);
    expect(await createVault({ key, store }).get('google')).toEqual(grant);
  });
});

describe('what is stored', () => {
  it('is version, key id, nonce, ciphertext and tag under vault:NAME', async () => {
    const nonce = Buffer.alloc(12, 7);
    await createVault({ key, store, randomBytes: (size) => nonce.subarray(0, size) }).put('google', grant);
    expect([...rows.keys()]).toEqual(['vault:google']);
    expect(sealed('google')).toEqual({
      v: 1,
      keyId: idOf(key),
      nonce: nonce.toString('base64'),
      ciphertext: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      tag: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
    });
  });

  it('has a fresh nonce each time', async () => {
    const vault = createVault({ key, store });
    const nonces = new Set<string | undefined>();
    for (let i = 0; i < 1_000; i++) {
      await vault.put('google', grant);
      nonces.add(sealed('google').nonce);
    }
    expect(nonces.size).toBe(1_000);
  });

  it('shows the secret in no form', async () => {
    await createVault({ key, store }).put('google', grant);
    const written = [...rows.values()].join('\n');
    expect(withoutSecrets(written)).toBe(written);
  });
});

describe('a wrong key', () => {
  it('is told by its id, with what to do', async () => {
    await createVault({ key: another, store }).put('google', grant);
    const error = await refusal();
    expect(error).toBeInstanceOf(VaultError);
    expect(error.code).toBe('VAULT_KEY_WRONG');
    expect(error.message).toContain(
      `vault:google: found a secret sealed with key ${idOf(another)}, expected key ${idOf(key)}`,
    );
    expect(error.message).toContain('Set NIGHTSHIFT_KEY');
    expect(error.message).toContain("remove 'vault:google' from the store");
  });

  it('does not keep a new secret from being put in place of the old one', async () => {
    await createVault({ key: another, store }).put('google', grant);
    const vault = createVault({ key, store });
    await vault.put('google', 'anew');
    expect(await vault.get('google')).toBe('anew');
  });

  it.each([0, 16, 31, 33])('of %i bytes is refused at once', (length) => {
    expect(() => createVault({ key: Buffer.alloc(length), store })).toThrow(
      `found a key of ${length} bytes, expected 32`,
    );
  });
});

describe('damage', () => {
  beforeEach(async () => {
    await createVault({ key, store }).put('google', grant);
  });

  it.each(['nonce', 'ciphertext', 'tag'])('is noticed wherever one character of %s differs', async (part) => {
    const text = sealed('google')[part] ?? '';
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...'AZaz09+/= -_'), async (at, char) => {
        fc.pre(text[at] !== char);
        change('google', { [part]: text.slice(0, at) + char + text.slice(at + 1) });
        expect((await refusal()).code).toBe('VAULT_DAMAGED');
      }),
    );
  });

  it.each<[string, { [part: string]: Json }]>([
    ['a short tag', { tag: Buffer.alloc(4).toString('base64') }],
    ['an empty tag', { tag: '' }],
    ['a short nonce', { nonce: Buffer.alloc(8).toString('base64') }],
    ['no ciphertext', { ciphertext: '' }],
    ['a number for ciphertext', { ciphertext: 7 }],
    ['a key id that is none', { keyId: canary }],
    ['version 0', { v: 0 }],
    ['no version', { v: null }],
  ])('is noticed with %s', async (_, changes) => {
    change('google', changes);
    expect((await refusal()).code).toBe('VAULT_DAMAGED');
  });

  it.each(['null', '7', '[]', '"text"', '{}', JSON.stringify(grant)])('is noticed when %s is found', async (json) => {
    rows.set('vault:google', json);
    expect((await refusal()).code).toBe('VAULT_DAMAGED');
  });

  it('is noticed when an entry is passed off as another', async () => {
    rows.set('vault:bank', rows.get('vault:google') ?? '');
    const error = await refusal('bank');
    expect(error.code).toBe('VAULT_DAMAGED');
    expect(error.message).toMatch(/^vault:bank: found a secret that is not as the vault wrote it/);
  });

  it('is told from an entry of a newer nightshift', async () => {
    change('google', { v: 2 });
    expect((await refusal()).code).toBe('VAULT_NEWER');
  });
});

it('counts its entries by the key they are sealed with, and those that are damaged', async () => {
  await createVault({ key, store }).put('google', grant);
  await createVault({ key, store }).put('shop', grant);
  await createVault({ key: another, store }).put('old', grant);
  rows.set('vault:damaged', '{');
  const all = [...rows].map(([key, json]) => ({ key, json })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const source = { range: (from: string, to: string) => all.filter(({ key }) => key >= from && key < to) };
  expect(await sealedWith(source)).toEqual(
    new Map([
      ['', 1],
      [keyIdOf(key), 2],
      [keyIdOf(another), 1],
    ]),
  );
});

describe('an error', () => {
  it.each<[string, () => unknown]>([
    ['of a wrong key', () => change('google', { keyId: '00000000' })],
    ['of damage', () => change('google', { tag: Buffer.alloc(16).toString('base64') })],
    ['of a plain secret in its place', () => rows.set('vault:google', JSON.stringify(grant))],
    ['of a plain secret as key id', () => change('google', { keyId: canary })],
    ['of a newer version', () => change('google', { v: 2, ciphertext: canary })],
  ])('%s shows neither secret nor key, and no cause', async (_, spoil) => {
    await createVault({ key, store }).put('google', grant);
    spoil();
    const error = await refusal();
    const shown = inspect(error, { depth: null, showHidden: true });
    expect(withoutSecrets(shown)).toBe(shown);
    expect(error.cause).toBeUndefined();
  });
});

function withoutSecrets(text: string) {
  const redactor = createRedactor();
  for (const secret of [canary, key.toString('hex'), key.toString('latin1')]) redactor.add(secret);
  redactor.add(key.toString('base64'));
  return redactor.redact(text);
}
