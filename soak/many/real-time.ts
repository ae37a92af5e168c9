/**
 * Two hundred jobs in real time: the real command, its store in a file, real processes, and the hostile world, which is a real HTTP
 * server that hangs, resets, garbles and refuses. Early on the service is killed, and goes on where it was.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { factIn, type Line } from '../../examples/demo/lines.ts';
import { ServiceProcess } from '../../examples/demo/service-process.ts';
import { factsIn, readStore } from '../../examples/demo/store.ts';
import { apiKey } from '../../examples/hostile-world/apis.ts';
import { type Fact, judge, type Violation } from '../../examples/hostile-world/judge.ts';
import { scaled } from '../../examples/hostile-world/scale.ts';
import { openWorld, type World } from '../../examples/hostile-world/world.ts';
import { allocator } from '../../src/background/allocator.ts';
import { type Held, Holding, inspectOption, inspectorIn, isOfInspector } from './held.ts';

export interface RealTime {
  /** What the service held, from its second start on. */
  held: (Held & { hours: number; storeMb: number })[];
  runs: number;
  requests: number;
  /** Requests that met with anything but a good answer. */
  hostile: number;
  violations: readonly Violation[];
  /** What a job's code threw where nobody was there to catch it, and what was written that is no log line. */
  strays: readonly string[];
  /** The exit code at the end. */
  exit: number | null;
  /** What SQLite finds wrong with the file: `ok`. */
  integrity: string;
}

const config = 'soak/many/nightshift.config.ts';
/** One business has sixty uploads a day, and its language model eight calls an hour. There are forty-five. */
const businesses = 45;
/** Each look stops the service for its collection, and other work on the machine may do so: requests come late then. */
const flightMs = 5_000;
const killedAfterMs = 60_000;
const lookEveryMs = 20_000;

export async function realTime({
  minutes,
  seed,
  tell,
}: {
  minutes: number;
  seed: number;
  tell: (text: string) => void;
}): Promise<RealTime> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-many-'));
  const world = await openWorldFor(seed);
  const facts: Fact[] = [];
  const strays: string[] = [];
  const store = join(folder, 'data/nightshift.db');
  const service = new ServiceProcess({
    config,
    nodeOptions: [inspectOption],
    data: join(folder, 'data'),
    // As a unit of systemd has it.
    env: { ...environmentIn(world, folder), ...allocator },
    onLine: (line) => {
      const fact = factIn(line);
      if (fact) facts.push(fact);
      if (isStray(line)) strays.push(JSON.stringify(line));
    },
  });
  try {
    await service.start();
    tell(`the service is up; in ${killedAfterMs / 1000} s it is killed`);
    await pause(killedAfterMs);
    await service.end('SIGKILL');
    facts.push(...factsIn(readStore(store), Date.now()));
    await service.start();
    const held = await lookedAt(service, store, minutes, tell);
    world.calm();
    const exit = await service.end('SIGTERM');
    const { accounts } = readStore(store);
    const { arrivals } = world;
    return {
      held,
      runs: accounts.reduce((sum, { ledger }) => sum + ledger.filter(({ outcome }) => outcome === 'ran').length, 0),
      requests: arrivals.length,
      hostile: arrivals.filter(({ mood, status }) => mood !== 'well' || status >= 400).length,
      violations: judge({ arrivals, facts, closed: new Map(), budgets: new Map(), accounts, flightMs }),
      strays: [...strays, ...service.complaints.filter((line) => !isOfInspector(line))],
      exit,
      integrity: integrityOf(store),
    };
  } finally {
    await service.end('SIGKILL');
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function lookedAt(service: ServiceProcess, store: string, minutes: number, tell: (text: string) => void) {
  const inspector = service.complaints.map(inspectorIn).findLast((url) => url !== undefined);
  if (inspector === undefined) throw new Error(`found no inspector in\n${service.complaints.join('\n')}`);
  const holding = await Holding.of(service.pid, inspector);
  const held: RealTime['held'] = [];
  const [startedAt, length] = [performance.now(), minutes * 60_000];
  for (let ms = 0; ms < length; ms = performance.now() - startedAt) {
    await pause(Math.min(lookEveryMs, length - ms));
    const storeMb = (bytesOf(store) + bytesOf(`${store}-wal`)) / 2 ** 20;
    const now = { ...(await holding.look()), hours: (performance.now() - startedAt) / 3_600_000, storeMb };
    held.push(now);
    const { heapMb, outsideMb, handles, threads } = now;
    tell(
      `minute ${(now.hours * 60).toFixed(1)} of ${minutes}: ${heapMb.toFixed(1)} MB of heap, ${outsideMb.toFixed(0)} MB that is not V8's, ${handles} handles, ${threads} threads, ${storeMb.toFixed(1)} MB of store`,
    );
  }
  holding.close();
  return held;
}

function openWorldFor(seed: number): Promise<World> {
  const now = Date.now();
  return openWorld({
    seed,
    clients: ['studio', 'social', 'office'],
    allowances: {
      video: { limit: 60 * businesses, periodMs: scaled('24h'), resetsAt: now + scaled('24h') },
      cerebras: { limit: 8 * businesses, periodMs: scaled('1h'), resetsAt: now + scaled('1h') },
    },
  });
}

function environmentIn({ url, grants }: World, folder: string): Record<string, string> {
  return {
    WORLD_URL: url,
    API_KEY: apiKey,
    CLIENT_SECRET: 'the-secret-of-the-clients',
    STUDIO_REFRESH: grants.get('studio') ?? '',
    SOCIAL_REFRESH: grants.get('social') ?? '',
    TMPDIR: folder,
    // Nobody waits for the morning here.
    ...Object.fromEntries(
      ['PUBLISH', 'DAYTIME'].flatMap((hours) => [
        [`${hours}_FROM`, '00:00'],
        [`${hours}_TO`, '24:00'],
      ]),
    ),
  };
}

/** Nothing for a file that is not there, as SQLite's log is not when nobody has the store open. */
function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isStray({ msg }: Line): boolean {
  return ['effect.uncaught', 'service.crashed', 'service.failed', 'process.exited'].includes(msg);
}

function integrityOf(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return String(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {})[0]);
  } finally {
    database.close();
  }
}
