/**
 * An actor as people are shown it: where it stands, why, and what happens next. Made from a living actor's
 * snapshot or from its record alike.
 */
import type { Host } from '../actors/host.ts';
import type { Json } from '../json.ts';
import type { IncidentContext } from '../machines/incident.ts';
import { type Condition, conditionOf } from '../policies/condition.ts';
import type { EngineContext, LastRun } from '../policies/engine.ts';
import type { Failure } from '../policies/failure.ts';
import { reboot } from '../policies/schedule.ts';
import { stateName } from '../policies/state-name.ts';
import { todoOf } from '../policies/todo.ts';
import type { Trouble } from '../policies/trouble.ts';
import type { Address } from '../stream.ts';

export interface ActorView {
  kind: string;
  id: string;
  /** As in `held.forActor`; both kinds of idle are plain `idle`. */
  state: string;
  /** The earliest deadline, epoch ms; null when only an event can wake it. */
  wakesAt: number | null;
  /** What it waits for besides time: the names of its effects, or the actor it is held by. */
  waitsFor: string[];
  /** Why it stands there, or what went wrong last. */
  reason: string | null;
  /** What a person must do; null when it needs nobody. */
  todo: string | null;
  /** It stands still until a person acts: by its own chart, or because it was given up. */
  halted: boolean;
  /** The host gave it up; a person has to reset it. */
  givenUp: boolean;
  /** It has nothing to say: a list for people may leave it out. */
  quiet: boolean;
  /** `degraded`: steps that were left out; `odd`: in what it was far from usual; `abandoned`: what did not stop when told to. */
  lastRun: LastRun | null;
  /** Of an engine: in how far somebody has to look at it. */
  condition?: Condition;
  /** Of a token: until when it is good, epoch ms; null when it lasts, or there is none. */
  expiresAt?: number | null;
  /** What an incident is about, while it stands. */
  incident?: Trouble & { since: number; occurrence: number };
}

/** What a view is made from: the common part of snapshots and records. */
export interface Stand {
  value: unknown;
  context: unknown;
  timers: Readonly<Record<string, { dueAt: number }>>;
  effects: Readonly<Record<string, unknown>>;
}

type AnyContext = Partial<EngineContext> & { failure?: Failure | null; reason?: Json; expiresAt?: number | null };

/** A living actor, with the tags of its state: `waitsForHuman` says that a person has to act. */
export function viewOf(host: Host, address: Address): ActorView & { tags: string[] } {
  const { snapshot, halted, waits } = host.status(address);
  const view = actorView(address, snapshot, halted);
  return { ...view, reason: waits ?? view.reason, tags: [...(snapshot.tags as Iterable<string>)] };
}

export function actorView(address: string, stand: Stand, halted: { reason: string } | null): ActorView {
  const slash = address.indexOf('/');
  const kind = address.slice(0, slash);
  const { last = null, expiresAt = null } = stand.context as AnyContext;
  const deadlines = Object.values(stand.timers).map(({ dueAt }) => dueAt);
  const state = stateName(stand.value).replace(/^idle\..*/, 'idle');
  const isHalted = halted !== null || state === 'halted';
  const standing = incidentOf(address, state, stand);
  return {
    kind,
    id: address.slice(slash + 1),
    state: halted ? `halted (in ${state})` : state,
    wakesAt: deadlines.length > 0 ? Math.min(...deadlines) : null,
    waitsFor: waitsFor(state, stand),
    reason: halted?.reason ?? incidentReason(address, stand) ?? reasonOf(state, stand.context as AnyContext),
    todo: standing.incident?.todo ?? todoOf(address, state, halted !== null),
    halted: isHalted,
    givenUp: halted !== null,
    quiet: isQuiet(address, state, stand.context),
    lastRun: last,
    ...(kind === 'engine' && { condition: conditionOf({ state, halted: isHalted, lastRun: last }) }),
    ...(kind === 'token' && { expiresAt }),
    ...standing,
  };
}

function waitsFor(state: string, { context, effects }: Stand): string[] {
  const { hold, settings } = context as AnyContext;
  if (hold?.kind === 'actor') return [hold, ...(hold.or ?? [])].map(({ address }) => address);
  if (state === 'idle' && settings?.after === reboot) return ['a start of the machine'];
  if (state === 'idle' && settings?.after !== undefined) return [`engine/${settings.after}`];
  return Object.keys(effects);
}

function incidentOf(address: string, state: string, { context }: Stand): Pick<ActorView, 'incident'> {
  const { trouble, since = 0, occurrence = 0 } = context as Partial<IncidentContext>;
  if (!address.startsWith('incident/') || !trouble || !/^(open|acknowledged)/.test(state)) return {};
  return { incident: { ...trouble, since, occurrence } };
}

function incidentReason(address: string, { context }: Stand): string | null {
  const { trouble, failure } = context as Partial<IncidentContext>;
  if (!address.startsWith('incident/') || !trouble) return null;
  return `${trouble.title}: ${trouble.what}${failure ? ` (an alert did not get out: ${failure.message})` : ''}`;
}

/** Every service has a quota, and may have had an incident; most of them are never heard of. */
function isQuiet(address: string, state: string, context: unknown): boolean {
  if (address.startsWith('incident/')) return state === 'resolved';
  if (address.startsWith('heartbeat/')) return state !== 'missing';
  const { settings } = context as { settings?: { limit?: number | null } };
  return address.startsWith('quota/') && state === 'available' && settings?.limit === null;
}

function reasonOf(state: string, { run, hold, failure, failures = 0, settings, reason }: AnyContext): string | null {
  if (hold) return hold.reason;
  if (typeof reason === 'string') return reason;
  // Paused it is by hand, whatever went wrong before.
  if (!failure || state === 'paused') return null;
  const { message, place } = failure;
  const text = place ? `${message} (${place})` : message;
  if (run && state === 'running') return `attempt ${run.attempt}, after: ${text}`;
  const tooMany = state === 'halted' && failures > 1 && failures >= (settings?.maxFailures ?? Number.POSITIVE_INFINITY);
  return tooMany ? `${failures} failures in a row; the last one: ${text}` : text;
}
