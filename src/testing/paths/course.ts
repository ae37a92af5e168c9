/**
 * The course of an attempt: its acts, one after the other, with what each of them asks of the charts and tells them.
 */
import type { EventObject } from 'xstate';
import type { BreakerContext } from '../../machines/breaker.ts';
import type { QuotaContext } from '../../machines/quota.ts';
import type { TokenContext } from '../../machines/token.ts';
import type { EngineContext } from '../../policies/engine.ts';
import type { Failure } from '../../policies/failure.ts';
import type { Act } from './attempt.ts';
import { type Call, closedTo, shutTo, unusable } from './door.ts';
import type { Point } from './plan.ts';
import { leftOut } from './skipping.ts';
import { contextOf, engineOf, type Grounds, type Stand, type Work } from './stand.ts';
import { ended, told } from './telling.ts';

/** The next act of the attempt under way happens. */
export function acted(stand: Stand, grounds: Grounds, act: Act): Stand {
  const closed = closedTo(stand, grounds.config);
  if (closed) return ended(stand, grounds, engineOf, 'run', { error: closed });
  const work = stand.work as Work;
  const on: Stand = { ...stand, work: { ...work, next: work.next + 1, at: stand.now } };
  switch (act.kind) {
    case 'call':
      return called(stand, on, grounds, act);
    case 'answered': {
      const breaker = `breaker/${act.service}`;
      const { epoch } = contextOf<BreakerContext>(on, breaker);
      const { id, ms: durationMs, failure, late } = act;
      const event = failure
        ? { type: 'call.failed', epoch, id, durationMs, failure, ...(late && { late }) }
        : { type: 'call.succeeded', epoch, id, durationMs };
      const heard = told(on, grounds, breaker, event as EventObject);
      return failure ? heard : answeredAgain(heard, grounds, act.service);
    }
    case 'told': {
      const { until, version, ...event } = act.event as EventObject & { until?: number; version?: number };
      const current = contextOf<TokenContext>(on, act.address);
      return told(on, grounds, act.address, {
        ...event,
        ...(until !== undefined && { until: until + on.now }),
        ...(version !== undefined && { version: current.version }),
      } as EventObject);
    }
    case 'kept':
      return kept(on, grounds, act);
    case 'program':
      return on;
    case 'done':
      return ended(on, grounds, engineOf, 'run', { output: act.output });
    case 'failed': {
      const failure = asProbed(on, act.failure);
      return leftOut(on, grounds, failure, failure.step) ?? ended(on, grounds, engineOf, 'run', { error: failure });
    }
    default:
      return act satisfies never;
  }
}

/** A token that was waited for can be used again, or its time is over. */
export function waited(stand: Stand, grounds: Grounds, inTime: boolean): Stand {
  const { work } = stand;
  if (!work?.waitsFor) return stand;
  const { token } = work.waitsFor;
  const free: Stand = { ...stand, work: { ...work, waitsFor: null, at: stand.now } };
  return inTime ? free : notLetOut(free, grounds, unusable(free, token, work.acts[work.next]));
}

function called(stand: Stand, on: Stand, grounds: Grounds, act: Call): Stand {
  const { service, id } = act;
  const { token, timeoutMs = 0 } = grounds.config.services.get(service) ?? {};
  const asked = token === undefined ? stand : renewed(stand, grounds, token);
  const shut = shutTo(asked, grounds.config, act);
  if (shut?.waits && token !== undefined) {
    const work = asked.work as Work;
    return { ...asked, work: { ...work, waitsFor: { token, until: asked.now + timeoutMs } } };
  }
  if (shut) return notLetOut(asked, grounds, shut.failure);
  const breaker = `breaker/${service}`;
  const { epoch } = contextOf<BreakerContext>(on, breaker);
  const permitted = told(on, grounds, breaker, { type: 'call.started', epoch, id } as EventObject);
  return told(permitted, grounds, `quota/${service}`, { type: 'quota.take' });
}

/** Who finds a token too old to use does not wait for the timer that should have renewed it. */
function renewed(stand: Stand, grounds: Grounds, token: string): Stand {
  const isGood = stand.actors[`token/${token}`]?.can({ type: 'token.use', at: stand.now } as never);
  return isGood ? stand : told(stand, grounds, `token/${token}`, { type: 'token.renew' });
}

/** A call was not let out: the step is left out, the job goes on otherwise, or the attempt fails. */
function notLetOut(stand: Stand, grounds: Grounds, failure: Failure): Stand {
  const work = stand.work as Work;
  const act = work.acts[work.next];
  const step = act?.step ?? undefined;
  const without = leftOut(stand, grounds, failure, step);
  if (without) return without;
  const other = act?.kind === 'call' ? otherwise(work, grounds, act.point) : undefined;
  if (other) return { ...stand, work: { ...other, at: stand.now } };
  return ended(stand, grounds, engineOf, 'run', { error: step === undefined ? failure : { ...failure, step } });
}

/** What the job does when that call fails, where it does something about it: as of a fault after which it ended well. */
function otherwise(work: Work, { learnt }: Grounds, point: Point): Work | undefined {
  for (const name of ['reset before it was processed', '503', 'DNS failure']) {
    const mishaps = [...work.mishaps, `${point.key}=${name}`];
    const attempt = learnt.attempt(mishaps);
    if (attempt?.acts.at(-1)?.kind !== 'done') continue;
    const { acts } = attempt;
    const call = acts.findIndex((act) => act.kind === 'call' && act.point.key === point.key);
    const next = acts.findIndex((act, n) => n > call && act.kind !== 'answered' && act.kind !== 'told');
    return { ...work, mishaps, acts, next };
  }
  return undefined;
}

/** A service that had refused calls because of its quota answers again. */
function answeredAgain(stand: Stand, grounds: Grounds, service: string): Stand {
  const { refusedSince } = contextOf<QuotaContext>(stand, `quota/${service}`);
  return typeof refusedSince === 'number'
    ? told(stand, grounds, `quota/${service}`, { type: 'quota.answered' })
    : stand;
}

function kept(stand: Stand, grounds: Grounds, act: Extract<Act, { kind: 'kept' }>): Stand {
  const { run } = contextOf<EngineContext>(stand, engineOf);
  const { type, step = '' } = act.event;
  if (type === 'step.begun' && run?.begun.includes(step)) {
    const message = `the step '${step}' was cut off`;
    return ended(stand, grounds, engineOf, 'run', { error: { class: 'bug', code: 'STEP_INTERRUPTED', message } });
  }
  return told(stand, grounds, engineOf, act.event);
}

/** A probe that fails in passing says that its service is down still; in a rehearsal, the same failure was the first one. */
function asProbed(stand: Stand, failure: Failure): Failure {
  const breaker = failure.service === undefined ? undefined : stand.actors[`breaker/${failure.service}`];
  if (!breaker || failure.class !== 'recoverable') return failure;
  const { failedProbes } = breaker.context as unknown as BreakerContext;
  return breaker.value !== 'closed' && failedProbes > 0 ? { ...failure, class: 'degraded' } : failure;
}
