/**
 * A fetch whose credential stays with the origin it was meant for.
 *
 * When a request is redirected to another origin, `fetch` takes `Authorization` off it, but no header that it does
 * not know: an API key would go along. So a request with such a key follows a redirect only within its
 * origin, and only when there is nothing to send again; any other comes back as an answer that nobody followed.
 *
 * @see Fetch Standard, "HTTP-redirect fetch", step 13
 */
import type { CallScope } from '../../config/run-scope.ts';

const redirects = [301, 302, 303, 307, 308];
const hopsMax = 20;

/** Like `fetch`, for a call that may carry a credential. */
export async function fetchSafely(
  fetch: typeof globalThis.fetch,
  address: string,
  { authorization = {} }: Pick<CallScope, 'authorization'>,
  init: RequestInit,
): Promise<Response> {
  const known = Object.keys(authorization).every((name) => name.toLowerCase() === 'authorization');
  if (known || (init.redirect ?? 'follow') !== 'follow') return fetch(address, init);
  const repeatable = ['GET', 'HEAD'].includes(init.method?.toUpperCase() ?? 'GET');
  let at = address;
  for (let hops = 0; ; hops++) {
    const response = await fetch(at, { ...init, redirect: 'manual' });
    const next = redirects.includes(response.status) && placeOf(response, at);
    if (!next || !repeatable || next.origin !== new URL(address).origin || hops === hopsMax) return response;
    await response.body?.cancel();
    at = next.href;
  }
}

function placeOf({ headers }: Response, base: string): URL | undefined {
  const location = headers.get('location');
  return location !== null && URL.canParse(location, base) ? new URL(location, base) : undefined;
}
