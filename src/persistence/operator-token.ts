/**
 * Where the operator's token comes from: the file `nightshift-token` among the service's systemd credentials, and else it is made afresh at each
 * start. One that stays the same is for whoever operates the service from elsewhere, as through a tunnel.
 */
import { randomBytes as systemRandomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NightshiftError } from '../errors.ts';
import type { RandomBytes } from './vault-key.ts';

/** `OPERATOR_TOKEN_INVALID`: nothing that is hard to guess and fits into a header. `OPERATOR_TOKEN_UNREADABLE`: the system refused. */
export class OperatorTokenError extends NightshiftError {}

/** @throws {OperatorTokenError} */
export function operatorToken(
  environment: Readonly<Record<string, string | undefined>>,
  randomBytes: RandomBytes = systemRandomBytes,
): string {
  const { CREDENTIALS_DIRECTORY: credentials } = environment;
  const lent = credentials && lentToken(join(credentials, 'nightshift-token'));
  return lent || randomBytes(32).toString('base64url');
}

/** Undefined when there is none. */
function lentToken(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const message = `${file}: found that the operator's token cannot be read (${code}), expected a credential of this service. Look at LoadCredential= in its unit.`;
    throw new OperatorTokenError('OPERATOR_TOKEN_UNREADABLE', message, { cause });
  }
  if (/^[\x21-\x7e]{32,}$/.test(text)) return text;
  throw new OperatorTokenError(
    'OPERATOR_TOKEN_INVALID',
    `${file}: found ${text.length} characters, expected at least 32, all of them ASCII and none a space. To make a token: openssl rand -base64 32`,
  );
}
