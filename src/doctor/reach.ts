/**
 * Whether what the jobs need can be reached: the name is known, something listens, and its certificate is good. No request
 * is made, since that might count, or do something.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { formatDuration } from '../policies/duration.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { type Finding, findings } from './finding.ts';

const patienceMs = 5_000;
/** Two weeks: who renews certificates by a machine has done it by then. */
export const expiryNoticeMs = 14 * 86_400_000;

/** Something that a job will call. */
export interface Place {
  /** As in `service shop`. */
  what: string;
  url: string;
}

/** Every service with an address and every token server, in the order of the config. */
export function placesIn({ services, tokens }: Pick<Config, 'services' | 'tokens'>): Place[] {
  return [
    ...[...services.values()].flatMap(({ name, url }) => (url === undefined ? [] : [{ what: `service ${name}`, url }])),
    ...[...tokens.values()].flatMap(({ name, source }) =>
      source.grant === 'static' ? [] : [{ what: `token ${name}`, url: source.tokenUrl }],
    ),
  ];
}

/** Looks at all of them at once; takes five seconds at most. */
export function checkReach(places: readonly Place[], clock: Clock): Promise<Finding[]> {
  return Promise.all(
    places.map(async ({ what, url }) => {
      const { ok, warning, problem } = findings(what);
      const { host, hostname, origin } = new URL(url);
      try {
        const { validTo } = await reached(new URL(url), clock);
        if (validTo === null) return ok(`${host} can be reached`);
        const leftMs = Date.parse(validTo) - clock.now();
        if (leftMs > expiryNoticeMs) return ok(`${host} can be reached, and its certificate is good until ${validTo}`);
        return warning(
          `the certificate of ${host} is good for ${formatDuration(Math.max(leftMs, 0))} only, until ${validTo}`,
          `tell whoever runs ${hostname}`,
        );
      } catch (error) {
        return problem(`${host} cannot be reached: ${(error as Error).message}`, `curl -sSI ${shellQuoted(origin)}`);
      }
    }),
  );
}

/** @returns until when the certificate is good, as it says; null without one */
function reached(url: URL, clock: Clock): Promise<{ validTo: string | null }> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const port = Number(url.port || (isTls ? 443 : 80));
  return new Promise((resolve, reject) => {
    const socket: Socket | TLSSocket = isTls
      ? connectTls({ host, port, ...serverName(host) })
      : connect({ host, port });
    const end = clock.after(patienceMs, () =>
      socket.destroy(new Error(`nothing answered within ${formatDuration(patienceMs)}`)),
    );
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      resolve({ validTo: isTls ? (socket as TLSSocket).getPeerCertificate().valid_to : null });
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', end);
  });
}

/** RFC 6066, section 3: an address is no server name. */
function serverName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host };
}
