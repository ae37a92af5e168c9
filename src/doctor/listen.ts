/**
 * What other machines are shown first: the certificate. Browsers refuse one that is over.
 */
import type { ListenConfig } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { readCertificate, refuseOutOfTime } from '../dashboard/certificate.ts';
import { formatDuration } from '../policies/duration.ts';
import { type Finding, findings } from './finding.ts';
import { expiryNoticeMs } from './reach.ts';

const { ok, warning, problem } = findings('certificate');

/** @param now epoch ms */
export function checkListen(listen: ListenConfig, now: number): Finding {
  try {
    const certificate = readCertificate(listen);
    refuseOutOfTime(certificate, listen, now);
    const { hosts, validTo } = certificate;
    const until = new Date(validTo).toISOString();
    const fix = `renew ${listen.certFile}; the running service reads it again within the hour`;
    if (validTo - now > expiryNoticeMs) return ok(`for ${hosts}, good until ${until}`);
    return warning(`${listen.certFile} is good for ${formatDuration(validTo - now)} only, until ${until}`, fix);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [{ path, found, expected, fix }] = error.problems as [ConfigError['problems'][number]];
    return problem(`${path}: found ${found}, expected ${expected}`, fix);
  }
}
