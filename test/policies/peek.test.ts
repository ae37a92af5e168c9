import { expect, it } from 'vitest';
import { peek, peekHeader, peekText } from '../../src/policies/peek.ts';

const angry = () => {
  throw new Error('do not touch');
};
const proxy = new Proxy({}, { get: angry, ownKeys: angry, has: angry, getPrototypeOf: angry });

it('reads properties of anything', () => {
  expect(peek({ code: 1 }, 'code')).toBe(1);
  expect(
    peek(
      Object.assign(() => 0, { code: 1 }),
      'code',
    ),
  ).toBe(1);
  for (const value of [undefined, null, 1, 'text', Symbol('s'), proxy]) expect(peek(value, 'code')).toBeUndefined();
  expect(peek(Object.defineProperty({}, 'code', { get: angry }), 'code')).toBeUndefined();
});

it('takes for a text only one with something in it', () => {
  expect(peekText({ code: 'E' }, 'code')).toBe('E');
  for (const code of ['', 1, null, {}]) expect(peekText({ code }, 'code')).toBeUndefined();
});

it.each([
  [new Headers({ 'X-One': '1' }), '1'],
  [new Map([['x-one', '1']]), '1'],
  [{ 'X-ONE': '1' }, '1'],
  [{ 'x-one': ['1', '2'] }, '1'],
  [{ 'x-one': 1 }, '1'],
  [{ 'x-one': ' ' }, undefined],
  [{ 'x-one': {} }, undefined],
  [{ 'x-two': '2' }, undefined],
  [undefined, undefined],
  [null, undefined],
  ['x-one: 1', undefined],
  [{ get: angry }, undefined],
  [proxy, undefined],
])('reads a header from headers of any kind', (headers, value) => {
  expect(peekHeader(headers, 'x-one')).toBe(value);
});
