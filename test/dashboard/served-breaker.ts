/**
 * A host with one breaker, `breaker/shop`, and its interface on a free port.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { type EmbeddedHost, openHost } from '../../src/actors/embedded-host.ts';
import { systemClock } from '../../src/clock.ts';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { type ApiPorts, createApi } from '../../src/dashboard/api.ts';
import { Changes } from '../../src/dashboard/changes.ts';
import type { Door } from '../../src/dashboard/door.ts';
import { listen } from '../../src/dashboard/listen.ts';
import { Unreadable } from '../../src/dashboard/unreadable.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
import { openStore, type Store } from '../../src/persistence/store.ts';
import type { BreakerSettings } from '../../src/policies/settings.ts';
import { seededRandom } from '../../src/random.ts';
import { LogLevels } from '../../src/telemetry/log-levels.ts';
import { Collector } from '../../src/telemetry/metrics/collector.ts';
import { Metrics } from '../../src/telemetry/metrics/overview.ts';

export const token = 'the-token-of-this-test';
/** Taken out of whatever leaves. */
export const secret = 'canary-secret-4711';

export interface Served {
  url: string;
  host: EmbeddedHost;
  /** Another way in. */
  apiAt: (door: Door) => Hono;
  end(): Promise<void>;
}

export const settings: BreakerSettings = {
  failures: 3,
  rate: 0.5,
  of: 10,
  atLeast: 5,
  withinMs: null,
  slowCallMs: null,
  slowRate: 0.5,
  cooldownMs: 60_000,
  cooldownMsMax: 60_000,
  probeTimeoutMs: 60_000,
};

/** The interface of a host, without a service around it. */
export function serviceOf({ host, store, now, state, definition = {}, logFolder = null }: ServedParts) {
  const unreadable = new Unreadable(() => {});
  const changes = new Changes({ host, store, clock: systemClock, state, unreadable, failed: () => {} });
  const ports: ApiPorts = {
    reload: async () => ({ taken: false, code: 'RELOAD_BUSY', error: 'busy' }),
    leave: () => {},
    levels: new LogLevels('info'),
    logFolder,
    draw: async () => '<svg></svg>',
    host,
    changes,
    unreadable,
    config: resolveConfig(definition, {}),
    token,
    state,
    now,
    timeZone: 'UTC',
    collector: new Collector(),
    metrics: new Metrics(store),
    redact: (text: string) => text.replaceAll(secret, '[secret]'),
  };
  return { api: createApi(ports), apiAt: (door: Door) => createApi(ports, door), changes };
}

interface ServedParts {
  host: EmbeddedHost;
  store: Store;
  /** Epoch ms. */
  now: () => number;
  state: () => string;
  /** Default: an empty one. */
  definition?: ConfigDefinition;
  /** Default: no log is kept. */
  logFolder?: string | null;
}

export async function serveBreaker(definition: ConfigDefinition = {}): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-served-'));
  const store = await openStore(`sqlite://${join(folder, 'store.db')}`);
  const kinds = { breaker: { machine: breakerMachine, version: 1, effects: {} } };
  const host = await openHost({ store, clock: systemClock, random: seededRandom(1), kinds });
  await host.ensure([{ address: 'breaker/shop', settings }]);
  const { api, apiAt, changes } = serviceOf({ host, store, now: systemClock.now, state: () => 'running', definition });
  const server = await listen(api, 0);
  return {
    url: server.url,
    host,
    apiAt,
    async end() {
      changes.stop();
      await server.close();
      await host.stop();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
