/**
 * Where a service stands with a reload: nobody has asked, the new config is looked at, or it was found good and the service makes room.
 */
import type { Logger } from 'pino';
import type { NextConfig, Refusal, Reload } from '../reload.ts';
import type { Feeding } from '../watchdog/watchdog.ts';

export interface ReloadingPorts {
  /** Of the supervisor. */
  state: () => string;
  /** Those that are told; more may come. */
  watchdogs: readonly Feeding[];
  /** Looks at the config that a reload would go by. */
  checkNext: () => Promise<NextConfig>;
  drainMs: number;
  log: Logger;
}

export class Reloading {
  readonly #ports: ReloadingPorts;
  #stand: 'no' | 'looking' | 'agreed' = 'no';

  constructor(ports: ReloadingPorts) {
    this.#ports = ports;
  }

  /** The new config was found good, and the service makes room for it. */
  get isAgreed(): boolean {
    return this.#stand === 'agreed';
  }

  /** Has the new config looked at. When it is not good, all goes on as before, and whoever watches is told so. */
  async ask(): Promise<Reload> {
    const { state, watchdogs, checkNext, drainMs, log } = this.#ports;
    if (state() !== 'running' || this.#stand !== 'no') return this.#refused(this.#busy());
    this.#stand = 'looking';
    await Promise.all(watchdogs.map((dog) => dog.reloading()));
    const next = await checkNext();
    if (next.isGood && state() === 'running') {
      this.#stand = 'agreed';
      const { changes } = next;
      log.info({ count: changes.length, changes: changes.slice(0, 20).map(({ part }) => part) }, 'service.reloading');
      return { taken: true, drainMs, changes };
    }
    this.#stand = 'no';
    const refusal = this.#refused(next.isGood ? this.#busy() : next);
    await Promise.all(watchdogs.map((dog) => dog.stays()));
    return refusal;
  }

  #refused({ code, error }: Refusal): Reload {
    this.#ports.log.error({ code, reason: error }, 'reload.refused');
    return { taken: false, code, error };
  }

  #busy(): Refusal {
    const what = this.#stand === 'no' ? `the service is ${this.#ports.state()}` : 'the service is reloading already';
    return { code: 'RELOAD_BUSY', error: `${what}: try again later.` };
  }
}
