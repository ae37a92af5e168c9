/**
 * The system: a host with every kind of actor that a configuration calls for, and those who watch over them.
 *
 * It is what runs in the service, in a test's workplace and in the simulated world alike: they differ in the clock, the store and
 * the network that they hand in.
 */
import { ClockWatch, type ClockWatchOptions } from './actors/clock-watch.ts';
import { type EmbeddedHost, type EmbeddedHostOptions, openHost } from './actors/embedded-host.ts';
import { Heartbeats } from './actors/heartbeats.ts';
import { IncidentWatch } from './actors/incident-watch.ts';
import { actorKinds, type KindPorts } from './actors/kinds.ts';
import { NetworkWait, type NetworkWaitOptions } from './actors/network-wait.ts';
import { SetRight } from './actors/set-right.ts';
import { tellSuccessors } from './actors/successors.ts';
import { TokenSecrets } from './actors/token-secrets.ts';
import { wantedActors } from './actors/wanted.ts';
import type { Config } from './config/config.ts';
import { parsedOrNull } from './json.ts';
import { clockAddress, ledgerRow } from './persistence/ledger.ts';
import { recordPrefix } from './persistence/record.ts';
import type { Redactor } from './persistence/redact.ts';
import type { Store } from './persistence/store.ts';
import { createVault } from './persistence/vault.ts';
import type { Upset } from './policies/clock-upset.ts';
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
  /** How the clocks are watched. Default: whenever a timer rings. */
  clockWatch?: Omit<ClockWatchOptions, 'clock' | 'upset'>;
  /** Hears of what happened to the clocks, which stands in the ledger by then or soon will. */
  upset?: (upset: Upset) => void;
  /** Where the machine looks for its network. Default: nobody asks for it. */
  network?: Pick<NetworkWaitOptions, 'isOnline' | 'waited'>;
}

export interface System {
  host: EmbeddedHost;
  /**
   * Brings every actor back and lets it go on. Resolves once all are armed.
   *
   * @returns the addresses that have a record
   */
  rehydrate(): Promise<readonly Address[]>;
  /** Since when somebody has been there without a gap, with a store that takes writes: epoch ms. What ran out before has its turn. */
  awakeSince(): number;
  /** Nobody watches any more; the host goes on. */
  unwatch(): void;
}

/** There once the machine has had a network. */
const networkKey = 'host:network';

/** Opens a host on a store that nobody else uses; nothing begins before it is rehydrated. */
export async function openSystem(ports: SystemPorts): Promise<System> {
  const { config, store, vaultKey, redactor, clock, random, hostRandom = random, verdict, culprit } = ports;
  const heartbeats = new Heartbeats(clock);
  const vault = createVault({
    key: vaultKey,
    store: {
      get: async (key) => {
        const json = await store.get(key);
        return json === undefined ? undefined : parsedOrNull(json);
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
  const network =
    ports.network &&
    new NetworkWait({
      ...ports.network,
      clock,
      hadNetwork: (await store.get(networkKey)) !== undefined,
      seen: () => void host.write([[networkKey, JSON.stringify(true)]]),
    });
  let upsets = 0;
  const host = await openHost({
    store,
    clock,
    random: hostRandom,
    kinds,
    redact: (text) => redactor.redact(text),
    intensity: config.supervision.intensity,
    verdict: () => {
      clocks.look();
      verdict?.();
    },
    comeBack: () => network?.comeBack(),
    culprit,
  });
  const clocks = new ClockWatch({
    clock,
    ...ports.clockWatch,
    upset: (upset) => {
      upsets += 1;
      void host.write([ledgerRow(clockAddress, clock.now(), upsets, { ...upset })]);
      ports.upset?.(upset);
      // Who set the clock is not in a hurry; a run under way may well end before its time limit is found to be over by that.
      if (upset.kind === 'set') setRight.clockSet(upset);
      else host.lookAgain();
    },
  });
  const setRight = new SetRight(host, clock);
  let storeBackAt = 0;
  const unlisten = host.inspect({
    storeRecovered: () => {
      storeBackAt = clock.now();
    },
  });
  const unwatchGaps = () => {
    clocks.stop();
    unlisten();
  };
  let unwatch = unwatchGaps;

  return {
    host,
    async rehydrate() {
      network?.look();
      await host.ensure(wantedActors(config));
      setRight.start();
      const endTelling = tellSuccessors(host, config.engines.values());
      heartbeats.start(host);
      incidents = new IncidentWatch(host, config.alerts.settings, clock);
      unwatch = () => {
        unwatchGaps();
        network?.stop();
        incidents?.stop();
        heartbeats.stop();
        endTelling();
        setRight.stop();
      };
      const keys = await store.keys(recordPrefix);
      const recorded = keys.map((key) => key.slice(recordPrefix.length) as Address);
      await incidents.start(recorded.filter((address) => address.startsWith('incident/')));
      return recorded;
    },
    awakeSince: () => Math.max(clocks.awakeSince, storeBackAt),
    unwatch: () => unwatch(),
  };
}
