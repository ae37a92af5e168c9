/**
 * Where a service stands with a reload: nobody has asked, the new config is looked at, or it was found good and the service makes room.
 *
 * Who asks while it is looked at may have changed it since: it is looked at once more, and the first who asked hears what was found then,
 * for the service comes back with the config as its file is by that time. Who asks later than that is served by whoever comes: it has not
 * read the file yet.
 */
import type { Logger } from 'pino';
import type { ConfigChange } from '../config/config-change.ts';
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

interface Asker {
  /** Whether somebody else had asked before, and the look was under way. */
  isLate: boolean;
  tell: (answer: Reload) => void;
}

export class Reloading {
  readonly #ports: ReloadingPorts;
  #stand: 'no' | 'looking' | 'agreed' = 'no';
  /** Those for whom nobody has begun to look yet. */
  #askers: Asker[] = [];
  #changes: ConfigChange[] = [];

  constructor(ports: ReloadingPorts) {
    this.#ports = ports;
  }

  /** The new config was found good, and the service makes room for it. */
  get isAgreed(): boolean {
    return this.#stand === 'agreed';
  }

  /** Has the new config looked at. When it is not good, all goes on as before, and whoever watches is told so. */
  async ask(): Promise<Reload> {
    const { log } = this.#ports;
    if (this.isAgreed) {
      log.info({ stand: 'agreed' }, 'reload.joined');
      return this.#taken('leaving');
    }
    if (!this.#isRunning()) return this.#refused(this.#busy());
    const isLate = this.#stand === 'looking';
    const { promise, resolve } = Promise.withResolvers<Reload>();
    this.#askers.push({ isLate, tell: resolve });
    if (isLate) log.info({ stand: 'looking' }, 'reload.joined');
    else void this.#look();
    return promise;
  }

  /** Until a config is good, or nobody asks any more. */
  async #look(): Promise<void> {
    const { watchdogs, checkNext, log } = this.#ports;
    this.#stand = 'looking';
    await Promise.all(watchdogs.map((dog) => dog.reloading()));
    while (this.#askers.length > 0) {
      const heard = this.#askers.splice(0);
      let next = await checkNext();
      if (next.isGood && this.#askers.length > 0) {
        heard.push(...this.#askers.splice(0));
        next = await checkNext();
      }
      if (next.isGood && this.#isRunning()) {
        this.#stand = 'agreed';
        this.#changes = next.changes;
        const { length: count } = next.changes;
        log.info({ count, changes: next.changes.slice(0, 20).map(({ part }) => part) }, 'service.reloading');
        for (const { isLate, tell } of heard) tell(this.#taken(isLate ? 'looked' : 'asked'));
        for (const { tell } of this.#askers.splice(0)) tell(this.#taken('leaving'));
        return;
      }
      const refusal = this.#refused(next.isGood ? this.#busy() : next);
      for (const { tell } of heard) tell(refusal);
    }
    this.#stand = 'no';
    await Promise.all(watchdogs.map((dog) => dog.stays()));
  }

  #isRunning(): boolean {
    return this.#ports.state() === 'running';
  }

  #taken(when: 'asked' | 'looked' | 'leaving'): Reload {
    return { taken: true, when, drainMs: this.#ports.drainMs, changes: this.#changes };
  }

  #refused({ code, error }: Refusal): Reload {
    this.#ports.log.error({ code, reason: error }, 'reload.refused');
    return { taken: false, code, error };
  }

  #busy(): Refusal {
    return { code: 'RELOAD_BUSY', error: `the service is ${this.#ports.state()}: try again later.` };
  }
}
