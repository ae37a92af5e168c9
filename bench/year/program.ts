/**
 * What the two ways of running jobs without Nightshift have in common.
 */
import type { Habitat, Inhabitant } from '../../src/testing/world/inhabitant.ts';
import { firstRefreshToken, grants, tokenUrlOf } from './jobs.ts';

/** A way of running the jobs that lives in the world. */
export interface Program {
  inhabitant: Inhabitant;
  /** The process that a job is in dies. Absent when that is the one of all. */
  killed?: (job: string) => void;
  /** A person looks at it. @returns what they have put right, each by its kind */
  look(machine: Machine): string[];
}

/** What a person can do at the machine, and with the services. */
export interface Machine {
  isDiskFull(): boolean;
  makeRoom(): void;
  rows(prefix: string): { key: string; json: string }[];
  put(key: string, json: string | null): void;
  isRevoked(grant: string): boolean;
  /** Consents anew. @returns the refresh token */
  consent(grant: string): string;
  now(): number;
}

/** The file that holds a token. */
export interface TokenFile {
  access: string;
  refresh: string;
}

export const tokenKey = (token: string) => `token:${token}`;

export async function readToken({ store }: Habitat, token: string): Promise<TokenFile> {
  const json = await store.get(tokenKey(token));
  return json === undefined ? { access: '', refresh: firstRefreshToken(token) } : JSON.parse(json);
}

/** Asks a token server for a new access token. @throws when it does not give one */
export async function refreshed(
  { fetch }: Pick<Habitat, 'fetch'>,
  token: string,
  { refresh }: TokenFile,
  signal: AbortSignal,
): Promise<{ file: TokenFile; livesMs: number }> {
  const isGrant = (grants as readonly string[]).includes(token);
  const form = isGrant
    ? { grant_type: 'refresh_token', refresh_token: refresh, client_id: token }
    : { grant_type: 'client_credentials', client_id: token };
  const answer = await fetch(tokenUrlOf(token), { method: 'POST', body: new URLSearchParams(form).toString(), signal });
  if (!answer.ok) throw new Error(`${token}: ${answer.status} ${await answer.text()}`);
  const given = (await answer.json()) as { access_token: string; refresh_token?: string; expires_in: number };
  return {
    file: { access: given.access_token, refresh: given.refresh_token ?? refresh },
    livesMs: given.expires_in * 1_000,
  };
}

/** What a person puts right wherever they look: a full disk, and grants that are of no use any more. */
export function looked(machine: Machine, hopeless: readonly string[]): string[] {
  const fixes: string[] = [];
  if (machine.isDiskFull()) {
    machine.makeRoom();
    fixes.push('store');
  }
  for (const grant of grants) {
    if (!machine.isRevoked(grant) && !hopeless.includes(grant)) continue;
    machine.put(tokenKey(grant), JSON.stringify({ access: '', refresh: machine.consent(grant) } satisfies TokenFile));
    fixes.push('token');
  }
  return fixes;
}
