/**
 * Guarded calls: what stands between a job and a service.
 *
 * In this order: a usable token is waited for, if the service has one; the breaker is asked for a permit, and the quota
 * for room; the token is asked once more, for it may have expired meanwhile; token and breaker are looked at, for every
 * answer waits for the disk; the call is made, with a limit on its time; its outcome goes back to the breaker, and what it
 * says of a quota to that. Nothing leaves the process that the three charts have not allowed.
 *
 * A probe that fails says only that the service is down yet, which was known: its run waits for the breaker again, as all
 * the others do, and no attempt of it is used up.
 */
import type { Clock } from '../../clock.ts';
import type { ServiceConfig, TokenConfig } from '../../config/config.ts';
import type { CallScope, FetchInit, ServiceClient } from '../../config/run-scope.ts';
import type { BreakerContext, BreakerEvent, Permit } from '../../machines/breaker.ts';
import type { QuotaContext, QuotaEvent } from '../../machines/quota.ts';
import type { TokenContext, TokenEvent } from '../../machines/token.ts';
import { answerHeaders } from '../../policies/answer-headers.ts';
import { ClassifiedError, type Failure } from '../../policies/failure.ts';
import { quotaHeaders } from '../../policies/quota-headers.ts';
import { grantedMs } from '../../policies/retry-after.ts';
import type { Address, CallMade } from '../../stream.ts';
import type { HeardQuotas } from '../heard-quotas.ts';
import { type EffectScope, gaveWay } from '../host.ts';
import type { TokenSecrets } from '../token-secrets.ts';
import { type CallNotes, httpCall } from './http-call.ts';
import { nextCallKey } from './step-place.ts';
import { withTimeout } from './with-timeout.ts';

export interface CallPorts {
  clock: Clock;
  secrets: TokenSecrets;
  tokens: ReadonlyMap<string, TokenConfig>;
  fetch: typeof fetch;
  heard: HeardQuotas;
  /** Hears of each call that a service answers. */
  answered?: (service: string) => void;
  /** Hears of each call that has ended, well or not. */
  called?: (call: CallMade) => void;
}

/** What a service answers when a quota is spent. A 503 speaks of the service: that is for the breaker. */
const refusals = [403, 429];

/** A call, and whom it tells of what it learns on the way. */
export type GuardedWork<T> = (call: CallScope, notes: CallNotes) => Promise<T>;

/** A client that tells the work what the guard wants to hear. */
export interface GuardedClient extends ServiceClient {
  call<T>(work: GuardedWork<T>): Promise<T>;
}

/** The client of one service for one start of one run. */
export function guardedService(service: ServiceConfig, scope: EffectScope, ports: CallPorts): GuardedClient {
  return {
    call: (work) => guardedCall(service, nextCallKey(), scope, ports, work),
    fetch: (path, init) => guardedFetch(service, nextCallKey(), scope, ports, path, init),
  };
}

export function guardedFetch(
  service: ServiceConfig,
  idempotencyKey: string,
  scope: EffectScope,
  ports: CallPorts,
  path: string,
  init: FetchInit = {},
  refreshing: Refreshing = 'wait',
): Promise<Response> {
  const work: GuardedWork<Response> = (call, notes) => httpCall(service, call, notes, ports, path, init);
  return guardedCall(service, idempotencyKey, scope, ports, work, refreshing);
}

/** What a call does while its token is being refreshed: it waits, or it goes elsewhere at once. */
export type Refreshing = 'wait' | 'pass';

