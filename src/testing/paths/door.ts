/**
 * The door: what is asked before a step begins (its window), and what a guarded call asks of the charts before it goes out, in its
 * order: the token, the breaker, the quota.
 *
 * It is written down here a second time, so that a host which asks less, or in another order, is found out.
 */
import type { Config } from '../../config/config.ts';
import type { BreakerContext } from '../../machines/breaker.ts';
import type { Failure } from '../../policies/failure.ts';
import { closedCode } from '../../policies/hold.ts';
import { isOpen, nextOpening } from '../../policies/window.ts';
import type { Act } from './attempt.ts';
import { contextOf, type Stand } from './stand.ts';

export type Call = Extract<Act, { kind: 'call' }>;

export interface Shut {
  failure: Failure;
  /** The token is being refreshed: the call waits for it, as long as its timeout is. */
  waits?: true;
}

/** Why the call does not go out; undefined when it does. */
export function shutTo(stand: Stand, { services }: Config, act: Call): Shut | undefined {
  const { service, id } = act;
  const { actors, now: at } = stand;
  const { token } = services.get(service) ?? {};
  if (token !== undefined) {
    const snapshot = actors[`token/${token}`];
    if (!snapshot?.can({ type: 'token.use', at } as never)) {
      const failure = unusable(stand, token, act);
      return snapshot?.value === 'refreshing' ? { failure, waits: true } : { failure };
    }
  }
  const breaker = actors[`breaker/${service}`];
  const { epoch } = contextOf<BreakerContext>(stand, `breaker/${service}`);
  if (breaker && !breaker.can({ type: 'call.started', epoch, id, at } as never)) {
    return {
      failure: { class: 'degraded', code: 'BREAKER_OPEN', message: `${service}: its breaker is open`, service },
    };
  }
  const quota = actors[`quota/${service}`];
  if (quota && !quota.can({ type: 'quota.take', at } as never)) {
    const message = `${service}: its quota is used up`;
    return { failure: { class: 'degraded', code: 'QUOTA_EXHAUSTED', message, service, quota: service } };
  }
  return undefined;
}

/** What a step fails with that would begin with the next act, but whose window is closed; undefined when it is open, or none begins. */
export function closedTo({ work }: Stand, { windows }: Config): Failure | undefined {
  const step = work?.acts[work.next]?.step;
  const window = step ? work?.windows.get(step) : undefined;
  if (!work || !step || window === undefined || work.acts[work.next - 1]?.step === step) return undefined;
  const hours = windows.get(window);
  if (!hours || isOpen(hours, work.at)) return undefined;
  const message = `the step '${step}' waits for the window '${window}', which is closed`;
  return { class: 'degraded', code: closedCode, message, step, window, until: nextOpening(hours, work.at) };
}

/** What a call fails with whose token cannot be used. */
export function unusable({ actors }: Stand, token: string, act: Act | undefined): Failure {
  const needsHuman = actors[`token/${token}`]?.hasTag('waitsForHuman' as never);
  const service = act?.kind === 'call' ? act.service : undefined;
  return {
    class: needsHuman ? 'shared' : 'degraded',
    code: 'TOKEN_UNUSABLE',
    message: `the token ${token} cannot be used`,
    token,
    ...(service !== undefined && { service }),
  };
}
