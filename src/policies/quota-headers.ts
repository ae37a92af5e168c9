/**
 * What an answer's headers tell about a quota: how much is left of it, when it is filled up again, and how much a whole window
 * of it allows.
 *
 * Services write this in many ways, and often speak of several windows at once: a second's and a month's, calls and
 * tokens. Read here are
 * - the IETF's drafts: `RateLimit-Limit`, `-Remaining` and `-Reset` (up to the sixth), `RateLimit: limit=10, remaining=2, reset=5`
 *   (the seventh), `RateLimit: "name";r=2;t=5` (since the eighth), and `RateLimit-Policy` beside any of them;
 * - the same with `X-` before it, as GitHub, Discord and many others have it, also as lists, one member for each window;
 * - `X-Rate-Limit-*`, as X has it;
 * - `X-RateLimit-Remaining-Requests` and `-Tokens` with their limit and reset, as OpenAI, Groq and Cerebras have it.
 *
 * @see IETF, draft-ietf-httpapi-ratelimit-headers, 03, 06, 07 and 10
 */
import { headerNumber, headerWaitMs } from './header-wait.ts';
import { peekHeader, peekHeaderNames } from './peek.ts';

/** One window of a quota, as far as an answer speaks of it. */
export interface QuotaHeaders {
  /** Calls that are left; undefined when the answer does not say. */
  remaining?: number;
  /** Milliseconds until it is filled up again; below zero for an instant in the past. */
  resetMs?: number;
  /** Calls that a whole window allows. */
  limit?: number;
  /** Length of a whole window, in milliseconds. */
  lengthMs?: number;
}

/**
 * The window with the least left; of two with equally little, the one that ends last.
 *
 * @param headers in any shape
 * @param at the instant of the answer, epoch ms, from which dates are counted
 */
export function quotaHeaders(headers: unknown, at: number): QuotaHeaders {
  // Most answers say nothing of it, and to ask for each of the names takes as long as all the rest of a call.
  if (!peekHeaderNames(headers).some((name) => aboutLimits.test(name))) return {};
  const [tightest] = [...combined(headers), ...separate(headers, at), ...byUnit(headers, at)]
    .map(plain)
    .filter(({ remaining, resetMs }) => remaining !== undefined || resetMs !== undefined)
    .sort((one, other) => leftIn(one) - leftIn(other) || (other.resetMs ?? 0) - (one.resetMs ?? 0));
  return tightest ?? {};
}

const aboutLimits = /^(?:x-)?rate-?limit/;

type Read = { [Key in keyof QuotaHeaders]: QuotaHeaders[Key] | undefined };

function leftIn({ remaining }: QuotaHeaders): number {
  return remaining ?? Number.POSITIVE_INFINITY;
}

/** A window that says of no end is over within its own length. */
function plain({ remaining, resetMs, limit, lengthMs }: Read): QuotaHeaders {
  const endMs = resetMs ?? (remaining === undefined ? undefined : lengthMs);
  return {
    ...(remaining !== undefined && { remaining }),
    ...(endMs !== undefined && { resetMs: endMs }),
    ...(limit !== undefined && { limit }),
    ...(lengthMs !== undefined && { lengthMs }),
  };
}

/** `"daily";r=0;t=3600, "burst";r=5;t=1` is a list of windows; `limit=10, remaining=0, reset=30` is one. */
function combined(headers: unknown): Read[] {
  const header = peekHeader(headers, 'ratelimit') ?? '';
  const policies = policiesOf(headers, 'ratelimit-policy');
  const members = /;\s*r=\d/.test(header) ? header.split(',') : [header];
  return members.map((member) => {
    const seconds = parameter(member, 'reset|t');
    const policy =
      policies.find(({ name }) => name === nameOf(member)) ?? (members.length === 1 ? policies[0] : undefined);
    return {
      remaining: parameter(member, 'remaining|r'),
      resetMs: seconds === undefined ? undefined : seconds * 1000,
      limit: parameter(member, 'limit') ?? policy?.limit,
      lengthMs: policy?.lengthMs,
    };
  });
}

const families = ['ratelimit', 'x-ratelimit', 'x-rate-limit'];

/** A header for each number; each of them may be a list, with one member for each window. */
function separate(headers: unknown, at: number): Read[] {
  return families.flatMap((family) => {
    const list = (...names: string[]) =>
      members(names.map((name) => peekHeader(headers, `${family}-${name}`)).find(isThere));
    const remaining = list('remaining');
    const resets = list('reset-after', 'reset');
    // `10, 10;w=1, 50;w=60`: the limit, and then the policies that it comes from.
    const limits = list('limit').filter((limit) => !limit.includes(';'));
    const policies = [...policiesOf(headers, `${family}-policy`), ...policiesOf(headers, `${family}-limit`)];
    return Array.from({ length: Math.max(remaining.length, Math.min(resets.length, 1)) }, (_, n) => {
      const limit = headerNumber(limits[n]);
      const policy = policies.find((each) => each.limit === limit) ?? (limit === undefined ? policies[n] : undefined);
      return {
        remaining: headerNumber(remaining[n]),
        resetMs: headerWaitMs(resets[n] ?? resets.at(-1), at),
        limit: limit ?? policy?.limit,
        lengthMs: policy?.lengthMs,
      };
    });
  });
}

const requests = ['requests', 'requests-minute', 'requests-hour', 'requests-day'];
const tokens = ['tokens', 'tokens-minute', 'tokens-hour', 'tokens-day'];

/** Nobody knows how many tokens a call will take: they count when there are none left. */
function byUnit(headers: unknown, at: number): Read[] {
  const of = (unit: string) => {
    const number = (name: string) => headerNumber(peekHeader(headers, `x-ratelimit-${name}-${unit}`));
    const resetMs = headerWaitMs(peekHeader(headers, `x-ratelimit-reset-${unit}`), at);
    return { remaining: number('remaining'), resetMs, limit: number('limit'), lengthMs: undefined };
  };
  return [
    ...requests.map(of).filter(({ remaining }) => remaining !== undefined),
    ...tokens
      .map(of)
      .filter(({ remaining }) => remaining === 0)
      .map((read) => ({ ...read, limit: undefined })),
  ];
}

interface Policy {
  name: string | undefined;
  limit: number | undefined;
  lengthMs: number | undefined;
}

/** `10;w=1, 50;w=60`, or since the eighth draft `"burst";q=10;w=1`. */
function policiesOf(headers: unknown, name: string): Policy[] {
  return members(peekHeader(headers, name))
    .filter((member) => member.includes(';'))
    .map((member) => {
      const seconds = parameter(member, 'w');
      return {
        name: nameOf(member),
        limit: parameter(member, 'q') ?? headerNumber(/^\d+/.exec(member)?.[0]),
        lengthMs: seconds === undefined ? undefined : seconds * 1000,
      };
    });
}

function nameOf(member: string): string | undefined {
  return /^\s*"?([^";=,]+)"?\s*;/.exec(member)?.[1];
}

/** @param names one or more, with | between them */
function parameter(member: string, names: string): number | undefined {
  return headerNumber(new RegExp(`(?:^|[;,\\s])(?:${names})=(\\d+)`).exec(member)?.[1]);
}

function members(header = ''): string[] {
  return header
    .split(header.includes('GMT') || /^\w{3},/.test(header) ? /$/ : ',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

function isThere(header: string | undefined): header is string {
  return header !== undefined;
}
