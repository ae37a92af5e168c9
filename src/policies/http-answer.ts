/**
 * What an HTTP answer other than a success means.
 *
 * - 401 asks for another token; a token server that means the client or the grant says so in the body.
 * - 403 is final, unless something speaks of a spent quota.
 * - 408, 425 and 429 are about the moment, and every 5xx is the service's own trouble. That goes for 501 and 505 as well:
 *   they come from proxies in the middle of a deployment too, and a run that tries in vain fails in the end.
 * - Any other 4xx says that the request is wrong, and will be when it is sent again.
 * - What is left was not expected by the job: a redirect that was not followed, a status that does not exist.
 *
 * @see RFC 9110, section 15
 */
import { oauthCodes } from './error-codes.ts';
import type { FailureClass } from './failure.ts';
import { quotaEvidence, spentBy } from './quota-evidence.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Verdict } from './verdict.ts';

export interface HttpAnswer {
  status: number;
  /** A `Headers`, or an object with names in any case. */
  headers: unknown;
  /** The body as text, whole or its beginning. It is searched for known reasons, and none of it is kept. */
  body?: string;
}

/** The first row that covers a status decides. */
export const statusRows: readonly { from: number; to: number; class: FailureClass; meaning: string }[] = [
  { from: 300, to: 399, class: 'bug', meaning: 'a redirect that nobody followed' },
  { from: 401, to: 401, class: 'critical', meaning: 'the token is missing, expired or refused' },
  { from: 403, to: 403, class: 'fatal', meaning: 'this is not allowed, and nothing speaks of a quota' },
  { from: 408, to: 408, class: 'recoverable', meaning: 'the request took too long' },
  { from: 425, to: 425, class: 'recoverable', meaning: 'the request came too early' },
  { from: 429, to: 429, class: 'recoverable', meaning: 'too many requests' },
  { from: 400, to: 499, class: 'bug', meaning: 'the request is wrong' },
  { from: 500, to: 599, class: 'recoverable', meaning: 'the service is in trouble' },
  {
    from: Number.NEGATIVE_INFINITY,
    to: Number.POSITIVE_INFINITY,
    class: 'bug',
    meaning: 'an answer that was not expected',
  },
];

/** @param at the instant of the answer, epoch ms */
export function judgeAnswer({ status, headers, body = '' }: HttpAnswer, at: number): Verdict {
  const oauth = oauthError(status, body);
  if (oauth !== undefined) return { ...oauth, status, ...wait(oauth.class, headers, at) };
  const evidence = status === 403 || status === 429 ? quotaEvidence(headers, body) : undefined;
  const quota = status === 403 ? evidence : undefined;
  const row = statusRows.find(({ from, to }) => status >= from && status <= to);
  const found = quota === undefined ? (row?.class ?? 'bug') : 'recoverable';
  const meaning = quota === undefined ? row?.meaning : `a quota is used up (${quota})`;
  return {
    class: found,
    code: `HTTP_${status}`,
    text: `the service answered ${status}: ${meaning}`,
    status,
    ...((quota !== undefined || status === 429) && { quotaSpent: spentBy(evidence) }),
    ...wait(found, headers, at),
  };
}

/** A token server's own word in the body. */
function oauthError(status: number, body: string): Pick<Verdict, 'class' | 'code' | 'text'> | undefined {
  const code = /"error"\s*:\s*"([a-z_]{1,50})"/.exec(body)?.[1];
  return code === undefined ? undefined : judgeOAuth(code, status);
}

/** What a 401 may mean besides a refused token. Any other word beside it is an API's, which wants a token. */
const aboutClientOrGrant = ['invalid_client', 'unauthorized_client', 'invalid_grant', 'invalid_token'];

/**
 * @param code as in `oauthCodes`
 * @param status of the answer, undefined when it is not known
 * @returns undefined for a word or a status that OAuth does not use so
 */
export function judgeOAuth(code: string, status?: number): Pick<Verdict, 'class' | 'code' | 'text'> | undefined {
  if (!Object.hasOwn(oauthCodes, code)) return undefined;
  if (status === 401 ? !aboutClientOrGrant.includes(code) : status !== undefined && status !== 400) return undefined;
  const answered = status === undefined ? 'the token server said' : `the service answered ${status} with`;
  return { class: oauthCodes[code] ?? 'bug', code, text: `${answered} ${code}` };
}

function wait(found: FailureClass, headers: unknown, at: number): { retryAfterMs?: number } {
  const ms = found === 'recoverable' ? retryAfterMs(headers, at) : undefined;
  return ms === undefined ? {} : { retryAfterMs: ms };
}
