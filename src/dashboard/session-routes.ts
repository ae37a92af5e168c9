/**
 * Signing in and out. The cookie is out of reach for scripts and ends with the session.
 * A browser gives it to every server on this address, whatever its port.
 */
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { refuse } from './access.ts';
import { cookieName, isFromOwnPage, sessionIn } from './session-cookie.ts';
import { type Sessions, sessionMs } from './sessions.ts';

const path = '/api/session';
const bodyBytesMax = 4096;
const shape = z.strictObject({ token: z.string() });
const guard = { httpOnly: true, sameSite: 'Strict', path: '/' } as const;

export function serveSessions(app: Hono, sessions: Sessions): void {
  app.get(path, (context) => context.json({ signedIn: sessions.has(sessionIn(context)) }));

  app.post(path, ownPageOnly, bodyLimit({ maxSize: bodyBytesMax }), async (context) => {
    const { data } = shape.safeParse(await context.req.json().catch(() => undefined));
    if (!data) return context.json({ error: 'expected { "token": … } with the token from the data folder.' }, 400);
    const signedIn = sessions.signIn(data.token.trim());
    if ('id' in signedIn) {
      setCookie(context, cookieName(context), signedIn.id, { ...guard, maxAge: sessionMs / 1000 });
      return context.json({ signedIn: true });
    }
    if (signedIn.refused === 'wrong') {
      const error =
        'This is not the token. It stands in the file api.token in the data folder, and changes with each start.';
      return context.json({ error }, 401);
    }
    const seconds = Math.ceil(signedIn.retryAfterMs / 1000);
    context.header('retry-after', String(seconds));
    return context.json({ error: `Too many wrong tokens. Try again in ${seconds} s.` }, 429);
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
