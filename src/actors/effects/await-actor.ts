/**
 * Waits for another actor, on behalf of a chart: charts never wait for each other, effects do.
 *
 * Many may wait for the same breaker or token. They go on one by one, spread out over a tenth of the time that they
 * have waited, so that a service that comes back is not brought down again by all who were waiting for it. They have waited since
 * they were held, whichever process that was in.
 */
import type { Clock } from '../../clock.ts';
import type { EngineConfig } from '../../config/config.ts';
import { importances } from '../../config/definition.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import type { Awaited } from '../../policies/hold.ts';
import type { Random } from '../../random.ts';
import type { Address } from '../../stream.ts';
import { type EffectRunner, type EffectScope, HostError } from '../host.ts';
import type { Slots } from '../slots.ts';
import type { Troubles } from '../troubles.ts';
import { follow } from './follow.ts';

export interface AwaitPorts {
  clock: Clock;
  random: Random;
  slots: Slots;
  troubles: Troubles;
  engines: ReadonlyMap<string, EngineConfig>;
}

const spreadShare = 0.1;
const spreadMsMax = 10_000;

/**
 * What is waited for and since when, the tag of a state in which waiting is in vain, and until when (epoch ms). Records of an older chart
 * do not say since when.
 */
type Input = Awaited & { heldAt?: number; unless?: string; until?: number };

interface Wish {
  address: Address;
  tag: string;
}

/**
 * The effect behind the engine chart's `awaitActor`. Ends once the actor has the tag, durably, and it is one's turn, or once
 * there is a slot for the run, or it should look whether everybody's trouble is over; fails as soon as waiting is in vain, and when its time is up.
 */
export function awaitActor(ports: AwaitPorts): EffectRunner {
  return async (scope: EffectScope<Input>): Promise<null> => {
    const { until } = scope.input;
    const { over, letGo } = follow(scope.signal, scope.draining);
    const cancel = until === undefined ? undefined : ports.clock.at(until, () => over.abort(tooLong));
    try {
      const { signal } = over;
      const { address } = scope.input;
      if (address.startsWith('limit/')) await slotFor(scope, ports, signal);
      else if (address.startsWith('trouble/')) await troubleOver(scope, ports, signal);
      else await clearance(scope, ports, signal);
      return null;
    } finally {
      cancel?.();
      letGo();
    }
  };
}

const tooLong = new ClassifiedError({
  class: 'recoverable',
  code: 'WAIT_OVER',
  message: 'what it waited for did not come in time',
});

function slotFor({ address }: EffectScope<Input>, { slots, engines }: AwaitPorts, signal: AbortSignal): Promise<void> {
  const engine = engines.get(address.slice(address.indexOf('/') + 1));
  return slots.turn(address, engine?.limits ?? [], importances.indexOf(engine?.importance ?? 'normal'), signal);
}

async function troubleOver(scope: EffectScope<Input>, ports: AwaitPorts, signal: AbortSignal): Promise<void> {
  const { clock, troubles } = ports;
  const { heldAt = clock.now() } = scope.input;
  const trouble = scope.input.address.slice('trouble/'.length);
  if ((await troubles.turn(trouble, scope.address, signal)) === 'over') await spread(heldAt, ports, signal);
}

async function clearance(scope: EffectScope<Input>, ports: AwaitPorts, signal: AbortSignal): Promise<void> {
  const { address, tag, or = [], unless, heldAt = ports.clock.now() } = scope.input;
  const wishes = [{ address, tag }, ...or] as Wish[];
  do {
    await first(scope, wishes, unless, signal);
    await spread(heldAt, ports, signal);
    // Whoever came first may have used up what there was, as a breaker's probe.
  } while (!wishes.some((wish) => scope.look(wish.address).hasTag(wish.tag as never)));
}

/** @param heldAt epoch ms; a wall clock that was set back makes it no longer than nothing */
async function spread(heldAt: number, { clock, random }: AwaitPorts, signal: AbortSignal): Promise<void> {
  const turnMs = random() * Math.min(spreadShare * (clock.now() - heldAt), spreadMsMax);
  if (turnMs > 0) await pause(clock, turnMs, signal);
}

/** The first wish that comes true. */
async function first(
  scope: Pick<EffectScope, 'until'>,
  wishes: readonly Wish[],
  unless: string | undefined,
  signal: AbortSignal,
) {
  const { over, letGo } = follow(signal);
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
    letGo();
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
