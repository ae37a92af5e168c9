/**
 * Who may do what over HTTP. Reading is for everybody on this machine; commands need the token from the data
 * folder. A web page must not get in by a name of its own that leads to 127.0.0.1, so the Host header has to be
 * ours, and so has the Origin, where there is one.
 *
 * @see Jackson et al., "Protecting Browsers from DNS Rebinding Attacks", 2007
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';

const names = new Set(['127.0.0.1', 'localhost', '[::1]']);

export const ownHostOnly: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? '';
  if (!isOwn(`http://${host}`))
    return refuse(context, 403, `found the Host '${host}', expected 127.0.0.1 or localhost.`);
  const origin = context.req.header('origin');
  if (origin !== undefined && !(isOwn(origin) && new URL(origin).host === host)) {
    return refuse(context, 403, `found the Origin '${origin}', expected none or this service's own.`);
  }
  return next();
};

/** @param token as it stands in the data folder */
export function tokenOnly(token: string): MiddlewareHandler {
  const expected = digest(`Bearer ${token}`);
  return async (context, next) => {
    // Digests are of one length, and comparing them takes the same time whatever was sent.
    if (timingSafeEqual(digest(context.req.header('authorization') ?? ''), expected)) return next();
    context.header('www-authenticate', 'Bearer');
    return refuse(
      context,
      401,
      'expected the header Authorization: Bearer with the token from api.token in the data folder.',
    );
  };
}

function isOwn(url: string): boolean {
  return URL.canParse(url) && names.has(new URL(url).hostname);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refuse(context: Context, status: 401 | 403, message: string) {
  return context.json({ error: message }, status);
}
