import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findVaultKey, presentVaultKey, VaultKeyError } from '../../src/persistence/vault-key.ts';

const key = randomBytes(32);
const another = randomBytes(32);

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-key-'));
  file = join(folder, 'vault.key');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function keep(text: string, mode = 0o600) {
  writeFileSync(file, text);
  chmodSync(file, mode);
}

function lend(text: string) {
  const credentials = join(folder, 'credentials');
  mkdirSync(credentials);
  writeFileSync(join(credentials, 'nightshift-key'), text, { mode: 0o440 });
  return { CREDENTIALS_DIRECTORY: credentials };
}

function refusal(environment: Record<string, string>): VaultKeyError {
  try {
    findVaultKey({ environment, file });
  } catch (error) {
    return error as VaultKeyError;
  }
  throw new Error('a key was found');
}

describe('the order of places', () => {
  it('takes the environment first', () => {
    keep(another.toString('base64'));
    const environment = { NIGHTSHIFT_KEY: key.toString('base64'), ...lend(another.toString('base64')) };
    expect(findVaultKey({ environment, file })).toEqual({ key, source: 'environment', created: false });
  });

  it('takes the systemd credential next', () => {
    keep(another.toString('base64'));
    const environment = lend(`${key.toString('hex')}\n`);
    expect(findVaultKey({ environment, file })).toEqual({ key, source: 'credential', created: false });
  });

  it.each([
    ['no credentials', () => ({})],
    ['an empty credentials path', () => ({ CREDENTIALS_DIRECTORY: '' })],
    ['other credentials only', () => ({ CREDENTIALS_DIRECTORY: folder })],
  ])('takes the key file with %s', (_, environment) => {
    keep(`${key.toString('base64')}\n`);
    expect(findVaultKey({ environment: environment(), file })).toEqual({ key, source: 'file', created: false });
  });
});

it('makes none for whoever only looks', () => {
  expect(presentVaultKey({ environment: {}, file })).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
  keep(key.toString('base64'));
  expect(presentVaultKey({ environment: {}, file })).toEqual({ key, source: 'file' });
});

describe('the key file', () => {
  it('is made once, with mode 0600, and read from then on', () => {
    const made = findVaultKey({ environment: {}, file });
    expect(made).toMatchObject({ source: 'file', created: true });
    expect(made.key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['vault.key']);
    expect(findVaultKey({ environment: {}, file })).toEqual({ ...made, created: false });
  });

  it('is made from the bytes it is given, as text that NIGHTSHIFT_KEY takes too', () => {
    const environment = { NIGHTSHIFT_KEY: '' };
    findVaultKey({ environment: {}, file, randomBytes: (size) => key.subarray(0, size) });
    environment.NIGHTSHIFT_KEY = readFileSync(file, 'utf8');
    expect(findVaultKey({ environment, file: join(folder, 'none') }).key).toEqual(key);
  });

  it('does not take over the permissions of what a crash left behind', () => {
    writeFileSync(`${file}.new`, 'half a k', { mode: 0o666 });
    findVaultKey({ environment: {}, file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['vault.key']);
  });

  it.each(['640', '604', '660', '644', '610'])('is refused with mode %s, and the command named', (mode) => {
    keep(key.toString('base64'), Number.parseInt(mode, 8));
    const error = refusal({});
    expect(error.code).toBe('VAULT_KEY_EXPOSED');
    expect(error.message).toContain(`found mode ${mode}, expected 600`);
    expect(error.message).toContain(`chmod 600 '${file}'`);
  });

  it('is left alone when it holds no key', () => {
    keep('');
    expect(refusal({}).code).toBe('VAULT_KEY_INVALID');
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('is refused when it is a folder', () => {
    mkdirSync(file);
    expect(refusal({}).code).toBe('VAULT_KEY_UNREADABLE');
  });

  it('is refused when it cannot be made', () => {
    file = join(folder, 'none', 'vault.key');
    expect(refusal({}).message).toContain(`${file}: found that the vault's key cannot be written (ENOENT)`);
  });
});

describe('NIGHTSHIFT_KEY', () => {
  it.each([
    ['base64', key.toString('base64')],
    ['base64 without padding', key.toString('base64').slice(0, -1)],
    ['base64url', key.toString('base64url')],
    ['hex', key.toString('hex')],
    ['upper-case hex', key.toString('hex').toUpperCase()],
    ['base64 with blanks around', ` ${key.toString('base64')}\n`],
  ])('is read from %s', (_, text) => {
    expect(findVaultKey({ environment: { NIGHTSHIFT_KEY: text }, file }).key).toEqual(key);
  });

  it.each([
    ['nothing', ''],
    ['a password', 'canary-correct-horse-battery-staple'],
    ['31 bytes', key.subarray(1).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['hex with a letter too much', `${key.toString('hex')}a`],
    ['hex with a stranger in it', `${key.toString('hex').slice(1)}g`],
    ['base64 with a stranger in it', `${key.toString('base64').slice(0, 20)}*${key.toString('base64').slice(20)}`],
    ['32 characters', 'canary-canary-canary-canary-cana'],
  ])('is refused with %s, which is not shown, and no other place is tried', (_, text) => {
    keep(another.toString('base64'));
    const error = refusal({ NIGHTSHIFT_KEY: text });
    expect(error).toBeInstanceOf(VaultKeyError);
    expect(error.code).toBe('VAULT_KEY_INVALID');
    expect(error.message).toMatch(/^NIGHTSHIFT_KEY: found .* expected 32 bytes .* openssl rand -base64 32/);
    const shown = inspect(error, { depth: null, showHidden: true });
    if (text) expect(shown).not.toContain(text);
    expect(shown).not.toContain('canary');
  });

  it('is refused the same way as a credential', () => {
    const environment = lend('canary');
    const { message } = refusal(environment);
    expect(message).toContain(join(environment.CREDENTIALS_DIRECTORY, 'nightshift-key'));
    expect(message).not.toContain('canary');
  });
});
