/**
 * The config that a start went by, as its image in the store: whoever asks what a restart would change compares with it, whether the
 * service runs or not.
 */
import type { ConfigImage } from './config-image.ts';

export interface KeptConfig {
  /** Of the start, epoch ms. */
  at: number;
  /** Absolute. */
  file: string;
  /** By which key its secrets are known: see `keyIdOf`. */
  keyId: string;
  image: ConfigImage;
}

export const keptConfigKey = 'host:config';

/** null for a row that is not there, or is none of ours. */
export function keptConfigIn(json: string | undefined): KeptConfig | null {
  try {
    const found = JSON.parse(json ?? 'null') as Partial<KeptConfig> | null;
    const isWhole = Number.isFinite(found?.at) && typeof found?.keyId === 'string' && typeof found.image === 'object';
    return isWhole && found.image ? (found as KeptConfig) : null;
  } catch {
    return null;
  }
}
