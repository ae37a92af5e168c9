/**
 * Records that could not be used, and were put aside in the store.
 */
import { parsedOrNull } from '../json.ts';
import type { Row } from '../persistence/store-rows.ts';
import type { Address, Quarantined } from '../stream.ts';

/** Who was put aside and why; where the row itself cannot be read, its key says who and when. */
export function quarantinedIn({ key, json }: Row): Quarantined {
  const found = parsedOrNull(json) as Partial<Quarantined> | null;
  if (typeof found?.address === 'string') return found as Quarantined;
  const [, address = key, at = 0] = /^quarantine:(.*):(\d+)$/s.exec(key) ?? [];
  return { address: address as Address, at: Number(at), reason: 'what was put aside can be read no more', key };
}
