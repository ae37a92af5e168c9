/**
 * How a service of a simulated world behaves when nothing goes wrong: it asks for a valid token, allows as many calls as its
 * quota says, and answers.
 */
import type { ServiceConfig, TokenConfig } from '../../config/config.ts';
import { nextMatch } from '../../policies/cron.ts';
import type { QuotaSettings } from '../../policies/settings.ts';
import type { Authority } from './authority.ts';
import { answer, type Handler, type WorldRequest } from './network.ts';

/** What a service saw that it should not have. */
export type Offence = 'past quota' | 'expired token';

export interface ServiceModelPorts {
  tokens: ReadonlyMap<string, TokenConfig>;
  authority: Authority;
  offended: (offence: Offence, request: WorldRequest, detail: string) => void;
}

/** @param answers what the service says to a call that it takes. Default: 200 and an empty object */
export function serviceModel(
  service: ServiceConfig,
  { tokens, authority, offended }: ServiceModelPorts,
  answers: Handler = () => answer(200, {}),
): Handler {
  const allowance = service.quota.limit === null ? undefined : new Allowance(service.quota, service.quota.limit);
  return (request, at) => {
    const token = service.token === undefined ? undefined : tokens.get(service.token);
    if (token && token.source.grant !== 'static') {
      const issued = authority.issued(request.headers);
      if (!issued || issued.isRevoked) return answer(401, { error: 'invalid_token' });
      if (at >= issued.expiresAt) {
        // What expires on the way was not known to be expired when it was sent.
        if (request.sentAt >= issued.expiresAt)
          offended('expired token', request, `version ${issued.version} of ${issued.token}`);
        return answer(401, { error: 'invalid_token' });
      }
    }
    const waitMs = allowance?.take(at) ?? 0;
    if (waitMs > 0) {
      offended('past quota', request, `${service.quota.limit} per ${service.quota.per}`);
      return answer(429, { error: 'quota exceeded' }, { 'retry-after': String(Math.ceil(waitMs / 1_000)) });
    }
    return answers(request, at);
  };
}

/** Counts calls as the service does: in the period that ends now, or since the quota was filled up. */
class Allowance {
  readonly #quota: QuotaSettings;
  readonly #limit: number;
  #calls: number[] = [];
  #resetsAt = 0;

  constructor(quota: QuotaSettings, limit: number) {
    this.#quota = quota;
    this.#limit = limit;
  }

  /** @returns how long to wait before there is room, in milliseconds; 0 when the call was counted */
  take(at: number): number {
    const { resets, periodMs } = this.#quota;
    if (resets && at >= this.#resetsAt) {
      this.#calls = [];
      this.#resetsAt = nextMatch(resets.expression, resets.timeZone, at) ?? at + periodMs;
    }
    if (!resets) {
      const since = at - periodMs;
      const kept = this.#calls.findIndex((call) => call > since);
      this.#calls.splice(0, kept === -1 ? this.#calls.length : kept);
    }
    if (this.#calls.length < this.#limit) {
      this.#calls.push(at);
      return 0;
    }
    return resets ? this.#resetsAt - at : (this.#calls[0] ?? at) + periodMs - at;
  }
}
