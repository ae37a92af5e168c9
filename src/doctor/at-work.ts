/**
 * Who is at work on the data folder: the service, and what an earlier one may have left behind.
 */
import { createServer } from 'node:net';
import type { LockOwner } from '../persistence/lock.ts';
import type { Orphan } from '../processes/children.ts';
import { type Finding, findings } from './finding.ts';

const service = findings('service');
const portFindings = findings('port');
const leftovers = findings('leftovers');

/** The running service, as the lock and its interface have it. */
export interface AtWork {
  /** null: nobody holds the lock. */
  owner: LockOwner | null;
  /** What its interface says; `shadow` of one that follows the schedule and has none; null when it does not answer. */
  state: string | null;
  /** Why it does not. */
  silence?: string;
}

export function checkService({ owner, state, silence }: AtWork): Finding {
  if (owner === null) return service.warning('no service is at work on the data folder', 'nightshift start');
  const who = owner.pid === null ? 'another process' : `process ${owner.pid}`;
  if (state === null) {
    // One that is stopped, or whose event loop stands still, heeds SIGKILL alone; and it loses nothing by that.
    const fix =
      owner.pid === null
        ? 'nightshift logs'
        : `nightshift logs -n 20; kill ${owner.pid}; if it is still there when it has had time to end: kill -9 ${owner.pid}`;
    return service.problem(`${who} holds the data folder and does not answer: ${silence ?? 'without a reason'}`, fix);
  }
  if (state === 'shadow') {
    return service.ok(`${who} follows the schedule, and runs nothing; what it has seen: nightshift shadow report`);
  }
  return state === 'running'
    ? service.ok(`${who} is ${state}`)
    : service.warning(`${who} is ${state}`, 'nightshift status');
}

/** Whether the next start could have the port. Resolves at once. */
export function checkPort(port: number): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === 'EADDRINUSE'
          ? portFindings.problem(`another program listens on 127.0.0.1:${port}`, `ss -ltnp 'sport = :${port}'`)
          : portFindings.problem(
              `127.0.0.1:${port} cannot be had (${error.code})`,
              'name another one: nightshift start --port 4100',
            ),
      ),
    );
    server.listen(port, '127.0.0.1', () =>
      server.close(() => resolve(portFindings.ok(port === 0 ? 'any will do' : `127.0.0.1:${port} is free`))),
    );
  });
}

/** @param orphans what outlived its service, when none is at work */
export function checkLeftovers(orphans: readonly Orphan[]): Finding[] {
  if (orphans.length === 0) return [leftovers.ok('no program of an earlier service is left')];
  return orphans.map(({ engine, pids }) =>
    leftovers.warning(
      `a program of ${engine === '*' ? 'an earlier service' : engine} has outlived its service (${pids.length} processes); the next start ends it`,
      `kill ${pids.join(' ')}`,
    ),
  );
}
