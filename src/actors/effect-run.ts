/**
 * One start of one effect: gives it what it may use, and turns what became of it into an event for its chart.
 */
import type { EventObject } from 'xstate';
import { ClassifiedError, type Failure } from '../policies/failure.ts';
import type { Address, DurableSnapshot, Effect } from '../stream.ts';
import { currentEffect } from './current-effect.ts';
import type { Fence, Step } from './durable.ts';
import { type EffectScope, gaveWay, HostError } from './host.ts';
import type { LiveActor } from './live-actor.ts';

/** What a host offers to the effects it starts. */
export interface EffectHost {
  readonly draining: AbortSignal;
  /** The error as plain JSON, without secrets. */
  explain(error: unknown): Failure;
  hasSecret(text: string): boolean;
  ask(address: Address, event: EventObject): Promise<boolean>;
  until(address: Address, tag: string, ...signals: AbortSignal[]): Promise<DurableSnapshot>;
  read(address: Address): DurableSnapshot;
  /** Delivers an event under the effect's ticket; resolves once durable. */
  deliverFrom(actor: LiveActor, fence: Fence, event: EventObject): Promise<Step>;
  /** The effect is over: its outcome goes to the chart. Without one it gave way to a drain, and the record stays. */
  ended(actor: LiveActor, fence: Fence, outcome: EventObject | undefined): void;
}

/**
 * Starts an effect, on a later turn.
 *
 * @param spent it was cut off by crashes more often than the budget allows: it fails instead of starting, so
 *   that an effect that kills the process cannot kill it at every boot
 */
export function startEffect(
  host: EffectHost,
  actor: LiveActor,
  fence: Fence,
  effect: Effect,
  signal: AbortSignal,
  spent: boolean,
): void {
  const { address, kind } = actor;
  const { id, ticket } = fence;
  const run = async () => {
    if (spent) throw abandoned(address, id, effect.starts);
    const runner = kind.effects[effect.src];
    if (!runner) throw new HostError('EFFECT_UNKNOWN', `${address}: there is no effect named '${effect.src}'.`);
    return runner(scopeOf(host, actor, fence, effect, signal) as EffectScope<never>);
  };
  currentEffect
    .run({ address, id, ticket }, () => Promise.resolve().then(run))
    .then(
      (output) => ({ type: `xstate.done.actor.${id}`, output: output ?? null, actorId: id }),
      (error: unknown) => {
        if (gaveWay(host, error)) return undefined;
        return failed(id, host.explain(error));
      },
    )
    .then((outcome) => host.ended(actor, fence, outcome));
}

/** What a chart gets when its effect failed. */
export function failed(id: string, error: Failure): EventObject {
  return { type: `xstate.error.actor.${id}`, error, actorId: id } as EventObject;
}

function scopeOf(host: EffectHost, actor: LiveActor, fence: Fence, effect: Effect, signal: AbortSignal): EffectScope {
  const { address } = actor;
  const alive = () => signal.throwIfAborted();
  return {
    input: effect.input,
    key: `${address}#${fence.id}#${fence.ticket}`,
    starts: effect.starts,
    signal,
    draining: host.draining,
    address,
    explain: (error) => host.explain(error),
    hasSecret: (text) => host.hasSecret(text),
    read() {
      alive();
      return actor.snapshot;
    },
    look(other) {
      alive();
      return host.read(other);
    },
    async ask(other, event) {
      alive();
      return host.ask(other, event);
    },
    tell(other, event) {
      host.ask(other, event).catch(() => {});
    },
    async until(other, tag, until = signal) {
      alive();
      return host.until(other, tag, until, signal);
    },
    async send(event) {
      alive();
      const { stale, thrown } = await host.deliverFrom(actor, fence, event);
      alive();
      if (stale)
        throw new HostError('EFFECT_SUPERSEDED', `${address}: the machine has left what '${fence.id}' was for.`);
      if (thrown === undefined) return;
      throw new HostError('TRANSITION_FAILED', `${address}: the transition on ${event.type} threw ${String(thrown)}`, {
        cause: thrown,
      });
    },
  };
}

function abandoned(address: Address, id: string, starts: number) {
  return new ClassifiedError({
    class: 'fatal',
    code: 'EFFECT_ABANDONED',
    message: `${address}: the process died ${starts} times while '${id}' was running; it is not started again. Find out why before you resume it.`,
  });
}
