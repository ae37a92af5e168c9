/**
 * Who watches over a service: an address outside of the machine, systemd, a parent process. Each is fed while the service gets on.
 */
import type { Logger } from 'pino';
import type { EmbeddedHost } from '../actors/embedded-host.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { healthchecks } from '../watchdog/healthchecks.ts';
import { systemd } from '../watchdog/systemd.ts';
import { lookForTrouble } from '../watchdog/vital-signs.ts';
import { type WardenWord, warden } from '../watchdog/warden.ts';
import { type Feeding, feedWatchdog, nobody } from '../watchdog/watchdog.ts';

export interface WatchingPorts {
  config: Pick<Config, 'watchdog' | 'supervision'>;
  env: NodeJS.ProcessEnv;
  tellParent: ((word: WardenWord) => Promise<void>) | undefined;
  host: Pick<EmbeddedHost, 'addresses' | 'standOf' | 'storeError' | 'write'>;
  clock: Clock;
  /** Since when something could fire, epoch ms. */
  awakeSince: () => number;
  /** In the drain before a reload nothing fires, and that is as it should be. */
  isReloading: () => boolean;
  log: Logger;
}

/** Looks from now on whether the service gets on, and lets those who watch over it know; when there is nobody, the log. */
export function feedWatchdogs(ports: WatchingPorts): Feeding[] {
  const { config, env, tellParent, host, clock, awakeSince, isReloading, log } = ports;
  const { drainMs } = config.supervision;
  const outside = config.watchdog && healthchecks(config.watchdog.url.reveal(), config.watchdog.everyMs, clock);
  const dogs = [outside, systemd(env, drainMs, clock), warden(env, tellParent, drainMs)].filter(
    (dog) => dog !== null && dog !== undefined,
  );
  // A write for nobody's sake would only wear the disk.
  const write = async () => {
    if (dogs.length > 0) await host.write([['host:vital-sign', String(clock.now())]]);
  };
  const trouble = async () => (isReloading() ? null : lookForTrouble({ host, clock, awakeSince, write }));
  return (dogs.length > 0 ? dogs : [nobody]).map((dog) => feedWatchdog(dog, { clock, log, trouble }));
}
