/**
 * Waits for another actor, on behalf of a chart: charts never wait for each other, effects do.
 *
 * Many may wait for the same breaker or token. They go on one by one, spread out over a tenth of the time that they
 * have waited, so that a service that comes back is not brought down again by all who were waiting for it.
 */
import type { Clock } from '../../clock.ts';
import type { Random } from '../../random.ts';
import type { Address } from '../../stream.ts';
import { type EffectRunner, type EffectScope, HostError } from '../host.ts';

export interface AwaitPorts {
  clock: Clock;
  random: Random;
}

const spreadShare = 0.1;
const spreadMsMax = 10_000;

interface Awaited {
  address: string;
  tag: string;
  /** The tag of a state in which waiting is in vain. */
  unless?: string;
}

/**
 * The effect behind the engine chart's `awaitActor`. Ends once the actor has the tag, durably, and it is one's turn; fails
 * as soon as waiting is in vain.
 */
export function awaitActor({ clock, random }: AwaitPorts): EffectRunner {
  return async (scope: EffectScope<Awaited>): Promise<null> => {
    const { tag, unless } = scope.input;
    const address = scope.input.address as Address;
    const since = clock.monotonic();
    do {
      await either(scope, address, tag, unless);
      const turnMs = random() * Math.min(spreadShare * (clock.monotonic() - since), spreadMsMax);
      if (turnMs > 0) await pause(clock, turnMs, AbortSignal.any([scope.signal, scope.draining]));
      // Whoever came first may have used up what there was, as a breaker's probe.
    } while (!scope.look(address).hasTag(tag as never));
    return null;
  };
}

async function either(scope: Pick<EffectScope, 'until'>, address: Address, tag: string, unless: string | undefined) {
  if (unless === undefined) return scope.until(address, tag);
  const over = new AbortController();
  try {
    const vain = scope.until(address, unless, over.signal).then(({ value }) => {
      throw new HostError('AWAITED_IN_VAIN', `${address}: it is ${JSON.stringify(value)} and needs a person.`);
    });
    return await Promise.race([scope.until(address, tag, over.signal), vain]);
  } finally {
    over.abort(new HostError('EFFECT_SUPERSEDED', `${address}: nobody waits for it any more.`));
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', give);
      resolve();
    });
    const give = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', give, { once: true });
  });
}
