/**
 * The jobs of the comparison: six, every 15 to 30 minutes, with three to five services each, as one person's machine has them.
 *
 * A due time of a job is a task. It is done once each of its calls has been taken by its service, whoever made them and
 * however often.
 */
import { bearer, clientCredentials, oauth2 } from '../../src/config/define.ts';
import type { ConfigDefinition, EngineDefinition, ServiceDefinition } from '../../src/config/definition.ts';
import { callTimeoutMs } from './retry.ts';

/** One part of a job: some work on the machine itself, and then a call with what came of it. */
export interface Part {
  name: string;
  service: string;
  /** How long the work takes, in milliseconds. */
  worksMs: number;
}

export interface Job {
  name: string;
  /** Minutes from one due time to the next; each full hour is one, as cron has it, and so all of them begin at once then. */
  every: number;
  parts: readonly Part[];
}

export const timeZone = 'UTC';

export const jobs: readonly Job[] = [
  job('publish', 15, ['drive 2', 'llm 15', 'youtube 60', 'x 5', 'chat 2']),
  job('mailbox', 20, ['mail 5', 'llm 10', 'llm 10', 'crm 5', 'chat 2']),
  job('prices', 20, ['shop 40', 'sheets 5', 'chat 2']),
  job('report', 30, ['crm 10', 'sheets 10', 'llm 20', 'mail 5']),
  job('contacts', 20, ['calendar 10', 'crm 15', 'drive 20']),
  job('social', 30, ['llm 20', 'x 5', 'drive 10', 'chat 2']),
];

/** @param parts as in `llm 15`: fifteen seconds of work, and then a call to `llm` */
function job(name: string, every: number, parts: readonly string[]): Job {
  return {
    name,
    every,
    parts: parts.map((text, place) => {
      const [service = '', seconds = ''] = text.split(' ');
      return { name: `${place + 1} ${service}`, service, worksMs: Number(seconds) * 1_000 };
    }),
  };
}

/** The grants that a person has to give, and can take back. */
export const grants = ['google', 'microsoft', 'x'] as const;

/** The token that a service asks for; undefined for one that asks for none. */
export const tokenOf: Readonly<Record<string, string | undefined>> = {
  drive: 'google',
  sheets: 'google',
  youtube: 'google',
  mail: 'microsoft',
  calendar: 'microsoft',
  x: 'x',
  crm: 'crm',
  llm: 'llm',
  shop: undefined,
  chat: undefined,
};

export const services = Object.keys(tokenOf);
export const urlOf = (service: string) => `https://${service}.example`;
export const tokenUrlOf = (token: string) => `https://login.${token}.example/token`;
export const llmKey = 'a key that does not change';
/** The refresh token that a person was given at the beginning. */
export const firstRefreshToken = (token: string) => `refresh-${token}-0`;

/** As the services publish them, and keep to them. */
const quotas: Readonly<Record<string, { limit: number; per: 'minute' | 'hour' }>> = {
  x: { limit: 20, per: 'hour' },
  crm: { limit: 100, per: 'hour' },
  llm: { limit: 5, per: 'minute' },
  shop: { limit: 10, per: 'minute' },
};

/** What the machine knows of the world. */
export function definition(engines: readonly EngineDefinition[]): ConfigDefinition {
  return {
    timeZone,
    tokens: {
      ...Object.fromEntries(grants.map((name) => [name, grant(name)])),
      crm: clientCredentials({ tokenUrl: tokenUrlOf('crm'), clientId: 'crm', clientSecret: 'a secret' }),
      llm: bearer(llmKey),
    },
    services: Object.fromEntries(services.map((name) => [name, service(name)])),
    engines,
  };
}

function service(name: string): ServiceDefinition {
  const [token, quota] = [tokenOf[name], quotas[name]];
  return { url: urlOf(name), timeout: callTimeoutMs, ...(token && { token }), ...(quota && { quota }) };
}

function grant(name: string) {
  return oauth2({
    tokenUrl: tokenUrlOf(name),
    clientId: name,
    clientSecret: 'a secret',
    refreshToken: firstRefreshToken(name),
  });
}

export function cronOf({ every }: Job): string {
  return `*/${every} * * * *`;
}

/** The first due time after an instant, epoch ms. */
export function dueAfter({ every }: Job, at: number): number {
  const everyMs = every * 60_000;
  return (Math.floor(at / everyMs) + 1) * everyMs;
}

/** How long a run takes when all goes well, in milliseconds, but for its calls. */
export function lengthOf({ parts }: Job): number {
  return parts.reduce((sum, { worksMs }) => sum + worksMs, 0);
}

/** What a part sends. A service takes it twice unless both carry the same idempotency key. */
export function requestOf({ name }: Job, part: Part, dueAt: number): { path: string; body: string } {
  return { path: `/${name}`, body: JSON.stringify({ job: name, dueAt, part: part.name }) };
}
