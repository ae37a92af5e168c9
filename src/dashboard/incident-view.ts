/**
 * Incidents as people are shown them: what stands, who waits for it, and what was over lately. Made from living actors or from
 * their records alike.
 */
import type { Host } from '../actors/host.ts';
import type { IncidentContext } from '../machines/incident.ts';
import { stateName } from '../policies/state-name.ts';
import { type Finding, type Trouble, troubleOf, unservedBy } from '../policies/trouble.ts';
import type { Stand } from './actor-view.ts';

export interface IncidentView extends Trouble {
  /** As in `breaker:shop`. */
  cause: string;
  /** As in `open.told`. */
  state: string;
  /** How often the cause has come. */
  occurrence: number;
  /** Epoch ms. */
  since: number;
  /** Epoch ms; null while it stands. */
  endedAt: number | null;
  /** Engines that wait for it, by name. */
  waiting: string[];
  /** Channels that were told of it. */
  informed: string[];
  reminders: number;
  /** When the next message is due, or the next try of one: epoch ms; null when none is. */
  nextAt: number | null;
  /** Why the present message has not got out everywhere; null when it has. */
  unsent: string | null;
}

/** An actor, as far as incidents are concerned. */
export interface Seen {
  address: string;
  stand: Stand;
  halted: { reason: string } | null;
}

/** What is over is shown for a week. */
const shownMs = 7 * 86_400_000;
const prefix = 'incident/';

/** Every actor of the host. Looking at them wakes nobody. */
export function seenOf(host: Host): Seen[] {
  return host.addresses().map((address) => {
    const { stand, halted } = host.standOf(address);
    return { address, stand, halted };
  });
}

/**
 * What stands, the urgent first and then the oldest; after that what was over within the last week, the latest first.
 *
 * @param at the present instant, epoch ms
 */
export function incidentViews(actors: readonly Seen[], at: number): IncidentView[] {
  const waiting = waitingByCause(actors);
  const views = actors.flatMap((actor) => viewOfIncident(actor, waiting, at) ?? []);
  const standing = views.filter(({ endedAt }) => endedAt === null).sort(urgentFirst);
  const over = views.filter(({ endedAt }) => endedAt !== null && at - endedAt < shownMs).sort(latestFirst);
  return [...standing, ...over];
}

function viewOfIncident(
  { address, stand }: Seen,
  waiting: ReadonlyMap<string, string[]>,
  at: number,
): IncidentView | undefined {
  if (!address.startsWith(prefix)) return undefined;
  const cause = address.slice(prefix.length);
  try {
    return readIncident(cause, stand, waiting);
  } catch (error) {
    return unreadableIncident(cause, String(error), at);
  }
}

function readIncident(cause: string, stand: Stand, waiting: ReadonlyMap<string, string[]>): IncidentView | undefined {
  const { trouble, occurrence, since, endedAt, informed, reminders, failure } = stand.context as IncidentContext;
  if (!trouble) return undefined;
  const deadlines = Object.values(stand.timers).map(({ dueAt }) => dueAt);
  return {
    cause,
    state: stateName(stand.value),
    ...trouble,
    occurrence,
    since,
    endedAt,
    waiting: endedAt === null ? (waiting.get(cause) ?? []) : [],
    informed,
    reminders,
    nextAt: deadlines.length > 0 ? Math.min(...deadlines) : null,
    unsent: failure?.message ?? null,
  };
}

/** What it is about nobody can tell, so it is taken for urgent. */
function unreadableIncident(cause: string, reason: string, at: number): IncidentView {
  return {
    cause,
    state: 'unreadable',
    severity: 'now',
    title: `the incident ${cause} cannot be shown`,
    what: `Its record is not what it is made from: ${reason}`,
    tried: null,
    todo: null,
    occurrence: 1,
    since: at,
    endedAt: null,
    waiting: [],
    informed: [],
    reminders: 0,
    nextAt: null,
    unsent: null,
  };
}

function waitingByCause(actors: readonly Seen[]): Map<string, string[]> {
  const waiting = new Map<string, string[]>();
  const stands = new Map(actors.map(({ address, stand }) => [address as string, stand]));
  for (const actor of actors) {
    const finding = findingOf(actor, stands);
    if (!finding || !('waits' in finding)) continue;
    const names = waiting.get(finding.cause) ?? [];
    names.push(actor.address.slice(actor.address.indexOf('/') + 1));
    waiting.set(finding.cause, names);
  }
  for (const names of waiting.values()) names.sort();
  return waiting;
}

/** null for one whose context cannot be read: it is shown as that where actors are listed, and keeps no incident from being shown. */
function findingOf({ address, stand, halted }: Seen, stands: ReadonlyMap<string, Stand>): Finding | null {
  try {
    const found = troubleOf(address, stand, halted?.reason ?? null);
    const engine = found && stands.get(address.replace(/^heartbeat\//, 'engine/'));
    return (address.startsWith('heartbeat/') && engine && unservedBy(engine)) || found;
  } catch {
    return null;
  }
}

function urgentFirst(a: IncidentView, b: IncidentView): number {
  return Number(b.severity === 'now') - Number(a.severity === 'now') || a.since - b.since;
}

function latestFirst(a: IncidentView, b: IncidentView): number {
  return (b.endedAt ?? 0) - (a.endedAt ?? 0);
}
