/**
 * Waits for another actor, on behalf of a chart: charts never wait for each other, effects do.
 *
 * Many may wait for the same breaker or token. They go on one by one, spread out over a tenth of the time that they
 * have waited, so that a service that comes back is not brought down again by all who were waiting for it.
 */
import type { Clock } from '../../clock.ts';
import type { Awaited } from '../../policies/engine.ts';
import type { Random } from '../../random.ts';
import type { Address } from '../../stream.ts';
import { type EffectRunner, type EffectScope, HostError } from '../host.ts';

export interface AwaitPorts {
  clock: Clock;
  random: Random;
}

const spreadShare = 0.1;
const spreadMsMax = 10_000;

/** What is waited for, and the tag of a state in which waiting is in vain. */
type Input = Awaited & { unless?: string };

interface Wish {
  address: Address;
  tag: string;
}

/**
 * The effect behind the engine chart's `awaitActor`. Ends once the actor has the tag, durably, and it is one's turn; fails
 * as soon as waiting is in vain.
 */
export function awaitActor({ clock, random }: AwaitPorts): EffectRunner {
  return async (scope: EffectScope<Input>): Promise<null> => {
    const { address, tag, or = [], unless } = scope.input;
    const wishes = [{ address, tag }, ...or] as Wish[];
    const since = clock.monotonic();
    do {
      await first(scope, wishes, unless);
      const turnMs = random() * Math.min(spreadShare * (clock.monotonic() - since), spreadMsMax);
      if (turnMs > 0) await pause(clock, turnMs, AbortSignal.any([scope.signal, scope.draining]));
      // Whoever came first may have used up what there was, as a breaker's probe.
    } while (!wishes.some((wish) => scope.look(wish.address).hasTag(wish.tag as never)));
    return null;
  };
}

/** The first wish that comes true. */
async function first(scope: Pick<EffectScope, 'until'>, wishes: readonly Wish[], unless: string | undefined) {
  const over = new AbortController();
  const until = ({ address, tag }: Wish) => scope.until(address, tag, over.signal);
  const vain = async ({ address }: Wish, tag: string) => {
    const { value } = await until({ address, tag });
    throw new HostError('AWAITED_IN_VAIN', `${address}: it is ${JSON.stringify(value)} and needs a person.`);
  };
  try {
    await Promise.race([
      ...wishes.map(until),
      ...(unless === undefined ? [] : wishes.map((wish) => vain(wish, unless))),
    ]);
  } finally {
    over.abort(new HostError('EFFECT_SUPERSEDED', `${wishes[0]?.address}: nobody waits for it any more.`));
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
