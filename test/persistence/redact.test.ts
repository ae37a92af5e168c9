import { describe, expect, it } from 'vitest';
import { createRedactor, formsOf } from '../../src/persistence/redact.ts';
import { fc } from '../property.ts';

function redact(text: string, ...secrets: string[]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor.redact(text);
}

const anySecret = fc.string({ unit: 'binary', minLength: 6, maxLength: 40 });
/** Few different letters, so that secrets overlap, repeat and contain each other. */
const likeSecret = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 6, maxLength: 9 });

const awkward = 'p/w+d "ü€😀"\n(100%)=\\\'*!~';

describe('redact', () => {
  it.each<[string, (secret: string) => string]>([
    ['as it is', (secret) => secret],
    ['URL-encoded', encodeURIComponent],
    [
      'URL-encoded with small digits',
      (secret) => encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
    ],
    ['in a URL as a whole', encodeURI],
    ['in a form', (secret) => new URLSearchParams({ k: secret }).toString().slice(2)],
    ['in JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
    ['in JSON in JSON', (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['in JSON with slashes escaped', (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
    ['in base64', (secret) => Buffer.from(secret).toString('base64')],
    ['in base64url', (secret) => Buffer.from(secret).toString('base64url')],
  ])('takes out a secret %s', (_, encode) => {
    fc.assert(
      fc.property(fc.oneof(anySecret, fc.constant(awkward)), (secret) => {
        const form = encode(secret.toWellFormed());
        const text = redact(`<${form}>`, secret.toWellFormed());
        expect(text).toBe('<[secret]>');
      }),
    );
  });

  it('takes out a secret from JSON in plain ASCII', () => {
    const written = 'p/w+d \\"\\u00fc\\u20ac\\ud83d\\ude00\\"\\n(100%)=\\\\\'*!~';
    expect(JSON.parse(`"${written}"`)).toBe(awkward);
    expect(redact(`{"error":"${written}"}`, awkward)).toBe('{"error":"[secret]"}');
  });

  it('leaves of a secret in the base64 of something longer at most one byte at either end', () => {
    fc.assert(
      fc.property(fc.string(), anySecret, fc.string(), (before, secret, after) => {
        const text = redact(
          Buffer.from(before + secret.toWellFormed() + after).toString('base64'),
          secret.toWellFormed(),
        );
        const [head = '', tail] = text.split('[secret]');
        expect(tail).toBeDefined();
        expect(Buffer.from(head, 'base64').length).toBeLessThanOrEqual(Buffer.from(before).length + 1);
        expect((tail ?? '').length).toBeLessThanOrEqual(Math.ceil(Buffer.from(after).length / 3) * 4 + 4);
      }),
    );
  });

  it('takes a password out of a Basic authorization header', () => {
    const header = `authorization: Basic ${Buffer.from('client-id:hunter2-hunter2').toString('base64')}`;
    const text = redact(header, 'hunter2-hunter2');
    expect(text).toMatch(/^authorization: Basic Y2xpZW50LWlk.{0,3}\[secret\].{0,4}$/);
  });

  it('replaces exactly what a slow and simple search would', () => {
    fc.assert(
      fc.property(
        fc.array(likeSecret, { maxLength: 5 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '/', '%2F') }),
        (secrets, text) => {
          expect(redact(text, ...secrets)).toBe(simply(text, secrets));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('leaves no form of any secret in what remains, and a text without secrets untouched', () => {
    fc.assert(
      fc.property(fc.array(anySecret, { minLength: 1 }), fc.array(fc.string()), fc.nat(), (secrets, fillers, pick) => {
        const forms = secrets.flatMap((secret) => [...formsOf(secret)]);
        const text = fillers.map((filler, i) => filler + forms[(pick + i) % forms.length]).join('');
        const remains = redact(text, ...secrets).split('[secret]');
        expect(remains.filter((piece) => forms.some((form) => piece.includes(form)))).toEqual([]);
        const harmless = fillers.join('');
        if (!forms.some((form) => harmless.includes(form))) expect(redact(harmless, ...secrets)).toBe(harmless);
      }),
    );
  });

  it('replaces overlapping secrets together, and neighbours one by one', () => {
    expect(redact('x-abcdefghij-x', 'abcdefg', 'defghij')).toBe('x-[secret]-x');
    expect(redact('abcdefghij', 'abcdefghij', 'cdefgh')).toBe('[secret]');
    expect(redact('abcdefABCDEF', 'abcdef', 'ABCDEF')).toBe('[secret][secret]');
  });

  it('ignores secrets shorter than six characters', () => {
    expect(redact('a short one', 'short', '')).toBe('a short one');
    expect(redact('a longer one', 'longer')).toBe('a [secret] one');
  });

  it('knows a secret from when it is added until it is forgotten', () => {
    const redactor = createRedactor();
    expect(redactor.redact('token-1 token-2')).toBe('token-1 token-2');
    redactor.add('token-1');
    redactor.add('token-2');
    expect(redactor.redact('token-1 token-2')).toBe('[secret] [secret]');
    redactor.forget('token-1');
    redactor.forget('never known');
    expect(redactor.redact('token-1 token-2')).toBe('token-1 [secret]');
  });

  // Looking for one secret after the other would read some hundred billion characters here.
  it('reads a megabyte once, not once for each of ten thousand secrets', () => {
    const secrets = Array.from(
      { length: 10_000 },
      (_, i) => `eyJhbGciOiJSUzI1NiJ9.${(i * 7_919).toString(36).padStart(40, 'x')}`,
    );
    const text = `${secrets[1_234]} `.repeat(16_000);
    expect(redact(text, ...secrets)).toBe('[secret] '.repeat(16_000));
  });
});

/** The definition: every position covered by a form of a secret is taken out, overlapping ones together. */
function simply(text: string, secrets: string[]) {
  const inner = new Set<number>();
  const starts = new Set<number>();
  for (const form of secrets.flatMap((secret) => [...formsOf(secret)])) {
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
      starts.add(at);
      for (let i = at + 1; i < at + form.length; i++) inner.add(i);
    }
  }
  let result = '';
  for (let i = 0; i < text.length; i++) {
    if (starts.has(i) && !inner.has(i)) result += '[secret]';
    else if (!inner.has(i)) result += text[i];
  }
  return result;
}
