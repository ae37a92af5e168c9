/**
 * Waits for the network, after a sleep or a start of the machine: its jobs are due before the network is there, and each of them would
 * fail once for nothing.
 *
 * A machine that never had a network waits for none, and none is waited for longer than a minute: many jobs need none, and those that
 * do wait by themselves from then on.
 */
import { networkInterfaces } from 'node:os';
import type { Cancel, Clock } from '../clock.ts';

export interface NetworkWaitOptions {
  clock: Clock;
  /** Whether there is a network now. */
  isOnline: () => boolean;
  /** Whether there was one when this machine was last at work. */
  hadNetwork: boolean;
  /** Hears once that there is one, where nobody knew of any. */
  seen: () => void;
  /** Hears how a wait ended that there was, after so many milliseconds. */
  waited?: (end: 'online' | 'offline', ms: number) => void;
}

const lookEveryMs = 1_000;
const waitMsMax = 60_000;

export class NetworkWait {
  readonly #options: NetworkWaitOptions;
  #hadNetwork: boolean;
  #cancel: Cancel = () => {};

  constructor(options: NetworkWaitOptions) {
    this.#options = options;
    this.#hadNetwork = options.hadNetwork;
  }

  /** Notes whether there is a network. */
  look(): boolean {
    const isOnline = this.#options.isOnline();
    if (isOnline && !this.#hadNetwork) {
      this.#hadNetwork = true;
      this.#options.seen();
    }
    return isOnline;
  }

  /** Resolves once there is a network, after a minute at the latest; undefined when there is nothing to wait for. */
  comeBack(): Promise<void> | undefined {
    if (this.look() || !this.#hadNetwork) return undefined;
    const { clock, waited } = this.#options;
    const since = clock.monotonic();
    return new Promise((resolve) => {
      const look = () => {
        const isOnline = this.look();
        const ms = clock.monotonic() - since;
        if (!isOnline && ms < waitMsMax) {
          this.#cancel = clock.after(lookEveryMs, look);
          return;
        }
        waited?.(isOnline ? 'online' : 'offline', ms);
        resolve();
      };
      this.#cancel = clock.after(lookEveryMs, look);
    });
  }

  /** Looks no more: what waits waits for ever. */
  stop(): void {
    this.#cancel();
  }
}

/** Those that the machine has for its own containers, virtual machines and tunnels: they have addresses without any network. */
const ownInterface = /^(docker|br-|veth|virbr|cni|flannel|vmnet|vboxnet|bridge|utun|tun|tap|wg|tailscale)/;
const linkLocal = /^(fe80:|169\.254\.)/i;

/** Whether the machine has an address by which others can reach it. Where it may not be asked, as in a strict unit of systemd, it counts as one that has. */
export function hasNetwork(look = networkInterfaces): boolean {
  let interfaces: ReturnType<typeof networkInterfaces>;
  try {
    interfaces = look();
  } catch {
    return true;
  }
  return Object.entries(interfaces).some(
    ([name, addresses = []]) =>
      !ownInterface.test(name) && addresses.some(({ internal, address }) => !internal && !linkLocal.test(address)),
  );
}
