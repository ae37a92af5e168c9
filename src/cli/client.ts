/**
 * The command as a client of the running service.
 */
import { readdirSync } from 'node:fs';
import { type Clock, systemClock } from '../clock.ts';
import type { ActorView } from '../dashboard/actor-view.ts';
import { NightshiftError } from '../errors.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { FileKindError, textOf } from '../persistence/file-kind.ts';
import { type LockOwner, lockOwner } from '../persistence/lock.ts';
import { formatDuration } from '../policies/duration.ts';
import { isFollowed } from '../shadow/following.ts';

export interface Answer {
  status: number;
  /** `message`: why an actor did not take the command. `error`: why it was not given to one. */
  body: Partial<ActorView> & { taken?: boolean; message?: string; error?: string; near?: string | null };
}

/**
 * `SERVICE_DOWN`: nobody holds the data folder. `STORE_MISSING`: nothing has run there yet. `SERVICE_SILENT`: somebody
 * does, but does not answer. `API_TOKEN_UNREADABLE`, `DATA_UNREADABLE`: the service runs as another user. `DATA_NOT_A_FOLDER`.
 * `SERVICE_BROKEN`: it answers, but not as it should. `SHADOW`: nobody runs anything there, a shadow follows.
 */
export class ClientError extends NightshiftError {}

/** What a command says that shows what is in the store while nobody is at work. */
export const downText = 'The service is down: nothing goes on before nightshift start.';

/** A service whose event loop a job holds up has ended that job, or itself, by then. */
const patienceMs = 20_000;

/** Whether nobody holds the data folder. */
export function isServiceDown(data: string): boolean {
  return lockOwner(dataDirAt(data).lock) === null;
}

/** The running service's address; undefined when no service holds the data folder. @throws {ClientError} */
export function serviceUrl(data: string): string | undefined {
  refuseUnreadable(data);
  const { lock, address } = dataDirAt(data);
  const owner = lockOwner(lock);
  if (owner === null) return undefined;
  try {
    const { url, pid } = JSON.parse(textOf(address)) as { url: string; pid: number };
    // One that was killed leaves its address behind, and its port may be somebody else's by now.
    if (owner.pid === null || owner.pid === pid) return url;
  } catch (cause) {
    if (isClosed(cause)) throw unreadable(address, 'file', cause);
    if (cause instanceof FileKindError) throw cause;
    throw betweenTimes(data, owner, { cause });
  }
  throw betweenTimes(data, owner);
}

/** Gives the service a command. @throws {ClientError} */
export async function sendCommand(data: string, address: string, type: string, reason?: string): Promise<Answer> {
  const path = address.split('/').map(encodeURIComponent).join('/');
  const { status, body } = await post(data, `/api/actors/${path}/events`, { type, reason });
  return { status, body: body as Answer['body'] };
}

/**
 * The running service's answer to who has the token.
 *
 * @param withinMs how long it may take
 * @throws {ClientError}
 */
export async function post(
  data: string,
  path: string,
  body: object,
  withinMs = patienceMs,
): Promise<{ status: number; body: unknown }> {
  const url = serviceUrl(data);
  if (url === undefined) throw serviceDown(data);
  const init = {
    method: 'POST',
    headers: { authorization: `Bearer ${apiToken(data)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  return ask(`${url}${path}`, init, systemClock, withinMs);
}

export function serviceDown(data: string): ClientError {
  return new ClientError('SERVICE_DOWN', `No service is running on ${data}. Start it: nightshift start`);
}

/** The service's JSON answer. @throws {ClientError} `SERVICE_SILENT`, after 20 s at the latest unless `withinMs` says otherwise */
export async function ask(
  url: string,
  init?: RequestInit,
  clock: Clock = systemClock,
  withinMs = patienceMs,
): Promise<{ status: number; body: unknown }> {
  const patience = new AbortController();
  const cancel = clock.after(withinMs, () => patience.abort());
  try {
    const response = await fetch(url, { ...init, signal: patience.signal });
    return { status: response.status, body: await response.json() };
  } catch (cause) {
    const within = patience.signal.aborted ? ` within ${formatDuration(withinMs)}` : '';
    const message = `${new URL(url).origin}: the service does not answer${within}. Look at its log.`;
    throw new ClientError('SERVICE_SILENT', message, { cause });
  } finally {
    cancel();
  }
}

/** To somebody who may not look into the folder it would seem empty; and so would a file in its place. @throws {ClientError} */
export function refuseUnreadable(data: string) {
  try {
    readdirSync(data);
  } catch (cause) {
    if (isClosed(cause)) throw unreadable(data, 'folder', cause);
    if ((cause as NodeJS.ErrnoException).code !== 'ENOTDIR') return;
    const message = `${data}: found a file in its place or on the way to it, expected the data folder. Name another with --data.`;
    throw new ClientError('DATA_NOT_A_FOLDER', message, { cause });
  }
}

/** An error as people are told of it, when it is that they may not read a file. */
export function toldIfClosed(error: unknown): unknown {
  const { path } = error as NodeJS.ErrnoException;
  return isClosed(error) && path !== undefined ? unreadable(path, 'file', error) : error;
}

function isClosed(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EACCES';
}

function unreadable(path: string, what: 'file' | 'folder', cause: unknown) {
  const message = `${path}: found a ${what} that you may not read, expected your own. Run this as the user whom the service runs as.`;
  return new ClientError('DATA_UNREADABLE', message, { cause });
}

function apiToken(data: string): string {
  const file = dataDirAt(data).apiToken;
  try {
    return textOf(file).trim();
  } catch (cause) {
    if (cause instanceof FileKindError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const message = `${file}: found a token that cannot be read (${code}), expected your own. Run this as the user whom the service runs as.`;
    throw new ClientError('API_TOKEN_UNREADABLE', message, { cause });
  }
}

/** What is said where there is no service, for a shadow is there. */
export function followed(data: string, options?: ErrorOptions): ClientError {
  const message = `${data}: a shadow follows the schedule there, and runs nothing. See what it has seen: nightshift shadow report`;
  return new ClientError('SHADOW', message, options);
}

function betweenTimes(data: string, { pid }: LockOwner, options?: ErrorOptions) {
  if (isFollowed(data, pid)) return followed(data, options);
  return new ClientError(
    'SERVICE_SILENT',
    `${data}: a service is just starting or stopping there. Try again.`,
    options,
  );
}
