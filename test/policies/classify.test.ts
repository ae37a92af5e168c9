import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { classify, classifyResponse } from '../../src/policies/classify.ts';
import { ClassifiedError, type Failure, failureClasses } from '../../src/policies/failure.ts';
import { fetchRefusals } from '../../src/policies/thrown-error.ts';
import { fc } from '../property.ts';

const at = Date.parse('2025-06-02T10:00:00Z');
const coded = (code: string, message = code, more: object = {}) => Object.assign(new Error(message), { code, ...more });

/** What a job really gets thrown. */
async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** An address on which nobody listens. */
async function deserted(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const angry = () => {
  throw new Error('do not touch');
};

describe('whatever is thrown', () => {
  const cyclic: { cause?: unknown } = new Error('round and round');
  cyclic.cause = new Error('and round', { cause: cyclic });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const deep = Array.from({ length: 5000 }).reduce((cause) => new Error('deeper', { cause }), undefined);
  const wide: AggregateError = new AggregateError(Array.from({ length: 50 }, (_, index) => new Error(`${index}`)));
  for (const error of wide.errors) error.cause = wide;

  const oddities: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['a text', 'boom'],
    ['an empty text', ''],
    ['a number', 42],
    ['a symbol', Symbol('boom')],
    ['a big integer', 10n],
    ['a function', () => 0],
    ['an empty object', {}],
    ['an object without a prototype', Object.create(null)],
    ['a promise', Promise.resolve()],
    ['an array', [new Error('inside')]],
    ['an object that cannot be a text', { toString: angry, [Symbol.toPrimitive]: angry }],
    [
      'getters that throw',
      Object.defineProperties(new Error(), {
        message: { get: angry },
        code: { get: angry },
        cause: { get: angry },
        failure: { get: angry },
      }),
    ],
    [
      'a proxy that throws',
      new Proxy({}, { get: angry, has: angry, ownKeys: angry, getPrototypeOf: angry, getOwnPropertyDescriptor: angry }),
    ],
    ['a proxy that was revoked', revoked.proxy],
    ['an array proxy that was revoked', { errors: revoked.proxy, cause: revoked.proxy }],
    ['a cycle of causes', cyclic],
    ['thousands of causes', deep],
    ['a wide cycle', wide],
    ['an aggregate without errors', Object.assign(new AggregateError([]), { errors: null })],
    ['a message that is no text', Object.assign(new Error(), { message: { secret: 1 } })],
    ['a failure that is none', Object.assign(new Error('x'), { failure: { class: 'odd' } })],
    ['a failure that throws', Object.assign(new Error('x'), { failure: new Proxy({}, { get: angry }) })],
    ['half a surrogate pair', new Error('\ud83d')],
  ];

  it.each(oddities)('%s is a bug, in plain JSON', (_, thrown) => {
    const failure = classify(thrown, at);
    expect(failure.class).toBe('bug');
    expect(failure.code).not.toBe('');
    expect(failure.message).not.toBe('');
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
    expect(failure.message.length).toBeLessThanOrEqual(2000);
  });

  it('is taken without throwing, and kept within its bounds', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withSparseArray: true, withBigInt: true }),
        fc.anything(),
        (thrown, cause) => {
          for (const value of [
            thrown,
            Object.assign(new Error('x', { cause }), typeof thrown === 'object' ? thrown : {}),
          ]) {
            const failure = classify(value, at);
            expect(failureClasses).toContain(failure.class);
            expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
          }
        },
      ),
    );
  });

  it.each([
    ['boom', 'NOT_AN_ERROR', 'a text was thrown instead of an Error: boom'],
    [undefined, 'NOT_AN_ERROR', 'undefined was thrown instead of an Error.'],
    [null, 'NOT_AN_ERROR', 'null was thrown instead of an Error.'],
    [{ password: 'canary' }, 'NOT_AN_ERROR', 'an object was thrown instead of an Error.'],
    [new SyntaxError('Unexpected end'), 'SyntaxError', 'Unexpected end'],
    [new TypeError(''), 'TypeError', 'TypeError without a message'],
    [coded('E_OWN', 'my own'), 'E_OWN', 'my own'],
  ])('%o is told as it is', (thrown, code, message) => {
    const { place: _, ...told } = classify(thrown, at);
    expect(told).toEqual({ class: 'bug', code, message });
  });
});