/** @param idempotencyKey the same for every attempt of this call */
export async function guardedCall<T>(
  service: ServiceConfig,
  idempotencyKey: string,
  scope: EffectScope,
  ports: CallPorts,
  work: GuardedWork<T>,
  refreshing: Refreshing = 'wait',
): Promise<T> {
  const { name, token } = service;
  if (token !== undefined) await usable(token, service, scope, ports, refreshing);
  const permit = await permitted(service, idempotencyKey, scope);
  const breaker: Address = `breaker/${service.name}`;
  const startedAt = ports.clock.monotonic();
  let version = 0;
  const failureOf = (error: unknown, late?: true): Failure => {
    const failure = { ...scope.explain(error), service: service.name };
    const durationMs = ports.clock.monotonic() - startedAt;
    scope.tell(breaker, { type: 'call.failed', ...permit, durationMs, failure, ...(late && { late }) } as BreakerEvent);
    if (!late) ports.called?.({ service: name, durationMs, failure });
    noteRefusal(service, failure, scope, ports);
    return isDownYet(failure, breaker, scope) ? { ...failure, class: 'degraded' } : failure;
  };
  let hasHeaders = false;
  const hear = (headers: Headers | undefined) => {
    hasHeaders = true;
    if (headers) noteQuota(service, headers, scope, ports);
  };
  const notes: CallNotes = {
    headers: hear,
    failedLate: (error) =>
      scope.signal.aborted ? (error as Error) : new ClassifiedError(failureOf(error, true), { cause: error }),
  };
  try {
    if (!(await hasRoom(service, scope, ports))) throw new NotCalled(usedUp(service, scope));
    const authorization = token === undefined ? undefined : await authorised(token, service, scope, ports);
    version = authorization?.version ?? 0;
    if (scope.look(breaker).context.epoch !== permit.epoch) throw new NotCalled(shut(service, scope));
    const result = await withTimeout(
      ports.clock,
      scope.signal,
      service.timeoutMs,
      `${service.name}: the call`,
      (signal) =>
        work(
          { service: name, signal, idempotencyKey, ...(authorization && { authorization: authorization.headers }) },
          notes,
        ),
    );
    const durationMs = ports.clock.monotonic() - startedAt;
    scope.tell(breaker, { type: 'call.succeeded', ...permit, durationMs } as BreakerEvent);
    if (!hasHeaders) hear(answerHeaders(result));
    noteAnswered(service, scope);
    ports.answered?.(name);
    ports.called?.({ service: name, durationMs, failure: null });
    return result;
  } catch (error) {
    if (scope.signal.aborted || error instanceof NotCalled) {
      scope.tell(breaker, { type: 'call.abandoned', ...permit } as BreakerEvent);
      throw error;
    }
    const failure = failureOf(error);
    if (failure.class === 'critical' && token !== undefined) {
      await scope.ask(`token/${token}`, { type: 'token.rejected', version } as TokenEvent);
      throw new ClassifiedError({ ...failure, token }, { cause: error });
    }
    throw new ClassifiedError(failure, { cause: error });
  }
}

/** Whether a failure comes while the breaker is open because of probes: it was one, or has taken longer than one. */
function isDownYet(failure: Failure, breaker: Address, scope: EffectScope): boolean {
  const { value, context } = scope.look(breaker);
  const { failedProbes } = context as unknown as BreakerContext;
  return failure.class === 'recoverable' && value !== 'closed' && failedProbes > 0;
}

/** Where nothing limits a call there is nothing to take, and asking would change nothing. */
async function hasRoom(service: ServiceConfig, scope: EffectScope, { clock, heard }: CallPorts): Promise<boolean> {
  const { value, context } = scope.look(quotaOf(service));
  const { settings, told } = context as unknown as QuotaContext;
  const few = told === null ? heard.take(service.name, clock.now()) : null;
  if (few) scope.tell(quotaOf(service), { type: 'quota.told', ...few } as QuotaEvent);
  else if (value === 'available' && settings.limit === null && told === null) return true;
  return scope.ask(quotaOf(service), { type: 'quota.take' });
}

function quotaOf({ name }: ServiceConfig): Address {
  return `quota/${name}`;
}

function usedUp({ name }: ServiceConfig, scope: EffectScope): Failure {
  const { reason } = scope.look(`quota/${name}`).context as unknown as QuotaContext;
  const message = `${name}: its quota lets no call through${reason ? ` (${reason})` : ''}.`;
  return { class: 'degraded', code: 'QUOTA_EXHAUSTED', message, service: name, quota: name };
}

/** An answer that says how much is left. While there is plenty, and nothing else is known, the quota need not hear of it. */
function noteQuota(service: ServiceConfig, headers: Headers, scope: EffectScope, { clock, heard }: CallPorts) {
  const at = clock.now();
  const { remaining, resetMs, limit, lengthMs } = quotaHeaders(headers, at);
  if (remaining === undefined || resetMs === undefined) return;
  const answer = {
    left: Math.floor(remaining),
    until: at + grantedMs(resetMs),
    ...(limit !== undefined && { limit }),
    ...(lengthMs !== undefined && { lengthMs }),
  };
  const { told } = scope.look(quotaOf(service)).context as unknown as QuotaContext;
  if (heard.note(service.name, answer, at) && told === null) return;
  scope.tell(quotaOf(service), { type: 'quota.told', ...answer } as QuotaEvent);
}

