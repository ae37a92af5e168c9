/**
 * Answers other machines: over TLS, with a certificate that is looked at every hour, for somebody renews it now and then.
 */
import type { Hono } from 'hono';
import type { Clock } from '../clock.ts';
import type { ListenConfig } from '../config/config.ts';
import { readCertificate, refuseOutOfTime } from './certificate.ts';
import type { Door } from './door.ts';
import { type Listening, listenSecurely } from './listen.ts';

export interface ElsewherePorts {
  listen: ListenConfig;
  clock: Clock;
  /** The app behind the door. */
  app: (door: Door) => Hono;
  /** A new certificate is shown from now on, valid until then, epoch ms. */
  renewed: (validTo: number) => void;
  /** The certificate is valid no more, or cannot be read: the one before is shown. */
  troubled: (error: Error) => void;
}

const lookMs = 3_600_000;

/** @throws {ConfigError} for a certificate that is none @throws {NightshiftError} `PORT_TAKEN`, `ADDRESS_ABSENT` */
export async function listenElsewhere(ports: ElsewherePorts): Promise<Listening> {
  const { listen, clock, app, renewed, troubled } = ports;
  let certificate = readCertificate(listen);
  const door: Door = {
    scheme: 'https',
    isFor: (host) => certificate.isFor(host),
    hosts: () => `a host of its certificate (${certificate.hosts})`,
    isForOperatorAlone: true,
  };
  const server = await listenSecurely(app(door), { ...listen, certificate });
  let cancel = () => {};
  const look = () => {
    cancel = clock.after(lookMs, look);
    try {
      const found = readCertificate(listen);
      if (found.cert !== certificate.cert || found.key !== certificate.key) {
        server.show(found);
        certificate = found;
        renewed(found.validTo);
      }
      refuseOutOfTime(certificate, listen, clock.now());
    } catch (error) {
      troubled(error as Error);
    }
  };
  look();
  return {
    url: server.url,
    close: () => {
      cancel();
      return server.close();
    },
  };
}
