/**
 * An actor as the page shows it: what everybody is shown, with what its own kind adds. Looking at it wakes nobody.
 */
import type { Host } from '../actors/host.ts';
import type { BreakerContext } from '../machines/breaker.ts';
import type { QuotaContext } from '../machines/quota.ts';
import type { TokenContext } from '../machines/token.ts';
import { leftOf } from '../policies/budget.ts';
import { formatDuration } from '../policies/duration.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { Run } from '../policies/run.ts';
import { reboot } from '../policies/schedule.ts';
import type { EngineSettings } from '../policies/settings.ts';
import type { Address } from '../stream.ts';
import { type ActorView, actorView } from './actor-view.ts';

export interface PageView extends ActorView {
  /** When it came into its state, epoch ms; null when that was before the service started. */
  since: number | null;
  engine?: EngineFacts;
  breaker?: BreakerFacts;
  quota?: QuotaFacts;
  token?: TokenFacts;
}

export interface EngineFacts {
  /** What became of the latest runs, a letter to each: see `Mark`. null: they have not been read yet. */
  marks: string | null;
  /** Of those runs, ms; null before the first. */
  p95Ms: number | null;
  /** As in `every 5m`, `0 3 * * *` or `after import`; null for an engine that runs when it is triggered. */
  schedule: string | null;
  /** The next due time, epoch ms; null when none is known. */
  dueAt: number | null;
  /** The run under way. */
  run: RunFacts | null;
}

export interface RunFacts extends Pick<Run, 'id' | 'trigger' | 'dueAt' | 'startedAt' | 'attempt'> {
  /** Finished steps, in their order. */
  steps: string[];
}

export interface BreakerFacts extends Pick<BreakerContext, 'failedProbes' | 'openedAt'> {
  /** The latest calls, a letter to each: `s` succeeded, `f` failed, in capitals when slow. */
  recent: string;
}

export interface QuotaFacts {
  /** null when the service's own answers alone count. */
  limit: number | null;
  left: number | null;
  per: string;
}

/** The secret itself is in the vault, and comes nowhere near. */
export interface TokenFacts extends Pick<TokenContext, 'expiresAt' | 'obtainedAt' | 'failures'> {
  grant: string;
}

/** What is known of an actor besides where it stands. */
export interface Known {
  since: number | null;
  marks: string | null;
  p95Ms: number | null;
}

/** @param now epoch ms */
export function pageView(host: Host, address: Address, known: Known, now: number): PageView {
  const { stand, halted } = host.standOf(address);
  const view = actorView(address, stand, halted);
  // Who stands still may wait for its turn; the sleeping do not.
  const waits = view.state === 'running' ? host.status(address).waits : null;
  return {
    ...view,
    reason: waits ?? view.reason,
    since: known.since,
    ...factsOf(view.kind, stand.context, known, now),
  };
}

function factsOf(kind: string, context: unknown, known: Known, now: number): Partial<PageView> {
  switch (kind) {
    case 'engine':
      return { engine: engineFacts(context as EngineContext, known) };
    case 'breaker': {
      const { failedProbes, openedAt, recent } = context as BreakerContext;
      return { breaker: { failedProbes, openedAt, recent } };
    }
    case 'quota': {
      const { settings, spent } = context as QuotaContext;
      const left = settings.limit === null ? null : leftOf(spent, settings, now);
      return { quota: { limit: settings.limit, left, per: settings.per } };
    }
    case 'token': {
      const { settings, expiresAt, obtainedAt, failures } = context as TokenContext;
      return { token: { grant: settings.grant, expiresAt, obtainedAt, failures } };
    }
    default:
      return {};
  }
}

function engineFacts({ settings, due, run }: EngineContext, { marks, p95Ms }: Known): EngineFacts {
  return {
    marks,
    p95Ms,
    schedule: scheduleText(settings),
    dueAt: due?.at ?? null,
    run: run && {
      id: run.id,
      trigger: run.trigger,
      dueAt: run.dueAt,
      startedAt: run.startedAt,
      attempt: run.attempt,
      steps: Object.keys(run.steps),
    },
  };
}

function scheduleText({ after, schedule }: EngineSettings): string | null {
  if (after !== undefined) return after === reboot ? reboot : `after ${after}`;
  if (schedule?.kind === 'every') return `every ${formatDuration(schedule.everyMs)}`;
  return schedule?.kind === 'cron' ? schedule.expression : null;
}