/** A refusal that names its end, or says that a quota is used up: until then, nobody need ask. */
function noteRefusal(service: ServiceConfig, failure: Failure, scope: EffectScope, { clock }: CallPorts) {
  const { status, retryAfterMs, quotaSpent: spent } = failure;
  if (!refusals.includes(status ?? 0)) return;
  // A 429 that says nothing more may be over in a moment.
  if (retryAfterMs)
    scope.tell(quotaOf(service), { type: 'quota.refused', until: clock.now() + retryAfterMs } as QuotaEvent);
  else if (spent === 'period' || (spent && status === 403))
    scope.tell(quotaOf(service), { type: 'quota.refused', spent } as QuotaEvent);
}

/** A service that has refused calls, and answers again. One that is well costs no write for it. */
function noteAnswered(service: ServiceConfig, scope: EffectScope) {
  const { refusedSince } = scope.look(quotaOf(service)).context as unknown as QuotaContext;
  if (typeof refusedSince === 'number') scope.tell(quotaOf(service), { type: 'quota.answered' } as QuotaEvent);
}

/** The token, the quota or the breaker turned out to say no when the permit had been given already. */
class NotCalled extends ClassifiedError {}

/** Waits for a refresh under way; anything else that keeps the token from being used is for the engine to wait for. */
async function usable(
  token: string,
  service: ServiceConfig,
  scope: EffectScope,
  ports: CallPorts,
  refreshing: Refreshing,
) {
  const address: Address = `token/${token}`;
  if (await scope.ask(address, { type: 'token.use' })) return;
  // A timer that is late, as just after an outage, must not keep a token that nobody may use.
  await scope.ask(address, { type: 'token.renew' });
  // Each answer waits for the disk: a refresh under way may have ended meanwhile.
  if (scope.look(address).can({ type: 'token.use', at: ports.clock.now() } as never)) return;
  if (refreshing === 'wait' && scope.look(address).value === 'refreshing') {
    const waited = withTimeout(ports.clock, scope.signal, service.timeoutMs, `${service.name}: the token`, (signal) =>
      scope.until(address, 'usable', signal),
    );
    const inTime = await waited.then(
      () => true,
      (error) => {
        scope.signal.throwIfAborted();
        if (gaveWay(scope, error)) throw error;
        return false;
      },
    );
    if (inTime) return;
  }
  throw new ClassifiedError(unusable(token, service, scope));
}

async function authorised(token: string, service: ServiceConfig, scope: EffectScope, ports: CallPorts) {
  const address: Address = `token/${token}`;
  // Read before it is asked for: the newest version on disk is the one the chart knows, or newer.
  const headers = await ports.secrets.headers(ports.tokens.get(token) as TokenConfig);
  const { version } = scope.look(address).context as unknown as TokenContext;
  const allowed = await scope.ask(address, { type: 'token.use' });
  const stillAllowed = scope.look(address).can({ type: 'token.use', at: ports.clock.now() } as never);
  if (headers && allowed && stillAllowed) return { headers, version };
  // The chart knows of one that the vault does not have any more: another has to be fetched.
  if (!headers) await scope.ask(address, { type: 'token.rejected', version } as TokenEvent);
  throw new NotCalled(unusable(token, service, scope));
}

function unusable(token: string, service: ServiceConfig, scope: EffectScope): Failure {
  const snapshot = scope.look(`token/${token}`);
  const { failure } = snapshot.context as unknown as TokenContext;
  const needsHuman = snapshot.hasTag('waitsForHuman' as never);
  return {
    class: needsHuman ? 'shared' : 'degraded',
    code: 'TOKEN_UNUSABLE',
    message: `${service.name}: the token '${token}' is ${String(snapshot.value)}${failure ? ` (${failure.message})` : ''}.`,
    service: service.name,
    token,
  };
}

async function permitted(service: ServiceConfig, id: string, scope: EffectScope): Promise<Permit> {
  const breaker: Address = `breaker/${service.name}`;
  const { epoch } = scope.look(breaker).context as unknown as BreakerContext;
  const permit = { epoch, id };
  if (await scope.ask(breaker, { type: 'call.started', ...permit } as BreakerEvent)) return permit;
  throw new ClassifiedError(shut(service, scope));
}

function shut({ name }: ServiceConfig, scope: EffectScope): Failure {
  const { reason } = scope.look(`breaker/${name}`).context as unknown as BreakerContext;
  const message = `${name}: its breaker lets no call through${reason ? ` (${reason})` : ''}.`;
  return { class: 'degraded', code: 'BREAKER_OPEN', message, service: name };
}
