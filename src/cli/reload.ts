/**
 * `reload`: the running service goes on with the config as its file is now. It looks at that first, lets what runs end, and comes back;
 * the command waits until it has.
 */
import { type Clock, systemClock } from '../clock.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { type LockOwner, lockOwner } from '../persistence/lock.ts';
import { formatDuration } from '../policies/duration.ts';
import type { Reload } from '../reload.ts';
import { changeLines, unseen } from './change-text.ts';
import { ask, ClientError, post, serviceUrl } from './client.ts';
import { patienceMs } from './next-config.ts';
import { type PlaceOptions, placeOf } from './place.ts';

export interface ReloadOptions extends PlaceOptions {
  json?: boolean;
}

/** What the service takes to look at the new config, for those who asked before as well, and to start with it. */
const checkMs = 3 * patienceMs + 10_000;
const startMs = 120_000;
const lookMs = 100;
/** Whoever watches over a service starts it again within that time. */
const goneMs = 15_000;

/** @returns the exit code: 2 when the new config is not good, 1 when it could not be gone on with for another reason */
export async function reload({ json, ...options }: ReloadOptions, clock: Clock = systemClock): Promise<number> {
  const { data } = placeOf(options);
  const { lock } = dataDirAt(data);
  const before = lockOwner(lock);
  const since = clock.monotonic();
  const answer = answerIn(await post(data, '/api/reload', {}, checkMs));
  if (!answer.taken) {
    const { code, error } = answer;
    if (json) console.log(JSON.stringify({ error, code }));
    else console.error(`${error}\nThe service goes on with the config that it has.`);
    return code === 'CONFIG_INVALID' ? 2 : 1;
  }
  if (!json) for (const line of told(answer)) console.log(line);
  await back(data, before, answer.drainMs, clock);
  const tookMs = Math.round(clock.monotonic() - since);
  if (json) console.log(JSON.stringify({ when: answer.when, changes: answer.changes, tookMs }));
  else console.log(`The service is back, after ${formatDuration(Math.round(tookMs / 100) * 100)}.`);
  return 0;
}

function answerIn({ status, body }: { status: number; body: unknown }): Reload {
  const answer = body as Partial<Reload> & { error?: string };
  if (typeof answer.taken === 'boolean') return answer as Reload;
  throw new ClientError('SERVICE_BROKEN', answer.error ?? `found the answer ${status}, expected 200. Look at its log.`);
}

function told({ when, drainMs, changes }: Reload & { taken: true }): string[] {
  const room = `What runs has ${formatDuration(drainMs)} to end; what is not over by then goes on afterwards.`;
  if (when === 'leaving') {
    return ['The service is about to come back already, with the config as its file is by then.', room];
  }
  const lines = changeLines(changes).map((line) => `  ${line}`);
  return [
    ...(when === 'looked' ? ['A reload was under way already: the config was looked at once more.'] : []),
    lines.length > 0
      ? 'The new config is good. It changes:'
      : `The config is good, and nothing of it has changed. ${unseen}`,
    ...lines,
    room,
  ];
}

/** Resolves once another holds the data folder, and is ready. */
async function back(data: string, before: LockOwner | null, drainMs: number, clock: Clock): Promise<void> {
  const { lock } = dataDirAt(data);
  const until = clock.monotonic() + drainMs + startMs;
  let seenAt = clock.monotonic();
  while (clock.monotonic() < until) {
    const owner = lockOwner(lock);
    if (owner && owner.since !== (before?.since ?? null) && (await isReady(data))) return;
    if (owner || isAlive(before)) seenAt = clock.monotonic();
    if (clock.monotonic() - seenAt >= goneMs) throw gone(`${data}: the service has ended before it was back.`);
    await new Promise<void>((resolve) => clock.after(lookMs, resolve));
  }
  throw gone(`${data}: the service has not come back within ${formatDuration(drainMs + startMs)}.`);
}

function gone(what: string): ClientError {
  return new ClientError('SERVICE_SILENT', `${what} See why with: nightshift logs. Start it: nightshift start`);
}

/** It comes back under the same pid, and holds no lock on the way. */
function isAlive(owner: LockOwner | null): boolean {
  if (!owner?.pid) return true;
  try {
    return process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function isReady(data: string): Promise<boolean> {
  try {
    return (await ask(`${serviceUrl(data)}/readyz`)).status === 200;
  } catch {
    return false;
  }
}
