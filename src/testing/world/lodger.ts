/**
 * A process of the world, and Nightshift as it is opened in one: the whole of it, but for what the world has in its place.
 */
import { pino } from 'pino';
import { alarmOfStore } from '../../actors/store-alarm.ts';
import { channelServices } from '../../config/alert-schema.ts';
import type { Config } from '../../config/config.ts';
import { createRedactor } from '../../persistence/redact.ts';
import type { Store } from '../../persistence/store.ts';
import { openSystem, type System } from '../../system.ts';
import type { WorldEvent } from '../invariants/invariant.ts';
import type { Life } from './life.ts';

/** A process, with what it has opened. */
export interface Lodger extends Life {
  /** True time, epoch ms. */
  bornAt: number;
  ready: boolean;
  system?: System;
}

export interface LodgerPorts {
  config: Config;
  store: Store;
  vaultKey: Buffer;
  /** True time, epoch ms. */
  at: () => number;
  tell: (event: WorldEvent) => void;
}

/** Resolves when everything is back from the disk and armed, or when the process has died over it. */
export async function openIn(life: Lodger, { config, store, vaultKey, at, tell }: LodgerPorts): Promise<void> {
  const channels = channelServices(config.alerts.channels.keys()).map((each) => [each.name, each] as const);
  const system = await openSystem({
    config: { ...config, services: new Map([...config.services, ...channels]) },
    store,
    vaultKey,
    redactor: createRedactor(),
    clock: life.clock,
    random: life.random,
    fetch: (...args) => life.fetch(...args),
    log: pino({ level: 'silent' }),
    commands: undefined as never,
    configFile: '',
  });
  if (!life.alive) return;
  life.system = system;
  system.host.inspect({
    transition: (transition) => tell({ type: 'transition', at: at(), life: life.number, transition }),
    crashed: (crash) => tell({ type: 'actor.crashed', at: at(), crash }),
    quarantined: (quarantined) => tell({ type: 'quarantined', at: at(), quarantined }),
  });
  alarmOfStore(system.host, {
    clock: life.clock,
    timeZone: config.timeZone,
    channels: () => config.alerts.channels.values(),
    unsent: () => {},
  });
  await system.rehydrate();
}
