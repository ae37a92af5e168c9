/**
 * Listening elsewhere than on this machine: an address, and the certificate without which nothing is told there.
 */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { ListenConfig } from './config.ts';
import { field, section } from './field.ts';
import { text } from './fields.ts';

const portDefault = 4443;

export function listenSchema() {
  return section(
    { host: address(), port: port().default(portDefault), tls: tls() },
    "{ host: '0.0.0.0', tls: { cert, key } }",
  );
}

/** Whoever writes a port alone hardly means to open it to others. */
const onlyHere =
  "This is for other machines: '0.0.0.0' is all of its addresses. For another port on this machine alone, leave listen out, and give --port to start or service install.";

const address = () =>
  field(
    { expected: 'an IP address of this machine', fix: "Write '0.0.0.0' for all of them, '::' for IPv6 as well." },
    (value, complain) => {
      if (typeof value === 'string' && isIP(value) !== 0) return value;
      return value === undefined ? complain({ fix: onlyHere }) : undefined;
    },
  );

const port = () =>
  field({ expected: 'a number from 0 to 65535', fix: 'Write 4443; 0 is any that is free.' }, (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535 ? (value as number) : undefined,
  );

/** Whoever is on the way would read along, the operator's token too. */
const tls = () =>
  section(
    { cert: file('certificate'), key: file('private key') },
    "{ cert: 'cert.pem', key: 'key.pem' }, since other machines are spoken to over TLS alone",
  );

const file = (what: string) =>
  text(`the file of the ${what}, as PEM`, "Write its path, from the folder of the config on: 'key.pem'.");

/** @param folder the config's, from which the paths are counted */
export function listenConfig(parsed: z.output<ReturnType<typeof listenSchema>>, folder: string): ListenConfig {
  const { host, port, tls } = parsed;
  return { host, port, certFile: resolve(folder, tls.cert), keyFile: resolve(folder, tls.key) };
}
