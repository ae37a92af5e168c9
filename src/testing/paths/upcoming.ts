/**
 * What happens next, if nothing goes wrong: of all that is under way, what comes first.
 */
import type { EngineContext } from '../../policies/engine.ts';
import type { Awaited } from '../../policies/hold.ts';
import type { DurableSnapshot } from '../../stream.ts';
import { helpfulPerson } from '../world/alert-inbox.ts';
import type { Act } from './attempt.ts';
import { engineOf, type Grounds, type Stand } from './stand.ts';

export type Upcoming =
  | { kind: 'act'; at: number; act: Act }
  | { kind: 'timer'; at: number; actor: string; id: string }
  | { kind: 'refresh'; at: number; token: string }
  | { kind: 'clearance'; at: number; id: string; inVain: boolean }
  | { kind: 'waited'; at: number; inTime: boolean }
  | { kind: 'person'; at: number; token: string }
  | { kind: 'rest'; at: number; state: string }
  | { kind: 'trigger'; at: number };

type Input = Awaited & { unless?: string; until?: number };

const personMs = helpMs();
const troubleMs = 30_000;

export function upcoming(stand: Stand, grounds: Grounds): Upcoming | undefined {
  if (stand.isOver) return undefined;
  let first: Upcoming | undefined;
  for (const each of candidates(stand, grounds)) if (!first || each.at < first.at) first = each;
  // It rests in a state when nothing happens at the same instant.
  const { entered, now } = stand;
  if (entered !== null && (!first || first.at > now)) return { kind: 'rest', at: now, state: entered };
  return first;
}

function candidates(stand: Stand, { learnt, chance }: Grounds): Upcoming[] {
  const { now, actors, work } = stand;
  const all: Upcoming[] = [];
  const engine = actors[engineOf] as DurableSnapshot;
  for (const [actor, { timers, effects }] of Object.entries(actors)) {
    const token = actor.startsWith('token/') ? actor.slice('token/'.length) : undefined;
    for (const [id, { ticket }] of Object.entries(effects)) {
      if (token === undefined || id !== 'refresh') continue;
      const since = sinceOf(ticket, stand);
      all.push({ kind: 'refresh', at: since + learnt.refreshMs(token), token });
    }
    for (const [id, { dueAt }] of Object.entries(timers)) {
      all.push({ kind: 'timer', at: Math.max(dueAt, stand.noticesAt, now), actor, id });
    }
  }
  for (const [id, { input, ticket }] of Object.entries(engine.effects)) {
    if (id !== 'run') all.push(...clearance(stand, chance, id, input as Input, sinceOf(ticket, stand)));
  }
  for (const [token, since] of Object.entries(stand.needy)) all.push({ kind: 'person', at: since + personMs, token });
  if (work?.waitsFor) {
    const { token, until } = work.waitsFor;
    const isUsable = actors[`token/${token}`]?.hasTag('usable' as never);
    all.push({ kind: 'waited', at: isUsable ? now : until, inTime: isUsable === true });
  } else if (work) {
    const act = work.acts[work.next];
    if (act) all.push({ kind: 'act', at: Math.max(now, work.at + act.after), act });
  }
  const { due } = engine.context as unknown as EngineContext;
  if (!stand.hasBegun && due === null) all.push({ kind: 'trigger', at: now });
  return all;
}

/** Whoever waits goes on once what it waits for is so, spread out over a tenth of the time that it has waited. */
function clearance(
  { now, actors }: Stand,
  chance: number,
  id: string,
  { address, tag, or = [], unless, until }: Input,
  since: number,
): Upcoming[] {
  if (address.startsWith('trouble/')) return [{ kind: 'clearance', at: since + troubleMs, id, inVain: false }];
  const wished = [{ address, tag }, ...or];
  const isClear = wished.some((wish) => actors[wish.address]?.hasTag(wish.tag as never));
  if (isClear) {
    const spreadMs = chance * Math.min((now - since) / 10, 10_000);
    return [{ kind: 'clearance', at: now + Math.floor(spreadMs), id, inVain: false }];
  }
  const isVain = unless !== undefined && wished.some((wish) => actors[wish.address]?.hasTag(unless as never));
  const givesUpAt = isVain ? now : until;
  return givesUpAt === undefined ? [] : [{ kind: 'clearance', at: Math.max(givesUpAt, now), id, inVain: true }];
}

/** Since when an effect is under way, by the event that its ticket was made from; not from a later hour, once the clock is set back. */
export function sinceOf(ticket: string, { now, bornAt }: Stand): number {
  const instant = Number.parseInt(ticket.split('.')[0] ?? '', 36);
  return Math.min(Math.max(instant, bornAt), now);
}

function helpMs(): number {
  const plan = helpfulPerson({ kind: 'opened', cause: 'token:a', severity: 'now', title: '', what: '', todo: '' }, 0);
  return plan?.afterMs ?? 0;
}
