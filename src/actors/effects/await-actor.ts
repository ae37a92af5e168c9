/**
 * Waits for another actor, on behalf of a chart: charts never wait for each other, effects do.
 */

import type { Address } from '../../stream.ts';
import type { EffectScope } from '../host.ts';

/** Ends once the actor has the tag, durably. */
export async function awaitActor({ input, until }: EffectScope<{ address: string; tag: string }>): Promise<null> {
  await until(input.address as Address, input.tag);
  return null;
}
