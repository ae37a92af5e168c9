import { format, inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from '../../src/config/secret.ts';

const secret = new Secret('hush');

it.each([
  ['a template', `${secret}`],
  ['a text made of it', String(secret)],
  ['JSON', JSON.stringify({ secret })],
  ['inspect', inspect({ secret }, { showHidden: true, depth: 9 })],
  ['format', format('%s %o %j', secret, secret, secret)],
  ['its keys', JSON.stringify(Object.getOwnPropertyNames(secret))],
  ['a structured clone', inspect(structuredClone(secret), { showHidden: true })],
])('is not seen in %s', (_way, printed) => {
  expect(printed).not.toContain('hush');
});

it('shows that something is there', () => {
  expect(`${secret} ${JSON.stringify(secret)} ${inspect(secret)}`).toBe('[secret] "[secret]" [secret]');
});

it('gives the text to who asks for it by name', () => {
  expect(secret.reveal()).toBe('hush');
});
