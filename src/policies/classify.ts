/**
 * Classification: what a failure means for the engine, decided once.
 *
 * An error often says least itself: `fetch failed`, because of a refused connection, because of two addresses that did not
 * answer. So the whole tree of causes is looked at, and the deepest error that means something decides. Where an
 * error stands for several (`AggregateError`), the most hopeful one does: with one address unreachable and the
 * other one timed out, the network is not gone; and a retry that can mend one of them is worth its while.
 */
import { type Cause, type Failure, type FailureClass, isFailure, plainFailure } from './failure.ts';
import { type HttpAnswer, judgeAnswer } from './http-answer.ts';
import { peek, peekText } from './peek.ts';
import { throwPlace } from './throw-place.ts';
import { judge } from './thrown-error.ts';
import type { Verdict } from './verdict.ts';

/**
 * Turns whatever was thrown into a failure. Never throws.
 *
 * An error with a `failure` of its own, such as `ClassifiedError`, is taken at its word.
 *
 * @param at the instant it was caught, epoch ms
 */
export function classify(thrown: unknown, at: number): Failure {
  try {
    const chain: unknown[] = [];
    const finding = diagnose(thrown, at, chain);
    if (finding && 'failure' in finding) return placed(finding.failure, thrown);
    const verdict = finding?.verdict ?? unknown(thrown);
    return placed({ ...verdict, message: messageOf(thrown, finding), causes: chain.slice(1).map(causeOf) }, thrown);
  } catch {
    return { class: 'bug', code: 'UNREADABLE', message: 'Something was thrown that cannot even be looked at.' };
  }
}

/** A bug is looked for where it was thrown. */
function placed(failure: Failure, thrown: unknown): Failure {
  const place = failure.class === 'bug' ? (failure.place ?? throwPlace(thrown)) : undefined;
  return plainFailure({ ...failure, ...(place && { place }) });
}

/**
 * Turns an HTTP answer that is no success into a failure.
 *
 * @param at the instant of the answer, epoch ms, from which a date in `Retry-After` is counted
 */
export function classifyResponse(answer: HttpAnswer, at: number): Failure {
  const { text = '', ...verdict } = judgeAnswer(answer, at);
  return plainFailure({ ...verdict, message: text });
}

type Finding = { link: unknown; failure: Failure } | { link: unknown; verdict: Verdict };

const linksMax = 32;
const hopefulFirst: readonly FailureClass[] = ['recoverable', 'degraded', 'critical', 'shared', 'fatal', 'bug'];

/** @param chain the errors seen so far, from the outside in, to which this one and those below it are added */
function diagnose(link: unknown, at: number, chain: unknown[]): Finding | undefined {
  if (link === undefined || link === null || chain.includes(link) || chain.length >= linksMax) return undefined;
  chain.push(link);
  const failure = carried(link);
  if (failure) return { link, failure };
  const below = [peek(link, 'cause'), ...members(link)]
    .map((error) => diagnose(error, at, chain))
    .filter((finding) => finding !== undefined)
    .sort((one, other) => hopefulFirst.indexOf(classOf(one)) - hopefulFirst.indexOf(classOf(other)));
  if (below[0]) return below[0];
  const verdict = judge(link, at);
  return verdict && { link, verdict };
}

function classOf(finding: Finding): FailureClass {
  return 'failure' in finding ? finding.failure.class : finding.verdict.class;
}

function carried(link: unknown): Failure | undefined {
  const failure = peek(link, 'failure');
  return failure !== undefined && Object.hasOwn(link as object, 'failure') && isFailure(failure) ? failure : undefined;
}

/** The errors that one error stands for. Other libraries keep plain objects under `errors`: details, not errors. */
function members(link: unknown): unknown[] {
  const errors = peek(link, 'errors');
  const listed = Array.isArray(errors) ? errors.slice(0, linksMax) : [];
  const suppressed =
    peekText(link, 'name') === 'SuppressedError' ? [peek(link, 'error'), peek(link, 'suppressed')] : [];
  return [...listed, ...suppressed].filter(isError);
}

function unknown(thrown: unknown): Verdict {
  if (!isError(thrown)) return { class: 'bug', code: peekText(thrown, 'code') ?? 'NOT_AN_ERROR' };
  return { class: 'bug', code: peekText(thrown, 'code') ?? peekText(thrown, 'name') ?? 'Error' };
}

/** What the outermost error says, and what the one that decided says below it. */
function messageOf(thrown: unknown, finding: Finding | undefined): string {
  const { text, code } = finding && 'verdict' in finding ? finding.verdict : {};
  // A failed fetch says nothing but that; why is said by its cause, whether it is known or not.
  const link = code?.startsWith('FETCH_') ? (peek(finding?.link, 'cause') ?? finding?.link) : finding?.link;
  const outer = peekText(thrown, 'message');
  const inner = peekText(link, 'message') ?? text;
  if (outer === undefined) return inner ?? described(thrown);
  return inner === undefined || outer.includes(inner) ? outer : `${outer}: ${inner}`;
}

function causeOf(link: unknown): Cause {
  const code = peekText(link, 'code') ?? peekText(link, 'name') ?? 'NOT_AN_ERROR';
  return { code, message: peekText(link, 'message') ?? described(link) };
}

/** A thrown value that has no message. Objects are not written out: nobody knows what is in them. */
function described(thrown: unknown): string {
  const name = isError(thrown) ? peekText(thrown, 'name') : undefined;
  if (name !== undefined) return `${name} without a message`;
  switch (typeof thrown) {
    case 'object':
      return `${thrown === null ? 'null' : 'an object'} was thrown instead of an Error.`;
    case 'function':
      return 'a function was thrown instead of an Error.';
    case 'string':
      return `a text was thrown instead of an Error: ${thrown}`;
    default:
      return `${String(thrown)} was thrown instead of an Error.`;
  }
}

function isError(thrown: unknown): boolean {
  try {
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]';
  } catch {
    return false;
  }
}
