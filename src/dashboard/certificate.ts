/**
 * The certificate that the service shows to other machines. It also says by which names the service may be called: a web page that
 * leads a name of its own to this machine finds that the certificate does not know it.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ListenConfig } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { textOf } from '../persistence/file-kind.ts';

export interface Certificate {
  /** PEM. */
  cert: string;
  key: string;
  /** Whether it is for that host. @param host a name, or an IP address without brackets */
  isFor(host: string): boolean;
  /** Those hosts, as the certificate has them. */
  hosts: string;
  /** Epoch ms. */
  validFrom: number;
  validTo: number;
}

/** @throws {ConfigError} for files that cannot be read, are no certificate and key, or do not belong together */
export function readCertificate({ certFile, keyFile }: Pick<ListenConfig, 'certFile' | 'keyFile'>): Certificate {
  const cert = pem('cert', certFile);
  refuseExposed(keyFile);
  const key = pem('key', keyFile);
  const x509 = parsed('cert', certFile, 'a certificate as PEM', () => new X509Certificate(cert));
  const privateKey = parsed('key', keyFile, 'a private key as PEM, without a passphrase', () => createPrivateKey(key));
  if (!x509.checkPrivateKey(privateKey)) {
    throw problem(
      'key',
      `the key of another certificate in ${keyFile}`,
      `that of ${certFile}`,
      'Name the two that belong together.',
    );
  }
  return {
    cert,
    key,
    isFor: (host) => (isIP(host) ? x509.checkIP(host) : x509.checkHost(host)) !== undefined,
    hosts: x509.subjectAltName ?? x509.subject,
    validFrom: x509.validFromDate.getTime(),
    validTo: x509.validToDate.getTime(),
  };
}

/** Until when the certificate in a file is valid, epoch ms; null when that cannot be read. It may have been renewed since the start. */
export function certificateEnd(certFile: string): number | null {
  try {
    return new X509Certificate(textOf(certFile)).validToDate.getTime();
  } catch {
    return null;
  }
}

/**
 * Refuses what browsers would refuse: a certificate that is over, or not valid yet.
 *
 * @param now epoch ms
 * @throws {ConfigError}
 */
export function refuseOutOfTime(
  { validFrom, validTo }: Certificate,
  { certFile }: Pick<ListenConfig, 'certFile'>,
  now: number,
): void {
  const expected = 'one that browsers take now';
  const on = (at: number) => new Date(at).toISOString();
  if (validTo <= now) {
    throw problem('cert', `that ${certFile} was valid until ${on(validTo)}`, expected, 'Renew it.');
  }
  if (validFrom > now) {
    throw problem(
      'cert',
      `that ${certFile} is valid from ${on(validFrom)} only`,
      expected,
      'Wait until then, name another, or set the clock right.',
    );
  }
}

function pem(field: 'cert' | 'key', file: string): string {
  try {
    return textOf(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? `no file ${file}` : `that ${file} cannot be read (${code})`;
    throw problem(
      field,
      found,
      'one that the user whom the service runs as may read',
      'Name it, or give it to that user.',
    );
  }
}

/** Groups may read it: the one that owns certificates does, on many systems. */
function refuseExposed(file: string) {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o007) === 0) return;
  const permissions = (mode & 0o777).toString(8);
  throw problem(
    'key',
    `that every user may use ${file} (mode ${permissions})`,
    'mode 600 or 640',
    `Run: chmod o= '${file}'`,
  );
}

/** What the parser says may quote the key. */
function parsed<T>(field: 'cert' | 'key', file: string, expected: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw problem(field, `something else in ${file}`, expected, 'Name the right file.');
  }
}

function problem(field: 'cert' | 'key', found: string, expected: string, fix: string): ConfigError {
  return new ConfigError([{ path: `listen.tls.${field}`, found, expected, fix }]);
}