describe('an error with a failure of its own', () => {
  const failure: Failure = {
    class: 'degraded',
    code: 'BREAKER_OPEN',
    message: 'no call',
    service: 'youtube',
    retryAfterMs: 5,
  };

  it('is taken as it is', () => {
    expect(classify(new ClassifiedError(failure, { cause: coded('ENOSPC') }), at)).toEqual(failure);
    expect(classify({ failure }, at)).toEqual(failure);
  });

  it('decides for those above it as well', () => {
    expect(classify(new Error('upload failed', { cause: new ClassifiedError(failure) }), at)).toEqual(failure);
  });

  it('is known by a property of its own, not an inherited one', () => {
    expect(classify(Object.create({ failure }), at).class).toBe('bug');
  });
});

describe('an error from outside', () => {
  it.each([
    ['ECONNREFUSED', 'recoverable', async () => fetch(await deserted())],
    ['FETCH_REFUSED', 'bug', () => fetch('http://127.0.0.1:1')],
    ['FETCH_REFUSED', 'bug', () => fetch('unheard://of')],
    ['ENOTFOUND', 'recoverable', () => import('node:dns/promises').then((dns) => dns.lookup('name.invalid'))],
    ['ERR_INVALID_URL', 'bug', () => fetch('no address')],
    ['ENOENT', 'bug', () => import('node:fs/promises').then((fs) => fs.readFile('/no/such/file'))],
    ['OUT_OF_MEMORY', 'fatal', () => new Array(-1)],
    ['OUT_OF_MEMORY', 'fatal', () => new ArrayBuffer(2 ** 52)],
    ['OUT_OF_MEMORY', 'fatal', () => 'x'.repeat(2 ** 30)],
    ['OUT_OF_MEMORY', 'fatal', () => new Uint8Array(2 ** 53)],
    ['RangeError', 'bug', () => (1).toFixed(101)],
    ['SQLITE_ERROR', 'bug', () => new DatabaseSync(':memory:').exec('selec')],
    [
      'SQLITE_CONSTRAINT',
      'bug',
      () => new DatabaseSync(':memory:').exec('create table t(a unique); insert into t values(1),(1)'),
    ],
    ['SQLITE_CANTOPEN', 'shared', () => new DatabaseSync('/no/such/folder/file')],
    ['DataCloneError', 'bug', () => structuredClone(() => 0)],
    ['TIMEOUT', 'recoverable', () => AbortSignal.abort(new DOMException('too slow', 'TimeoutError')).throwIfAborted()],
    ['ABORTED', 'recoverable', () => AbortSignal.abort().throwIfAborted()],
    ['ABORTED', 'recoverable', () => fetch('http://127.0.0.1:9', { signal: AbortSignal.abort() })],
  ])('%s is %s', async (code, name, work) => {
    expect(classify(await thrownBy(work), at)).toMatchObject({ class: name, code });
  });

  it('is a reset, when the server hangs up on fetch', async () => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const failure = classify(await thrownBy(() => fetch(`http://127.0.0.1:${port}`)), at);
    server.close();
    expect(failure.class).toBe('recoverable');
    expect(['UND_ERR_SOCKET', 'ECONNRESET']).toContain(failure.code);
    expect(failure.message).toMatch(/^fetch failed: /);
    expect(failure.causes).toHaveLength(1);
  });

  it.each(['fetch failed', 'terminated'])('"%s" without a known cause is recoverable', (message) => {
    const cause = new Error('something new');
    expect(classify(new TypeError(message), at)).toMatchObject({ class: 'recoverable', code: 'FETCH_FAILED' });
    expect(classify(new TypeError(message, { cause }), at)).toMatchObject({
      class: 'recoverable',
      message: `${message}: something new`,
    });
    const wrapped = new Error('no list', { cause: new TypeError(message, { cause }) });
    expect(classify(wrapped, at).message).toBe('no list: something new');
  });

  it.each(fetchRefusals.map((pattern) => pattern.source.replace(/[\^$\\]/g, '')))(
    'a fetch refused for "%s" is a bug',
    (reason) => {
      const thrown = new TypeError('fetch failed', { cause: new Error(reason) });
      expect(classify(thrown, at)).toMatchObject({
        class: 'bug',
        code: 'FETCH_REFUSED',
        message: `fetch failed: ${reason}`,
      });
      expect(classify(new Error(reason), at).code).toBe('Error');
    },
  );
});

