/**
 * The world as its invariants see it: all that there is, and nothing that could be changed.
 */
import type { Config } from '../../config/config.ts';
import type { System } from '../../system.ts';
import type { WatchedWorld } from '../invariants/invariant.ts';
import type { Authority } from './authority.ts';
import type { DiskTrouble } from './disk-trouble.ts';
import type { StoredTokens } from './stored-tokens.ts';
import type { WorldClock } from './world-clock.ts';
import type { WorldDisk } from './world-store.ts';

export interface WatchedPorts {
  config: Config;
  startedAt: number;
  clock: WorldClock;
  disk: WorldDisk;
  diskTrouble: DiskTrouble;
  authority: Authority;
  stored: StoredTokens;
  /** The process that lives. */
  life: () => { ready: boolean; system?: System } | undefined;
}

export function watched(ports: WatchedPorts): WatchedWorld {
  const { config, startedAt, clock, disk, diskTrouble, authority, stored, life } = ports;
  const host = () => life()?.system?.host;
  const isReady = () => life()?.ready ?? false;
  return {
    config,
    startedAt,
    now: () => clock.trueNow,
    wallNow: () => clock.wallNow,
    monotonicNow: () => clock.monotonicNow,
    isReady,
    addresses: () => (isReady() ? (host()?.addresses() ?? []) : []),
    standOf: (address) => {
      try {
        const found = host()?.standOf(address);
        return found && { stand: found.stand, halted: found.halted !== null };
      } catch {
        return undefined;
      }
    },
    can: (address, event) =>
      host()
        ?.read(address)
        .can({ ...event, at: clock.wallNow } as never) ?? false,
    onDisk: (key) => {
      const json = disk.get(key);
      return json === undefined ? undefined : JSON.parse(json);
    },
    storeWorks: () => diskTrouble.isWell && host()?.storeError === undefined,
    waitsInLine: (address) => host()?.status(address).waits !== null,
    newestToken: (token) => authority.newest(token),
    storedToken: (token) => stored.versionOf(token),
    refreshOf: (request) => authority.refreshOf(request),
    tokenOf: ({ headers }) => authority.issued(headers),
  };
}
