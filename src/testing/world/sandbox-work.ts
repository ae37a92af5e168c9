/**
 * Work that Node does beside its event loop: it takes no time in a world, which waits for it.
 *
 * Without that, a job that hashes or packs something would find its world hours later, on one machine, and on another not.
 */
import nodeCrypto from 'node:crypto';
import zlib from 'node:zlib';
import type { Life } from './life.ts';
import { type AnyFunction, inside } from './replacing.ts';

const subtle = ['encrypt', 'decrypt', 'sign', 'verify', 'digest', 'deriveKey', 'deriveBits', 'getPublicKey'];
const subtleKeys = ['importKey', 'exportKey', 'wrapKey', 'unwrapKey', 'decapsulateBits', 'decapsulateKey'];
/** With a callback at the end; without one, they do it at once. */
const crypto = ['argon2', 'scrypt', 'pbkdf2', 'hkdf', 'checkPrime', 'sign', 'verify', 'decapsulate', 'diffieHellman'];
const webAssembly = ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming'];

export function installWork(): void {
  const { prototype } = globalThis.crypto.subtle.constructor as unknown as { prototype: object };
  for (const name of [...subtle, ...subtleKeys]) inside(prototype, name, awaited);
  const { WebAssembly } = globalThis as unknown as { WebAssembly: object };
  for (const name of webAssembly) inside(WebAssembly, name, awaited);
  for (const name of crypto) inside(nodeCrypto, name, calledBack);
  // All of zlib, its promises and the compression streams of the web come down to this.
  inside(Object.getPrototypeOf(Object.getPrototypeOf(zlib.Gzip.prototype)), '_transform', calledBack);
}

function awaited(life: Life, original: AnyFunction, ...args: unknown[]): unknown {
  life.elsewhere += 1;
  return (original(...args) as Promise<unknown>).finally(() => {
    life.elsewhere -= 1;
  });
}

function calledBack(life: Life, original: AnyFunction, ...args: unknown[]): unknown {
  const callback = args.at(-1);
  if (typeof callback !== 'function') return original(...args);
  life.elsewhere += 1;
  return original(...args.slice(0, -1), function (this: unknown, ...results: unknown[]) {
    life.elsewhere -= 1;
    return callback.apply(this, results);
  });
}