describe('a chain of causes', () => {
  it('is decided by the deepest error that means something, and told from both ends', () => {
    const thrown = new Error('upload failed', {
      cause: new TypeError('fetch failed', { cause: coded('ENOSPC', 'no space left on device') }),
    });
    expect(classify(thrown, at)).toEqual({
      class: 'shared',
      code: 'ENOSPC',
      message: 'upload failed: no space left on device',
      causes: [
        { code: 'TypeError', message: 'fetch failed' },
        { code: 'ENOSPC', message: 'no space left on device' },
      ],
    });
  });

  it('is decided above a cause that says nothing', () => {
    const thrown = coded('ECONNRESET', 'reset', { cause: 'who knows' });
    expect(classify(thrown, at)).toMatchObject({
      class: 'recoverable',
      code: 'ECONNRESET',
      causes: [{ code: 'NOT_AN_ERROR', message: 'a text was thrown instead of an Error: who knows' }],
    });
  });

  it('does not repeat what the outer message says already', () => {
    const thrown = new Error('cannot save: EROFS', { cause: coded('EROFS') });
    expect(classify(thrown, at).message).toBe('cannot save: EROFS');
  });
});

describe('an error that stands for several', () => {
  it.each([
    [['ENETUNREACH', 'ETIMEDOUT'], 'recoverable', 'ETIMEDOUT'],
    [['ETIMEDOUT', 'ENETUNREACH'], 'recoverable', 'ETIMEDOUT'],
    [['ENETUNREACH', 'ENETUNREACH'], 'shared', 'ENETUNREACH'],
    [['EACCES', 'ENOSPC'], 'shared', 'ENOSPC'],
    [['ENOENT', 'EACCES'], 'fatal', 'EACCES'],
    [['ECONNREFUSED', 'unheard of'], 'recoverable', 'ECONNREFUSED'],
  ])('of %o is %s, because of %s', (codes, name, code) => {
    const thrown = new AggregateError(codes.map((member) => coded(member)));
    expect(classify(Object.assign(thrown, { code: codes[0] }), at)).toMatchObject({ class: name, code, message: code });
    expect(classify(new TypeError('fetch failed', { cause: thrown }), at)).toMatchObject({ class: name, code });
  });

  it('is judged by itself when its members say nothing', () => {
    const thrown = Object.assign(new AggregateError([new Error('a'), 5]), { code: 'ECONNREFUSED' });
    expect(classify(thrown, at)).toMatchObject({ class: 'recoverable', code: 'ECONNREFUSED' });
  });

  it('may be a suppressed one', () => {
    const thrown = Object.assign(new Error('while closing'), {
      name: 'SuppressedError',
      error: new Error('close failed'),
      suppressed: coded('ECONNRESET'),
    });
    expect(classify(thrown, at)).toMatchObject({ class: 'recoverable', code: 'ECONNRESET' });
  });
});

