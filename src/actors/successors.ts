/**
 * Successors: engines that are due whenever another one has succeeded.
 *
 * A success is on disk before its successors hear of it. Whoever dies in between finds, at the next start, a last run that
 * its successor was not told of, and tells it then; a successor takes each run once.
 */
import type { EngineConfig } from '../config/config.ts';
import type { EngineContext, PredecessorSucceeded } from '../policies/engine.ts';
import { reboot } from '../policies/schedule.ts';
import type { Address, CommittedTransition } from '../stream.ts';
import type { Host } from './host.ts';

/** Tells successors of what succeeds from now on, and of what they have missed. Returns a function that ends it. */
export function tellSuccessors(host: Host, engines: Iterable<EngineConfig>): () => void {
  const successors = new Map<string, Address[]>();
  for (const { id, settings } of engines) {
    if (settings.after === undefined || settings.after === reboot) continue;
    successors.set(settings.after, [...(successors.get(settings.after) ?? []), `engine/${id}`]);
  }
  if (successors.size === 0) return () => {};
  const tell = (engine: string, { last }: Pick<EngineContext, 'last'>, earlier?: true) => {
    if (last?.result !== 'success') return;
    const { run, endedAt } = last;
    const type = 'predecessor.succeeded';
    const event: PredecessorSucceeded = { type, engine, run, endedAt, ...(earlier && { earlier }) };
    // Whoever was given up is told when the service starts again.
    for (const address of successors.get(engine) ?? []) host.ask(address, event).catch(() => {});
  };
  const end = host.inspect({
    transition: ({ address, facts, snapshot }: CommittedTransition) => {
      if (facts.length === 0 || !address.startsWith('engine/')) return;
      tell(address.slice('engine/'.length), snapshot.context as unknown as EngineContext);
    },
  });
  for (const engine of successors.keys())
    tell(engine, host.read(`engine/${engine}`).context as unknown as EngineContext, true);
  return end;
}
