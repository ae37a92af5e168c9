/**
 * Signing in and out. The cookie is out of reach for scripts and ends with the session.
 * A browser gives it to every server on this address, whatever its port.
 */
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { refuse, refuseToken } from './access.ts';
import type { Door } from './door.ts';
import { cookieName, isFromOwnPage, isSecure, sessionIn } from './session-cookie.ts';
import { type Sessions, sessionMs } from './sessions.ts';
import type { WrongTokens } from './wrong-tokens.ts';

export const sessionPath = '/api/session';
const bodyBytesMax = 4096;
const shape = z.strictObject({ token: z.string() });
const notTheToken =
  'This is not the token. It stands in the file api.token in the data folder, and changes with each start.';
const guard = (context: Context) =>
  ({ httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure(context) }) as const;

/** @param isForOperatorAlone whether there is nothing to see for others, which the page wants to know */
export function serveSessions(
  app: Hono,
  sessions: Sessions,
  wrong: WrongTokens,
  { isForOperatorAlone }: Pick<Door, 'isForOperatorAlone'>,
): void {
  app.get(sessionPath, (context) => context.json({ signedIn: sessions.has(sessionIn(context)), isForOperatorAlone }));

  app.post(sessionPath, ownPageOnly, bodyLimit({ maxSize: bodyBytesMax }), async (context) => {
    const { data } = shape.safeParse(await context.req.json().catch(() => undefined));
    if (!data) return context.json({ error: 'expected { "token": … } with the token from the data folder.' }, 400);
    const id = sessions.signIn(data.token.trim());
    if (id === null) return refuseToken(context, wrong, notTheToken);
    setCookie(context, cookieName(context), id, { ...guard(context), maxAge: sessionMs / 1000 });
    return context.json({ signedIn: true });
  });

  app.delete(sessionPath, ownPageOnly, (context) => {
    sessions.end(sessionIn(context));
    deleteCookie(context, cookieName(context), guard(context));
    return context.json({ signedIn: false });
  });
}

function ownPageOnly(context: Context, next: () => Promise<void>) {
  return isFromOwnPage(context)
    ? next()
    : Promise.resolve(refuse(context, 403, 'expected the Origin of this service.'));
}
