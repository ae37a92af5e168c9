/**
 * What one thrown value means, taken by itself: an HTTP answer in some library's clothes, an error of OAuth or
 * SQLite, a known code, or a known name. Nobody's errors are imported; they are known by their properties.
 */
import { classOfCode, oauthCodes, sqliteNumbers } from './error-codes.ts';
import { judgeAnswer, judgeOAuth } from './http-answer.ts';
import { peek, peekText } from './peek.ts';
import type { Verdict } from './verdict.ts';

/**
 * What V8 says when memory is used up. `Invalid array length` is also what `new Array(-1)` says: the rarer of the
 * two, and to halt is the safer answer.
 */
export const outOfMemoryMessages: readonly RegExp[] = [
  /^Invalid array length$/,
  /^Invalid typed array length/,
  /^Invalid string length$/,
  /^Array buffer allocation failed$/,
  /^(?:Map|Set) maximum size exceeded$/,
  /^WebAssembly\.Memory\(\): could not allocate memory$/,
];

/** Why `fetch` refused a request of its own accord, as its cause says. @see undici, lib/web/fetch/index.js */
export const fetchRefusals: readonly RegExp[] = [
  /^unknown scheme$/,
  /^about scheme is not supported$/,
  /^URL scheme must be a HTTP\(S\) scheme$/,
  /^local URLs only$/,
  /^bad port$/,
  /^blocked$/,
  /^invalid method$/,
  /^unexpected redirect$/,
  /^redirect count exceeded$/,
  /^cors failure$/,
  /^cross origin not allowed/,
  /^request mode cannot be/,
  /^failed to fetch the data URL$/,
  /^integrity mismatch$/,
  /^only if cached$/,
];

/** @returns undefined when nothing about the value is known */
export function judge(thrown: unknown, at: number): Verdict | undefined {
  return oauthError(thrown) ?? httpError(thrown, at) ?? sqliteError(thrown) ?? codedError(thrown) ?? namedError(thrown);
}

function oauthError(thrown: unknown): Verdict | undefined {
  const body = peek(peek(thrown, 'response'), 'data');
  const said = [
    peek(thrown, 'error'),
    peek(body, 'error'),
    peek(thrown, 'code'),
    challenge(thrown),
    peek(thrown, 'message'),
  ];
  const code = said.find((word): word is string => typeof word === 'string' && Object.hasOwn(oauthCodes, word));
  const status = statusOf(thrown);
  const verdict = code === undefined ? undefined : judgeOAuth(code, status);
  return verdict && { ...verdict, ...(status !== undefined && { status }) };
}

/** oauth4webapi keeps the challenge of a 401 as its cause. A token server that asks for Basic has refused the client. */
function challenge(thrown: unknown): unknown {
  if (peek(thrown, 'code') !== 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return undefined;
  const first = peek(peek(thrown, 'cause'), 0);
  return peek(peek(first, 'parameters'), 'error') ?? (peek(first, 'scheme') === 'basic' ? 'invalid_client' : undefined);
}

function httpError(thrown: unknown, at: number): Verdict | undefined {
  const status = statusOf(thrown);
  if (status === undefined) return undefined;
  const response = peek(thrown, 'response');
  const headers = peek(response, 'headers') ?? peek(thrown, 'headers');
  const told = [
    peek(response, 'data'),
    peek(response, 'body'),
    peek(thrown, 'body'),
    peek(thrown, 'error'),
    peek(thrown, 'errors'),
    { message: peek(thrown, 'message') },
  ];
  return judgeAnswer({ status, headers, body: told.map(asText).join('\n') }, at);
}

/** The status as axios, got, octokit, Google's, AWS's and most other clients keep it; exit codes of programs are lower. */
function statusOf(thrown: unknown): number | undefined {
  const response = peek(thrown, 'response');
  const code = peek(thrown, 'code');
  return [
    peek(response, 'status'),
    peek(response, 'statusCode'),
    peek(thrown, 'status'),
    peek(thrown, 'statusCode'),
    peek(peek(thrown, '$metadata'), 'httpStatusCode'),
    typeof code === 'string' && /^\d{3}$/.test(code) ? Number(code) : code,
  ].find(
    (status): status is number => Number.isInteger(status) && (status as number) >= 300 && (status as number) <= 599,
  );
}

const textLengthMax = 65_536;

function asText(value: unknown): string {
  try {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return (text ?? '').slice(0, textLengthMax);
  } catch {
    return '';
  }
}

function sqliteError(thrown: unknown): Verdict | undefined {
  const number = peek(thrown, 'errcode');
  if (peek(thrown, 'code') !== 'ERR_SQLITE_ERROR' || typeof number !== 'number') return undefined;
  // The low byte of an extended result code is its primary one.
  const code = sqliteNumbers[number & 0xff] ?? 'SQLITE_ERROR';
  return { class: classOfCode(code) ?? 'bug', code };
}

function codedError(thrown: unknown): Verdict | undefined {
  const code = peekText(thrown, 'code');
  const found = code === undefined ? undefined : classOfCode(code);
  return code === undefined || found === undefined ? undefined : { class: found, code };
}

function namedError(thrown: unknown): Verdict | undefined {
  const message = peekText(thrown, 'message') ?? '';
  switch (peekText(thrown, 'name')) {
    case 'TimeoutError':
      return { class: 'recoverable', code: 'TIMEOUT' };
    case 'AbortError':
      // Cut off from outside, most often by a limit on time of the job's own.
      return { class: 'recoverable', code: 'ABORTED' };
    case 'RangeError':
      return outOfMemoryMessages.some((pattern) => pattern.test(message))
        ? { class: 'fatal', code: 'OUT_OF_MEMORY' }
        : undefined;
    case 'TypeError':
      return failedFetch(message, peekText(peek(thrown, 'cause'), 'message') ?? '');
    default:
      return undefined;
  }
}

/** `fetch failed` before the answer's head, `terminated` in its body. */
function failedFetch(message: string, cause: string): Verdict | undefined {
  if (message !== 'fetch failed' && message !== 'terminated') return undefined;
  return fetchRefusals.some((pattern) => pattern.test(cause))
    ? { class: 'bug', code: 'FETCH_REFUSED' }
    : { class: 'recoverable', code: 'FETCH_FAILED' };
}
