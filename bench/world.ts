/**
 * A small real world to measure: configured engines on the embedded host, the store in a file, the system clock.
 *
 * Each engine's run has three steps that do next to nothing, so what is measured is what nightshift adds to a
 * job. What the steps return differs from run to run: SQLite does not sync a page that is overwritten with the
 * same bytes, and a benchmark that forgets it measures a disk that does not exist.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { type EmbeddedHost, openHost } from '../src/actors/embedded-host.ts';
import { actorKinds } from '../src/actors/kinds.ts';
import { TokenSecrets } from '../src/actors/token-secrets.ts';
import { wantedActors } from '../src/actors/wanted.ts';
import { systemClock } from '../src/clock.ts';
import type { Config, EngineConfig } from '../src/config/config.ts';
import { resolveConfig } from '../src/config/resolve.ts';
import type { RunScope } from '../src/config/run-scope.ts';
import { openStore, type Store } from '../src/persistence/store.ts';
import { createVault } from '../src/persistence/vault.ts';
import { Children } from '../src/processes/children.ts';
import { systemRandom } from '../src/random.ts';
import type { Address } from '../src/stream.ts';

export interface World {
  host: EmbeddedHost;
  store: Store;
  /** Lets everything go, in good order. */
  close(): Promise<void>;
}

/** A folder of its own on the repository's disk: a temporary folder may be in memory, where nothing is ever synced. */
export function makeFolder(): { folder: string; remove: () => void } {
  const parent = join(import.meta.dirname, '../node_modules/.cache/nightshift-bench');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Opens a host on the store's file; there are no actors yet. `wrote` hears of each write. */
export async function openWorld(file: string, config: Config, wrote: () => void = () => {}): Promise<World> {
  const opened = await openStore(`sqlite://${file}`);
  const write: Store['write'] = (rows) => {
    wrote();
    return opened.write(rows);
  };
  const store = { ...opened, write };
  const kinds = actorKinds({
    configFile: '',
    config,
    clock: systemClock,
    random: systemRandom,
    secrets: new TokenSecrets(unusedVault(), { add: () => {}, forget: () => {} }),
    fetch,
    log: pino({ level: 'info' }, createWriteStream('/dev/null')),
    commands: { children: new Children(`${file}.children`, systemClock), folder: `${file}.commands`, env: {} },
  });
  const host = await openHost({ store, clock: systemClock, random: systemRandom, kinds });
  const close = async () => {
    await host.stop();
    await store.close();
  };
  return { host, store, close };
}

/** Opens a host with so many engines, from their records where there are any; see {@link configOf}. */
export async function openEngines(file: string, count: number, guarded = false): Promise<World> {
  const config = configOf(count, guarded);
  const world = await openWorld(file, config);
  await world.host.ensure(wantedActors(config));
  return world;
}

export const engineAddress = (n: number): Address => `engine/job-${n}`;

/**
 * A configuration with so many engines, each with settings of its own and due at a second of its own next year.
 *
 * @param guarded the first of them meets every check there is: windows, a limit on runs at once, and a quota
 */
export function configOf(count: number, guarded = false): Config {
  const job = { id: 'job', schedule: '0 0 1 1 *', timeout: '10m', run };
  const one = resolveConfig(guarded ? { ...checks, engines: [{ ...job, window: 'day' }] } : { engines: [job] }, {});
  // A heartbeat is an actor of its own: measured here are engines.
  const { heartbeat: _, ...pattern } = one.engines.get('job') as EngineConfig;
  const engines = new Map<string, EngineConfig>();
  for (let n = 0; n < count; n++) {
    const { schedule, retry } = pattern.settings;
    const own = {
      ...pattern.settings,
      ...(n > 0 && { window: null, windowName: null }),
      schedule: schedule && { ...schedule, offsetMs: (n % 3600) * 1000 },
      retry: { ...retry },
    };
    engines.set(`job-${n}`, {
      ...pattern,
      id: `job-${n}`,
      settings: own,
      ...(guarded && n === 0 && { run: checkedRun }),
    });
  }
  return { ...one, engines };
}

async function run({ step, runId }: RunScope) {
  const found = await step('find', () => ({ items: [runId, 'a', 'b'] }));
  const text = await step('render', () => `${found.items.length} items of ${runId}`);
  return step('publish', () => ({ published: text }));
}

const checks = {
  windows: { day: { from: '00:00', to: '24:00' } },
  maxConcurrent: 1_000_000,
  services: { shop: { quota: { limit: 1_000_000_000, per: 'day' } } },
} as const;

async function checkedRun({ step, service, runId }: RunScope) {
  const found = await step('find', () => ({ items: [runId, 'a', 'b'] }), { window: 'day' });
  const text = await step('render', () => service('shop').call(async () => `${found.items.length} items of ${runId}`));
  return step('publish', () => ({ published: text }));
}

function unusedVault() {
  const refuse = () => Promise.reject(new Error('the benchmark has no secrets'));
  return createVault({ key: new Uint8Array(32), store: { get: refuse, write: refuse } });
}
