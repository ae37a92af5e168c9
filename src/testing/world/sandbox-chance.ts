/**
 * Chance inside of a world: random numbers and bytes are those of the life that asks.
 */
import nodeCrypto from 'node:crypto';
import type { Life } from './life.ts';
import { type AnyFunction, inside, insideRead } from './replacing.ts';

export function installChance(): void {
  inside(Math, 'random', ({ random }) => random());
  const { prototype } = globalThis.crypto.constructor as unknown as { prototype: object };
  for (const owner of [nodeCrypto, prototype]) inside(owner, 'randomUUID', (life) => uuid(bytesOf(life, 16), 4));
  inside(prototype, 'getRandomValues', (life, _, array) => fill(life, array as never));
  inside(nodeCrypto, 'randomUUIDv7', (life) => {
    const raw = bytesOf(life, 16);
    raw.writeUIntBE(life.clock.now(), 0, 6);
    return uuid(raw, 7);
  });
  inside(nodeCrypto, 'randomFillSync', (life, _, ...args) => fill(life, ...(args as Filled)));
  inside(nodeCrypto, 'randomFill', (life, _, ...args) => {
    const filled = fill(life, ...(args.slice(0, -1) as Filled));
    tell(args.at(-1), filled);
  });
  inside(nodeCrypto, 'randomBytes', (life, _, size, callback) => {
    const made = bytesOf(life, Number(size));
    return typeof callback === 'function' ? tell(callback, made) : made;
  });
  for (const name of ['rng', 'prng', 'pseudoRandomBytes']) insideRead(nodeCrypto, name, () => nodeCrypto.randomBytes);
  inside(nodeCrypto, 'randomInt', (life, _, ...args) => {
    const [min, max] = typeof args[1] === 'number' ? (args as [number, number]) : [0, args[0] as number];
    const drawn = min + Math.floor(life.random() * (max - min));
    const callback = args.at(-1);
    return typeof callback === 'function' ? tell(callback, drawn) : drawn;
  });
}

/** So many bytes of a life's chance. */
export function bytesOf(life: Life, size: number): Buffer<ArrayBuffer> {
  return Buffer.from(Array.from({ length: size }, () => Math.floor(life.random() * 256)));
}

type Filled = [array: ArrayBuffer | ArrayBufferView, offset?: number, size?: number];

/** @param offset counted in elements, as `size` is. Default: the whole of it */
function fill(life: Life, ...[array, offset = 0, size]: Filled): ArrayBuffer | ArrayBufferView {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(array)
    ? array
    : { buffer: array, byteOffset: 0, byteLength: array.byteLength };
  const { BYTES_PER_ELEMENT: each = 1 } = array as { BYTES_PER_ELEMENT?: number };
  const length = size === undefined ? byteLength - offset * each : size * each;
  new Uint8Array(buffer as ArrayBuffer, byteOffset + offset * each, length).set(bytesOf(life, length));
  return array;
}

/** Calls back as Node does, never in the same turn. */
function tell(callback: unknown, made: unknown): void {
  queueMicrotask(() => (callback as AnyFunction)(null, made));
}

function uuid(raw: Buffer, version: number): string {
  raw[6] = (raw.readUInt8(6) & 0x0f) | (version << 4);
  raw[8] = (raw.readUInt8(8) & 0x3f) | 0x80;
  return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