describe('the HTTP errors of clients', () => {
  const google = { error: { code: 403, errors: [{ reason: 'quotaExceeded' }] } };
  const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${at / 1000 + 60}` };

  it.each<[string, object, Partial<Failure>]>([
    [
      'axios, 503',
      { code: 'ERR_BAD_RESPONSE', response: { status: 503, headers: { 'retry-after': '3' } } },
      { class: 'recoverable', code: 'HTTP_503', status: 503, retryAfterMs: 3000 },
    ],
    [
      'axios, 401',
      { code: 'ERR_BAD_REQUEST', response: { status: 401, data: {} } },
      { class: 'critical', code: 'HTTP_401', status: 401 },
    ],
    ['axios, no answer', { code: 'ERR_NETWORK' }, { class: 'recoverable', code: 'ERR_NETWORK' }],
    ['axios, timeout', { code: 'ECONNABORTED' }, { class: 'recoverable', code: 'ECONNABORTED' }],
    [
      'got, 429',
      { code: 'ERR_NON_2XX_3XX_RESPONSE', response: { statusCode: 429, headers: { 'retry-after': ['3'] }, body: '' } },
      { class: 'recoverable', status: 429, retryAfterMs: 3000 },
    ],
    [
      'got, 403 with a quota',
      { response: { statusCode: 403, body: JSON.stringify(google) } },
      { class: 'recoverable', status: 403 },
    ],
    [
      'octokit, 403 with a quota',
      { status: 403, response: { status: 403, headers: reset, data: {} } },
      { class: 'recoverable', status: 403, retryAfterMs: 60_000 },
    ],
    [
      'octokit, secondary limit',
      { status: 403, message: 'You have exceeded a secondary rate limit.' },
      { class: 'recoverable', status: 403 },
    ],
    [
      'octokit, 403',
      { status: 403, response: { status: 403, headers: { 'x-ratelimit-remaining': '9' }, data: {} } },
      { class: 'fatal', status: 403 },
    ],
    [
      'Google, errors',
      { code: 403, errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }] },
      { class: 'recoverable', code: 'HTTP_403' },
    ],
    [
      'Google, data',
      { code: '403', response: { status: 403, data: google, headers: new Headers() } },
      { class: 'recoverable', code: 'HTTP_403' },
    ],
    ['Google, forbidden', { code: 403, errors: [{ reason: 'forbidden' }] }, { class: 'fatal', code: 'HTTP_403' }],
    [
      'Google, revoked grant',
      { status: 400, message: 'invalid_grant', response: { status: 400, data: { error: 'invalid_grant' } } },
      { class: 'shared', code: 'invalid_grant', status: 400 },
    ],
    [
      'OpenAI and Anthropic',
      { status: 429, headers: new Headers({ 'retry-after-ms': '250' }), error: {} },
      { class: 'recoverable', status: 429, retryAfterMs: 250 },
    ],
    ['AWS', { $metadata: { httpStatusCode: 500 } }, { class: 'recoverable', status: 500 }],
    [
      'undici, RetryHandler',
      { code: 'UND_ERR_REQ_RETRY', statusCode: 404, headers: {} },
      { class: 'bug', code: 'HTTP_404' },
    ],
    [
      'a body that cannot be written out',
      { status: 403, response: { data: { self: 1n } } },
      { class: 'fatal', status: 403 },
    ],
    [
      'oauth4webapi, revoked grant',
      { code: 'OAUTH_RESPONSE_BODY_ERROR', error: 'invalid_grant', status: 400, cause: { error: 'invalid_grant' } },
      { class: 'shared', code: 'invalid_grant' },
    ],
    [
      'oauth4webapi, client refused',
      {
        code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
        status: 401,
        cause: [{ scheme: 'basic', parameters: { realm: 'x' } }],
      },
      { class: 'fatal', code: 'invalid_client' },
    ],
    [
      'oauth4webapi, client refused by name',
      {
        code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
        status: 401,
        cause: [{ scheme: 'bearer', parameters: { error: 'invalid_client' } }],
      },
      { class: 'fatal', code: 'invalid_client' },
    ],
    [
      'oauth4webapi, token refused',
      { code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', status: 401, cause: [{ scheme: 'bearer', parameters: {} }] },
      { class: 'critical', code: 'HTTP_401' },
    ],
    [
      'oauth4webapi, answer of a proxy',
      { code: 'OAUTH_RESPONSE_IS_NOT_CONFORM', cause: new Response('', { status: 502 }) },
      { class: 'recoverable', code: 'HTTP_502' },
    ],
    [
      'oauth4webapi, answer that is no JSON',
      { code: 'OAUTH_RESPONSE_IS_NOT_JSON', cause: new Response('') },
      { class: 'recoverable', code: 'OAUTH_RESPONSE_IS_NOT_JSON' },
    ],
    [
      'an API that forbids, in the words of OAuth',
      { status: 403, error: 'invalid_grant' },
      { class: 'fatal', code: 'HTTP_403' },
    ],
    ['a program that ended with 1', { status: 1, code: 1 }, { class: 'bug' }],
    ['an answer that was a success', { status: 200 }, { class: 'bug' }],
  ])('%s', (_, fields, expected) => {
    expect(classify(Object.assign(new Error('the request failed'), fields), at)).toMatchObject(expected);
  });

  it('may be the answer itself, thrown', () => {
    const thrown = new Response('canary', { status: 429, headers: { 'retry-after': '3' } });
    expect(classify(thrown, at)).toEqual({
      class: 'recoverable',
      code: 'HTTP_429',
      message: 'the service answered 429: too many requests',
      status: 429,
      quotaSpent: 'rate',
      retryAfterMs: 3000,
    });
  });

  it('leave nothing of requests and answers behind', () => {
    const secret = { authorization: 'Bearer canary', body: 'canary' };
    const thrown = Object.assign(new Error('GET https://host/?key=canary failed'), {
      config: { headers: secret, data: 'canary' },
      request: secret,
      response: { status: 403, headers: { 'set-cookie': 'canary' }, data: { error: { message: 'canary' } } },
    });
    expect(JSON.stringify(classify(thrown, at))).not.toContain('canary');
  });

  it('mean what the same answer would have meant', () => {
    for (let status = 300; status < 600; status++) {
      const { message: _, ...answered } = classifyResponse({ status, headers: { 'Retry-After': '5' } }, at);
      const thrown = Object.assign(new Error('x'), { status, headers: { 'Retry-After': '5' } });
      const { place: _place, ...told } = classify(thrown, at);
      expect(told).toEqual({ ...answered, message: 'x' });
    }
  });
});
