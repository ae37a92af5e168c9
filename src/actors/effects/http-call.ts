/**
 * One HTTP request of a guarded call: the service's address, its token and its idempotency key on it, and an answer that is no success
 * turned into a failure.
 */
import type { Clock } from '../../clock.ts';
import type { ServiceConfig } from '../../config/config.ts';
import type { CallScope, FetchInit } from '../../config/run-scope.ts';
import { classifyResponse } from '../../policies/classify.ts';
import { ClassifiedError, type Failure } from '../../policies/failure.ts';
import { fetchSafely } from './fetch-safely.ts';
import { stallGuarded } from './stall-guard.ts';

/** What the guard wants to hear of a call besides its outcome. */
export interface CallNotes {
  /** The answer's headers, for what they say of a quota. */
  headers(headers: Headers): void;
  /** What goes wrong after the answer has begun: the breaker hears of that too. @returns what the reader of the answer gets */
  failedLate(error: unknown): Error;
}

const errorBodyBytesMax = 4096;

/** @throws {ClassifiedError} for an answer that is not ok */
export async function httpCall(
  service: ServiceConfig,
  call: CallScope,
  notes: CallNotes,
  { clock, fetch }: { clock: Clock; fetch: typeof globalThis.fetch },
  path: string,
  init: FetchInit = {},
): Promise<Response> {
  const { headers, signal, ...rest } = typeof init === 'function' ? init(call) : init;
  const response = await fetchSafely(fetch, addressOf(service, path), call, {
    ...rest,
    headers: headersOf(service, call, headers),
    signal: signal ? AbortSignal.any([call.signal, signal]) : call.signal,
  });
  notes.headers(response.headers);
  if (!response.ok) throw new ClassifiedError(await refusalOf(response, clock.now()));
  return stallGuarded(response, clock, service.timeoutMs, `${service.name}: the answer's body`, notes.failedLate);
}

function addressOf({ name, url }: ServiceConfig, path: string): string {
  if (url === undefined) {
    if (URL.canParse(path)) return path;
    throw misused(`${name}: found the path '${path}', expected a whole URL, because the service has no url.`);
  }
  if (!URL.canParse(path)) return `${url.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
  if (new URL(path).origin === new URL(url).origin) return path;
  throw misused(`${name}: found a call to ${new URL(path).origin}, expected one below ${url}. Add a service for it.`);
}

function misused(message: string) {
  return new ClassifiedError({ class: 'bug', code: 'SERVICE_MISUSED', message });
}

function headersOf(service: ServiceConfig, call: CallScope, own: RequestInit['headers']): Headers {
  const headers = new Headers(own);
  for (const [name, value] of Object.entries(call.authorization ?? {})) headers.set(name, value);
  if (!headers.has(service.idempotencyHeader)) headers.set(service.idempotencyHeader, call.idempotencyKey);
  return headers;
}

async function refusalOf(response: Response, at: number): Promise<Failure> {
  const { status, headers } = response;
  return classifyResponse({ status, headers, body: await excerpt(response) }, at);
}

async function excerpt(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= errorBodyBytesMax) break;
    }
  } catch {
    // What was read of an error's body is enough; the status says the rest.
  }
  return text.slice(0, errorBodyBytesMax);
}
