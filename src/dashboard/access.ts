/**
 * Who may do what over HTTP. Reading is for everybody on this machine; commands need the token from the data
 * folder. A web page must not get in by a name of its own that leads to 127.0.0.1, so the Host header has to be
 * ours, port included, and so has the Origin, where there is one.
 *
 * @see Jackson et al., "Protecting Browsers from DNS Rebinding Attacks", 2007
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { isFromOwnPage, sessionIn } from './session-cookie.ts';
import { isSame, type Sessions } from './sessions.ts';
import type { WrongTokens } from './wrong-tokens.ts';

const names = ['127.0.0.1', 'localhost', '[::1]'];
/** The one that a client leaves out. */
const portOfHttp = 80;

export const ownHostOnly: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host')?.toLowerCase() ?? '';
  const { localPort } = (context.env as HttpBindings).incoming.socket;
  const own = names.flatMap((name) => (localPort === portOfHttp ? [name, `${name}:80`] : [`${name}:${localPort}`]));
  if (!own.includes(host)) return refuse(context, 403, `found the Host '${host}', expected ${own.join(' or ')}.`);
  const origin = context.req.header('origin');
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) {
    return refuse(context, 403, `found the Origin '${origin}', expected none or this service's own.`);
  }
  return next();
};

/**
 * Programs bring the token in a header, the page a session in a cookie. A browser adds cookies on its own accord: those count only on
 * a request that says it comes from this service's own page.
 *
 * @param token as it stands in the data folder
 */
export function operatorOnly(token: string, sessions: Sessions, wrong: WrongTokens): MiddlewareHandler {
  const expected = `Bearer ${token}`;
  return async (context, next) => {
    const brought = context.req.header('authorization');
    if (isSame(brought ?? '', expected)) return next();
    if (isFromOwnPage(context) && sessions.use(sessionIn(context))) return next();
    context.header('www-authenticate', 'Bearer');
    return brought === undefined ? refuse(context, 401, tokenWanted) : refuseToken(context, wrong, tokenWanted);
  };
}

const tokenWanted = 'expected the header Authorization: Bearer with the token from api.token in the data folder.';

/** Refuses one that was wrong, with what is said of it; after too many of them, until when to wait. */
export function refuseToken(context: Context, wrong: WrongTokens, message: string) {
  const waitMs = wrong.note((context.env as HttpBindings).incoming.socket.remoteAddress ?? '');
  if (waitMs === 0) return refuse(context, 401, message);
  const seconds = Math.ceil(waitMs / 1000);
  context.header('retry-after', String(seconds));
  return refuse(
    context,
    429,
    `Too many wrong tokens. ${message} Wait ${seconds} s before the next, unless it is the right one.`,
  );
}

export function refuse(context: Context, status: 401 | 403 | 429, message: string) {
  return context.json({ error: message }, status);
}
