import { describe, expect, it } from 'vitest';
import { NightshiftError } from '../../src/errors.ts';
import { ClassifiedError, type Failure, isFailure, plainFailure } from '../../src/policies/failure.ts';

const failure: Failure = { class: 'degraded', code: 'BREAKER_OPEN', message: 'youtube: no call', service: 'youtube' };

describe('a failure', () => {
  it('keeps what it has, and no key without a value', () => {
    const full: Failure = {
      ...failure,
      status: 429,
      retryAfterMs: 1000,
      step: 'upload',
      token: 'google',
      causes: [{ code: 'ECONNRESET', message: 'read ECONNRESET' }],
    };
    expect(plainFailure(full)).toEqual(full);
    expect(Object.keys(plainFailure(failure))).toEqual(['class', 'code', 'message', 'service']);
  });

  it('has bounds', () => {
    const long = '\u{1f600}'.repeat(5000);
    const plain = plainFailure({
      class: 'bug',
      code: long,
      message: long,
      step: long,
      causes: Array.from({ length: 20 }, () => ({ code: long, message: long })),
    });
    expect(plain.code.length).toBe(100);
    expect(plain.message.length).toBe(2000);
    expect(plain.message.isWellFormed() && plain.code.isWellFormed()).toBe(true);
    expect(plain.step?.length).toBe(200);
    expect(plain.causes).toHaveLength(5);
    expect(plain.causes?.[0]?.message.length).toBe(2000);
  });

  it('drops what it is not made of', () => {
    const odd = { ...failure, headers: { authorization: 'x' }, status: Number.NaN, retryAfterMs: -1, causes: [] };
    expect(plainFailure(odd)).toEqual(failure);
  });

  it('waits whole milliseconds', () => {
    expect(plainFailure({ ...failure, retryAfterMs: 0.2 }).retryAfterMs).toBe(1);
  });

  it.each([
    undefined,
    null,
    'bug',
    {},
    { ...failure, class: 'odd' },
    { ...failure, code: 1 },
    { ...failure, message: undefined },
  ])('is not %o', (value) => {
    expect(isFailure(value)).toBe(false);
  });
});

describe('a classified error', () => {
  it('carries its failure, under its code and message', () => {
    const cause = new Error('below');
    const error = new ClassifiedError(failure, { cause });
    expect(error).toBeInstanceOf(NightshiftError);
    expect(error).toMatchObject({ name: 'ClassifiedError', code: 'BREAKER_OPEN', message: failure.message, cause });
    expect(error.failure).toEqual(failure);
    expect(Object.hasOwn(error, 'failure')).toBe(true);
  });
});
