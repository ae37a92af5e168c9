/**
 * The cookie that names a session. Over TLS its name has a beginning that browsers give to nobody but this host, over TLS.
 *
 * @see Barth, RFC 6265, section 8.5: cookies do not tell ports apart, so the port stands in the name
 */
import { TLSSocket } from 'node:tls';
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
  const { localPort } = (context.env as HttpBindings).incoming.socket;
  return `${isSecure(context) ? '__Host-' : ''}nightshift-${localPort}`;
}

export function isSecure(context: Context): boolean {
  return (context.env as HttpBindings).incoming.socket instanceof TLSSocket;
}
