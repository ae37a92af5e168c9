/**
 * Who may do what over HTTP. On this machine reading is for everybody, and commands need the token from the data folder; from
 * elsewhere reading needs it too.
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { isFromOwnPage, sessionIn } from './session-cookie.ts';
import { isSame, type Sessions } from './sessions.ts';
import type { WrongTokens } from './wrong-tokens.ts';

/**
 * Programs bring the token in a header, the page a session in a cookie. A browser adds cookies on its own accord: those count only on
 * a request that says it comes from this service's own page.
 *
 * @param token as it stands in the data folder
 */
export function operatorOnly(token: string, sessions: Sessions, wrong: WrongTokens): MiddlewareHandler {
  return async (context, next) => {
    if (bringsToken(context, token)) return next();
    if (isFromOwnPage(context) && sessions.use(sessionIn(context))) return next();
    return refuseStranger(context, wrong);
  };
}

/**
 * Whether somebody may read who reads as the operator alone. A cookie counts wherever the request comes from: a browser does not say so of one
 * that only reads, sends the cookie for no other site, and shows no other site the answer.
 */
export function mayRead(context: Context, token: string, sessions: Sessions): boolean {
  return bringsToken(context, token) || sessions.has(sessionIn(context));
}

const tokenWanted = 'expected the header Authorization: Bearer with the token from api.token in the data folder.';

/** Refuses somebody who has brought no token, or a wrong one. */
export function refuseStranger(context: Context, wrong: WrongTokens) {
  context.header('www-authenticate', 'Bearer');
  const hasBrought = context.req.header('authorization') !== undefined;
  return hasBrought ? refuseToken(context, wrong, tokenWanted) : refuse(context, 401, tokenWanted);
}

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

function bringsToken(context: Context, token: string): boolean {
  return isSame(context.req.header('authorization') ?? '', `Bearer ${token}`);
}
