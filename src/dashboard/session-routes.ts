/**
 * Signing in and out. The cookie is out of reach for scripts and ends with the session.
 * A browser gives it to every server on this address, whatever its port.
 */
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { refuse, refuseToken } from './access.ts';
import { cookieName, isFromOwnPage, sessionIn } from './session-cookie.ts';
import { type Sessions, sessionMs } from './sessions.ts';
import type { WrongTokens } from './wrong-tokens.ts';

const path = '/api/session';
const bodyBytesMax = 4096;
const shape = z.strictObject({ token: z.string() });
const notTheToken =
  'This is not the token. It stands in the file api.token in the data folder, and changes with each start.';
const guard = { httpOnly: true, sameSite: 'Strict', path: '/' } as const;

export function serveSessions(app: Hono, sessions: Sessions, wrong: WrongTokens): void {
  app.get(path, (context) => context.json({ signedIn: sessions.has(sessionIn(context)) }));

  app.post(path, ownPageOnly, bodyLimit({ maxSize: bodyBytesMax }), async (context) => {
    const { data } = shape.safeParse(await context.req.json().catch(() => undefined));
    if (!data) return context.json({ error: 'expected { "token": … } with the token from the data folder.' }, 400);
    const id = sessions.signIn(data.token.trim());
    if (id === null) return refuseToken(context, wrong, notTheToken);
    setCookie(context, cookieName(context), id, { ...guard, maxAge: sessionMs / 1000 });
    return context.json({ signedIn: true });
  });

  app.delete(path, ownPageOnly, (context) => {
    sessions.end(sessionIn(context));
    deleteCookie(context, cookieName(context), guard);
    return context.json({ signedIn: false });
  });
}

function ownPageOnly(context: Context, next: () => Promise<void>) {
  return isFromOwnPage(context)
    ? next()
    : Promise.resolve(refuse(context, 403, 'expected the Origin of this service.'));
}
