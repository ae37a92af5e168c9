/**
 * Every machine that is not final has a reason to wake, in plain sight: a timer, an effect, or the word that it rests or waits for a
 * person. One that holds something back says why.
 *
 * And reality agrees with it: while the process is there and the disk takes writes, no timer stays overdue and no effect stands
 * in a record without anybody being at it. What looks so is looked at again when the machine has been awake for a while more, for
 * after a start, a sleep or a set clock everything may be overdue for a moment.
 */
import type { EngineContext } from '../../policies/engine.ts';
import { stateName } from '../../policies/state-name.ts';
import type { Address, DurableSnapshot } from '../../stream.ts';
import type { Invariant, WatchedWorld } from './invariant.ts';

/** How often everybody is looked at, by true time, in milliseconds. */
const lookEveryMs = 600_000;
/**
 * How long what looks wrong may stay so, awake, in milliseconds. A clock that was set is noticed within half a minute, and of
 * those that were late at a start twenty go on every tenth of a second at the least.
 */
const patienceMs = 60_000;
const patiencePerActorMs = 5;

interface Suspicion {
  address: Address;
  what: string;
  /** Tells whether it is still the same. */
  ticket: string;
  until: number;
}

export const reasonToWake: Invariant = {
  name: 'reason to wake',
  claim: 'every machine that is not final has a reason to wake, which is visible and comes true',
  watch(world, broken) {
    let nextLook = world.startedAt;
    let suspicions: Suspicion[] = [];
    /** Starts of runs that are under way, by engine. */
    const atWork = new Map<string, string>();
    const suspectsOf = (address: Address) => suspectsIn(world, address, atWork);
    return {
      seen(event) {
        switch (event.type) {
          case 'transition': {
            const { address, snapshot } = event.transition;
            const what = wakeProblem(snapshot) ?? hiddenReason(address, snapshot);
            if (what !== undefined) broken(`${address} is ${stateName(snapshot.value)}, and ${what}`);
            return;
          }
          case 'process.ended':
            suspicions = [];
            atWork.clear();
            return;
          case 'run.began':
            atWork.set(event.work.engine, event.work.ticket);
            return;
          case 'run.ended':
            if (atWork.get(event.work.engine) === event.work.ticket) atWork.delete(event.work.engine);
            return;
          default:
        }
      },
      atRest() {
        if (suspicions.length === 0 && world.now() < nextLook) return;
        if (!world.isReady() || !world.storeWorks()) {
          suspicions = [];
          return;
        }
        const awake = world.monotonicNow();
        suspicions = suspicions.filter((suspicion) => {
          const same = suspectsOf(suspicion.address).find(({ ticket }) => ticket === suspicion.ticket);
          if (same && awake >= suspicion.until) broken(`${suspicion.address}: ${same.what}`);
          return same !== undefined && awake < suspicion.until;
        });
        if (world.now() < nextLook) return;
        nextLook = world.now() + lookEveryMs;
        const addresses = world.addresses();
        const until = awake + patienceMs + patiencePerActorMs * addresses.length;
        const known = new Set(suspicions.map(({ ticket }) => ticket));
        for (const address of addresses) {
          for (const suspect of suspectsOf(address)) {
            if (!known.has(suspect.ticket)) suspicions.push({ address, ...suspect, until });
          }
        }
      },
    };
  },
};

function wakeProblem(snapshot: DurableSnapshot): string | undefined {
  const { timers, effects, status } = snapshot;
  for (const id in timers) {
    if (!Number.isFinite(timers[id]?.dueAt)) return `its timer '${id}' is due at ${timers[id]?.dueAt}`;
    return undefined;
  }
  for (const _ in effects) return undefined;
  if (status === 'done' || snapshot.hasTag('rest' as never) || snapshot.hasTag('waitsForHuman' as never))
    return undefined;
  return 'has neither a timer nor an effect, does not rest, and waits for no person';
}

/** What is waited for has to be said. */
function hiddenReason(address: Address, { value, context }: DurableSnapshot): string | undefined {
  const state = stateName(value);
  const { hold, failure, reason } = context as Partial<EngineContext> & { reason?: string | null };
  if (address.startsWith('engine/')) {
    if (state.startsWith('held') && !hold?.reason) return 'does not say why';
    if ((state === 'backoff' || state === 'halted') && !failure?.message) return 'does not say what went wrong';
  }
  if (address.startsWith('breaker/') && state === 'open' && !reason) return 'does not say why';
  if (address.startsWith('quota/') && state === 'exhausted' && !reason) return 'does not say why';
  return undefined;
}

function suspectsIn(
  world: WatchedWorld,
  address: Address,
  atWork: ReadonlyMap<string, string>,
): { what: string; ticket: string }[] {
  const found = world.standOf(address);
  if (!found || found.halted) return [];
  const { timers, effects } = found.stand;
  const now = world.wallNow();
  const suspects: { what: string; ticket: string }[] = [];
  for (const id in timers) {
    const { ticket, dueAt } = timers[id] as { ticket: string; dueAt: number };
    if (dueAt >= now) continue;
    suspects.push({
      ticket: `timer ${id} ${ticket}`,
      what: `its timer '${id}' was due at ${new Date(dueAt).toISOString()} and has not rung`,
    });
  }
  if (!address.startsWith('engine/')) return suspects;
  const { hold } = found.stand.context as unknown as EngineContext;
  const clearance = effects.clearance;
  if (clearance && hold?.kind === 'actor' && isMet(world, hold.address, hold.tag)) {
    const what = `it waits for ${hold.address}, which it need not wait for any more`;
    suspects.push({ ticket: `wait ${clearance.ticket} ${world.standOf(hold.address as Address)?.stand.value}`, what });
  }
  const run = effects.run;
  if (run && atWork.get(address.slice('engine/'.length)) !== run.ticket && !world.waitsInLine(address)) {
    suspects.push({ ticket: `effect run ${run.ticket}`, what: 'its record says that a run is at work, and nobody is' });
  }
  return suspects;
}

/** By the tag that is waited for, the states that let everybody through. Those who wait for a probe are let go one by one. */
const open: Readonly<Record<string, readonly string[]>> = {
  admitting: ['closed'],
  usable: ['fresh', 'lasting'],
  available: ['available'],
};

function isMet(world: WatchedWorld, address: string, tag: string): boolean {
  const found = world.standOf(address as Address);
  return found !== undefined && !found.halted && (open[tag] ?? []).includes(stateName(found.stand.value));
}
