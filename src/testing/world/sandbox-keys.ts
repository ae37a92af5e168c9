/**
 * Keys inside of a world: secret ones are made of the life's own chance. What has a chance of its own that nobody can give it, a
 * pair of keys or a signature with a random number in it, is refused.
 */
import nodeCrypto from 'node:crypto';
import type { Life } from './life.ts';
import { refused } from './refusal.ts';
import { type AnyFunction, guarded, inside } from './replacing.ts';
import { bytesOf } from './sandbox-chance.ts';

const chanceOfTheirOwn: [owner: object, where: string, names: string[]][] = [
  [
    nodeCrypto,
    'node:crypto',
    [
      ...['generateKeyPair', 'generateKeyPairSync', 'generatePrime', 'generatePrimeSync', 'publicEncrypt'],
      ...['encapsulate', 'getDiffieHellman', 'createDiffieHellmanGroup', 'createDiffieHellman'],
    ],
  ],
  [nodeCrypto.ECDH.prototype, 'node:crypto.ECDH', ['generateKeys']],
  [Object.getPrototypeOf(globalThis.crypto.subtle), 'crypto.subtle', ['encapsulateBits', 'encapsulateKey']],
];

type Algorithm = nodeCrypto.webcrypto.HmacImportParams;

export function installKeys(): void {
  for (const [owner, where, names] of chanceOfTheirOwn) {
    for (const name of names) {
      if (!(name in owner)) continue;
      guarded(owner, name, (life) => {
        throw refused(life, `${where}.${name}`, 'REAL_CHANCE');
      });
    }
  }
  const plain = nodeCrypto.generateKeySync as AnyFunction;
  inside(nodeCrypto, 'generateKeySync', secretKey);
  inside(nodeCrypto, 'generateKey', (life, _, type, options, callback) => {
    const made = secretKey(life, plain, type, options);
    queueMicrotask(() => (callback as AnyFunction)(null, made));
  });
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle);
  inside(subtle, 'generateKey', async (life, _, ...args) => {
    const [algorithm, extractable, usages] = args as [Algorithm, boolean, nodeCrypto.webcrypto.KeyUsage[]];
    const size = sizeOf(algorithm);
    if (size === undefined) throw refused(life, `crypto.subtle.generateKey of ${nameOf(algorithm)}`, 'REAL_CHANCE');
    return globalThis.crypto.subtle.importKey('raw', bytesOf(life, size), algorithm, extractable, usages);
  });
  for (const name of ['sign', 'encrypt', 'wrapKey'] as const) {
    inside(subtle, name, async (life, original, ...args) => {
      const algorithm = nameOf(args[name === 'wrapKey' ? 3 : 0]);
      if (/^(ECDSA|RSA-PSS|RSA-OAEP|ML-DSA.*)$/i.test(algorithm))
        throw refused(life, `crypto.subtle.${name} with ${algorithm}`, 'REAL_CHANCE');
      return original(...args);
    });
  }
  inside(nodeCrypto, 'sign', (life, original, ...args) => {
    refuseChance(life, 'node:crypto.sign', args[2]);
    return original(...args);
  });
  inside(nodeCrypto.Sign.prototype, 'sign', (life, original, ...args) => {
    refuseChance(life, 'node:crypto.Sign.sign', args[0]);
    return original(...args);
  });
}

/** A key for AES or HMAC. @param original says what is wrong with the arguments, if something is */
function secretKey(life: Life, original: AnyFunction, ...args: unknown[]): unknown {
  const { symmetricKeySize: size = 0 } = original(...args) as nodeCrypto.KeyObject;
  return nodeCrypto.createSecretKey(bytesOf(life, size));
}

function nameOf(algorithm: unknown): string {
  return typeof algorithm === 'string' ? algorithm : String((algorithm as { name?: unknown } | undefined)?.name);
}

/** How many bytes a secret key of that kind has; undefined for a pair of keys. */
function sizeOf(algorithm: unknown): number | undefined {
  const { length, hash } = algorithm as { length?: number; hash?: unknown };
  if (/^AES-/i.test(nameOf(algorithm))) return (length ?? 256) / 8;
  if (!/^HMAC$/i.test(nameOf(algorithm))) return undefined;
  if (length !== undefined) return Math.ceil(length / 8);
  return /SHA-(384|512)/i.test(nameOf(hash)) ? 128 : 64;
}

/** The signatures of RSA in its first padding, and of Ed25519 and Ed448, are the same each time. */
function refuseChance(life: Life, what: string, given: unknown): void {
  const { padding } = given as { padding?: number };
  const { asymmetricKeyType: type } =
    given instanceof nodeCrypto.KeyObject ? given : nodeCrypto.createPrivateKey(given as nodeCrypto.PrivateKeyInput);
  const isPlain = type === 'ed25519' || type === 'ed448';
  if (isPlain || (type === 'rsa' && padding !== nodeCrypto.constants.RSA_PKCS1_PSS_PADDING)) return;
  throw refused(life, `${what} with a key of ${type}`, 'REAL_CHANCE');
}
