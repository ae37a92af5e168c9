/**
 * Chance inside of a world: random numbers and bytes are those of the life that asks.
 */
import nodeCrypto from 'node:crypto';
import type { Life } from './life.ts';
import { inside } from './replacing.ts';

export function installChance(): void {
  inside(Math, 'random', ({ random }) => random());
  const bytes = (life: Life, size: number) =>
    Buffer.from(Array.from({ length: size }, () => Math.floor(life.random() * 256)));
  const fill = (life: Life, array: ArrayBufferView) => {
    const { buffer, byteOffset, byteLength } = array;
    new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).set(bytes(life, byteLength));
    return array;
  };
  const uuid = (life: Life) => {
    const raw = bytes(life, 16);
    raw[6] = (raw.readUInt8(6) & 0x0f) | 0x40;
    raw[8] = (raw.readUInt8(8) & 0x3f) | 0x80;
    return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
  for (const owner of [nodeCrypto, globalThis.crypto]) {
    inside(owner, 'randomUUID', uuid);
    inside(owner, 'getRandomValues', (life, _, array) => fill(life, array as never));
  }
  inside(nodeCrypto, 'randomFillSync', (life, _, array) => fill(life, array as never));
  inside(nodeCrypto, 'randomBytes', (life, _, size, callback) => {
    const made = bytes(life, Number(size));
    if (typeof callback !== 'function') return made;
    queueMicrotask(() => callback(null, made));
    return undefined;
  });
  inside(nodeCrypto, 'randomInt', (life, _, ...args) => {
    const [min, max] = typeof args[1] === 'number' ? (args as number[]) : [0, args[0] as number];
    return (min ?? 0) + Math.floor(life.random() * ((max ?? 0) - (min ?? 0)));
  });
}
