/**
 * The system: a host with every kind of actor that a configuration calls for, and those who watch over them.
 *
 * It is what runs in the service, in a test's workplace and in the simulated world alike: they differ in the clock, the store and
 * the network that they hand in.
 */
import { type EmbeddedHost, type EmbeddedHostOptions, openHost } from './actors/embedded-host.ts';
import { Heartbeats } from './actors/heartbeats.ts';
import { IncidentWatch } from './actors/incident-watch.ts';
import { actorKinds, type KindPorts } from './actors/kinds.ts';
import { tellSuccessors } from './actors/successors.ts';
import { TokenSecrets } from './actors/token-secrets.ts';
import { wantedActors } from './actors/wanted.ts';
import type { Config } from './config/config.ts';
import { recordPrefix } from './persistence/record.ts';
import type { Redactor } from './persistence/redact.ts';
import type { Store } from './persistence/store.ts';
import { createVault } from './persistence/vault.ts';
import type { Random } from './random.ts';
import type { Address } from './stream.ts';

export interface SystemPorts
  extends Omit<KindPorts, 'config' | 'secrets' | 'answered' | 'waiting'>,
    Pick<EmbeddedHostOptions, 'verdict' | 'culprit'> {
  /** With the engines and services that are built in. */
  config: Config;
  store: Store;
  vaultKey: Buffer;
  redactor: Redactor;
  /** Chance of the actors' own, where it is not that of their effects. Default: the same. */
  hostRandom?: Random;
}

export interface System {
  host: EmbeddedHost;
  /**
   * Brings every actor back and lets it go on. Resolves once all are armed.
   *
   * @returns the addresses that have a record
   */
  rehydrate(): Promise<readonly Address[]>;
  /** Nobody watches any more; the host goes on. */
  unwatch(): void;
}

/** Opens a host on a store that nobody else uses; nothing begins before it is rehydrated. */
export async function openSystem(ports: SystemPorts): Promise<System> {
  const { config, store, vaultKey, redactor, clock, random, hostRandom = random, verdict, culprit } = ports;
  const heartbeats = new Heartbeats(clock);
  const vault = createVault({
    key: vaultKey,
    store: {
      get: async (key) => {
        const json = await store.get(key);
        return json === undefined ? undefined : JSON.parse(json);
      },
      write: (entries) => host.write(entries.map(({ key, value }) => [key, JSON.stringify(value)] as const)),
    },
  });
  let incidents: IncidentWatch | undefined;
  const kinds = actorKinds({
    ...ports,
    secrets: new TokenSecrets(vault, redactor),
    answered: (service) => heartbeats.answered(service),
    waiting: (cause) => incidents?.waiting(cause) ?? [],
  });
  const host = await openHost({
    store,
    clock,
    random: hostRandom,
    kinds,
    redact: (text) => redactor.redact(text),
    intensity: config.supervision.intensity,
    ...(verdict && { verdict }),
    culprit,
  });
  let unwatch = () => {};

  return {
    host,
    async rehydrate() {
      await host.ensure(wantedActors(config));
      const endTelling = tellSuccessors(host, config.engines.values());
      heartbeats.start(host);
      incidents = new IncidentWatch(host, config.alerts.settings, clock);
      unwatch = () => {
        incidents?.stop();
        heartbeats.stop();
        endTelling();
      };
      const keys = await store.keys(recordPrefix);
      const recorded = keys.map((key) => key.slice(recordPrefix.length) as Address);
      await incidents.start(recorded.filter((address) => address.startsWith('incident/')));
      return recorded;
    },
    unwatch: () => unwatch(),
  };
}
