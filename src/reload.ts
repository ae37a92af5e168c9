/**
 * A reload: the new config is looked at first, and the service comes back with it only when it is good.
 */
import type { ConfigChange } from './config/config-change.ts';

/** What was found of the config that a reload would go by. */
export type NextConfig = { isGood: true; changes: ConfigChange[] } | ({ isGood: false } & Refusal);

export interface Refusal {
  /**
   * `CONFIG_INVALID`: the config is not good. `RECORDS_UNUSABLE`: records would go to quarantine. `RELOAD_BUSY`: the service starts or
   * stops. `RELOAD_UNCHECKED`: it could not be looked at. `RELOAD_UNSUPPORTED`: this system has no way to do it.
   */
  code: string;
  error: string;
}

export type Reload =
  | {
      taken: true;
      /**
       * `asked`: nobody had asked before. `looked`: the config was being looked at for somebody else, and was looked at once more.
       * `leaving`: that was over; the service comes back with the config as it is then, and `changes` is what had been seen of it.
       */
      when: 'asked' | 'looked' | 'leaving';
      drainMs: number;
      changes: ConfigChange[];
    }
  | ({ taken: false } & Refusal);
