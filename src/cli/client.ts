/**
 * The command as a client of the running service.
 */
import { readFileSync } from 'node:fs';
import type { ActorView } from '../dashboard/actor-view.ts';
import { NightshiftError } from '../errors.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { lockOwner } from '../persistence/lock.ts';

export interface Answer {
  status: number;
  body: Partial<ActorView> & { taken?: boolean; error?: string; near?: string | null };
}

/** `SERVICE_DOWN`: nobody holds the data folder. `STORE_MISSING`: nothing has run there yet. `SERVICE_SILENT`: somebody does, but does not answer. */
export class ClientError extends NightshiftError {}

/** The running service's address; undefined when no service holds the data folder. */
export function serviceUrl(data: string): string | undefined {
  const { lock, address } = dataDirAt(data);
  if (lockOwner(lock) === null) return undefined;
  try {
    return (JSON.parse(readFileSync(address, 'utf8')) as { url: string }).url;
  } catch (error) {
    throw new ClientError('SERVICE_SILENT', `${data}: a service is just starting or stopping there. Try again.`, {
      cause: error,
    });
  }
}

/** Gives the service a command. @throws {ClientError} */
export async function sendCommand(data: string, address: string, type: string): Promise<Answer> {
  const url = serviceUrl(data);
  if (url === undefined) {
    throw new ClientError('SERVICE_DOWN', `No service is running on ${data}. Start it: nightshift start`);
  }
  const token = readFileSync(dataDirAt(data).apiToken, 'utf8').trim();
  const response = await ask(`${url}/api/actors/${address}/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ type }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

export async function ask(url: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new ClientError('SERVICE_SILENT', `${new URL(url).origin}: the service does not answer. Look at its log.`, {
      cause: error,
    });
  }
}
