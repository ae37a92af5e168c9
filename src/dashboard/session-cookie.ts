/**
 * The cookie that names a session.
 *
 * @see Barth, RFC 6265, section 8.5: cookies do not tell ports apart, so the port stands in the name
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';

/** The id that the request's cookie names; empty for none. */
export function sessionIn(context: Context): string {
  return getCookie(context, cookieName(context)) ?? '';
}

/** A browser always says where a request other than GET comes from; `ownHostOnly` has seen that it is from here. */
export function isFromOwnPage(context: Context): boolean {
  return context.req.header('origin') !== undefined;
}

export function cookieName(context: Context): string {
  return `nightshift-${(context.env as HttpBindings).incoming.socket.localPort}`;
}
