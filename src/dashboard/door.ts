/**
 * Where requests come in: on the loopback address, where everybody is on this machine, or over TLS from elsewhere, where nobody learns
 * anything who has not brought the operator's token.
 *
 * A web page must not get in by a name of its own that leads here (DNS rebinding), nor have a browser ask on its behalf. So the Host
 * header has to be ours, port included, and so has the Origin, where there is one; and what a browser says is for another site is refused.
 *
 * @see Jackson et al., "Protecting Browsers from DNS Rebinding Attacks", 2007
 * @see W3C, Fetch Metadata Request Headers
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { refuse } from './access.ts';

export interface Door {
  scheme: 'http' | 'https';
  /** Whether the service may be called so. @param host a name, or an IP address without brackets */
  isFor(host: string): boolean;
  /** Those hosts, for people. */
  hosts(): string;
  /** Whether reading, too, is for the operator alone. */
  isForOperatorAlone: boolean;
}

const names = ['127.0.0.1', 'localhost', '::1'];

export const thisMachine: Door = {
  scheme: 'http',
  isFor: (host) => names.includes(host),
  hosts: () => names.join(' or '),
  isForOperatorAlone: false,
};

/** The ports that a client leaves out. */
const usualPorts = { http: 80, https: 443 };

/** Lets in what was sent to this service, by its own page or by no page at all. */
export function ownHostOnly({ scheme, isFor, hosts }: Door): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header('host')?.toLowerCase() ?? '';
    const { localPort } = (context.env as HttpBindings).incoming.socket;
    const { name, port = usualPorts[scheme] } = parsed(host);
    if (name === undefined || !isFor(name) || port !== localPort) {
      return refuse(context, 403, `found the Host '${host}', expected ${hosts()}, with the port ${localPort}.`);
    }
    const origin = context.req.header('origin');
    if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host}`) {
      return refuse(context, 403, `found the Origin '${origin}', expected none or this service's own.`);
    }
    if (isForAnotherSite(context)) {
      return refuse(context, 403, 'found a request of another site, expected one of this service, or a link to it.');
    }
    return next();
  };
}

/** As in `[::1]:4100`. */
function parsed(host: string): { name?: string; port?: number } {
  const [, six, other, port] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(host) ?? [];
  const name = six ?? other;
  return { ...(name !== undefined && { name }), ...(port !== undefined && { port: Number(port) }) };
}

/** Whoever follows a link from elsewhere only sees what there is. */
function isForAnotherSite({ req }: Context): boolean {
  const site = req.header('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') return false;
  return req.method !== 'GET' || req.header('sec-fetch-mode') !== 'navigate';
}
