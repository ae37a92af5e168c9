/**
 * The judge: holds the world's record against what was known, and when, on the other side. Pure, so that it can be shown
 * to find what it is for.
 *
 * | violation | what it is |
 * | --- | --- |
 * | `open breaker` | a request that arrived while its service's breaker was open or isolated on disk; in half-open, more than the one probe |
 * | `expired token` | a request with a token that had expired on its arrival, that nobody had handed out, or that had been refused before |
 * | `outside window` | a request at a time at which it may not be made |
 * | `past quota` | a request between a 429 and the instant that it named; more of them in a period than a known budget allows |
 * | `done twice` | one reference (a video, a ticket) that something was made of twice; a request of a step whose result was on disk |
 * | `unaccounted` | a due time that the ledger does not have, or has more than once |
 *
 * A request that left in time may arrive after the thing that forbids it: it has {@link Case.flightMs} for that. No more is
 * forgiven, and a token's expiry forgives nothing, for a token is given up well before.
 */
import { placeKey } from '../../src/actors/effects/step-place.ts';
import type { LedgerEntry } from '../../src/persistence/ledger.ts';
import type { EngineContext } from '../../src/policies/engine.ts';
import { nextDue } from '../../src/policies/schedule.ts';
import type { Arrival, Closed } from './record.ts';

export const violationKinds = [
  'open breaker',
  'expired token',
  'outside window',
  'past quota',
  'done twice',
  'unaccounted',
] as const;

export interface Violation {
  kind: (typeof violationKinds)[number];
  /** What happened, with its instants. */
  evidence: string;
}

/** Something that was on disk at an instant (epoch ms), as the service under test told it. In the order in which it was told. */
export type Fact =
  | { kind: 'breaker'; service: string; state: string; at: number; event: string; eventAt: number }
  | { kind: 'step'; run: string; step: string; at: number };

/** An engine as its record stands at the end, with everything that its ledger says. */
export interface Account {
  engine: Pick<EngineContext, 'id' | 'anchorAt' | 'settings' | 'due' | 'run'>;
  ledger: readonly Pick<LedgerEntry, 'due' | 'outcome'>[];
}

export interface Case {
  arrivals: readonly Arrival[];
  facts: readonly Fact[];
  /** By the name of the hours. */
  closed: ReadonlyMap<string, readonly Closed[]>;
  /** Budgets that were known beforehand, by service. */
  budgets: ReadonlyMap<string, Budget>;
  accounts: readonly Account[];
  /** How long a request may be under way, from the instant at which it was allowed to its arrival. Default 250. */
  flightMs?: number;
}

/** So many requests in any period of this length. */
export interface Budget {
  limit: number;
  periodMs: number;
}

/** See {@link Case.flightMs}. */
export const flightMsDefault = 250;
/** More calls than a step makes here. */
const callsMax = 12;

export function judge({ arrivals, facts, closed, budgets, accounts, flightMs = flightMsDefault }: Case): Violation[] {
  return [
    ...throughOpenBreakers(arrivals, facts, flightMs),
    ...withDeadTokens(arrivals, flightMs),
    ...outsideHours(arrivals, closed, flightMs),
    ...pastQuotas(arrivals, flightMs),
    ...pastBudgets(arrivals, budgets, flightMs),
    ...madeTwice(arrivals),
    ...askedAgain(arrivals, facts, flightMs),
    ...accounts.flatMap(unaccounted),
  ];
}

interface Spell {
  state: string;
  from: number;
  /** When it was left at the earliest, not included. */
  to: number;
  /** How many calls were let through. */
  permits: number;
}

function throughOpenBreakers(arrivals: readonly Arrival[], facts: readonly Fact[], flightMs: number): Violation[] {
  const spells = spellsOf(facts);
  const violations: Violation[] = [];
  for (const [service, ofService] of spells) {
    const calls = arrivals.filter((arrival) => arrival.service === service);
    for (const { state, from, to, permits } of ofService) {
      const during = calls.filter(({ at }) => at > from + (isShut(state) ? flightMs : 0) && at < to);
      const allowed = isShut(state) ? 0 : state === 'halfOpen.probing' ? permits : Number.POSITIVE_INFINITY;
      // A browser makes several requests for its one call.
      if (!isShut(state) && during.some(({ browser }) => browser)) continue;
      for (const call of during.slice(allowed)) {
        violations.push({
          kind: 'open breaker',
          evidence: `${told(call)}; its breaker was ${state} since ${iso(from)}`,
        });
      }
    }
  }
  return violations;
}

function isShut(state: string): boolean {
  return state === 'open' || state === 'isolated';
}

function spellsOf(facts: readonly Fact[]): Map<string, Spell[]> {
  const spells = new Map<string, Spell[]>();
  for (const fact of facts) {
    if (fact.kind !== 'breaker') continue;
    const ofService = spells.get(fact.service) ?? [];
    spells.set(fact.service, ofService);
    const last = ofService.at(-1);
    const permit = fact.event === 'call.started' && fact.state === 'halfOpen.probing' ? 1 : 0;
    if (last?.state === fact.state) {
      last.permits += permit;
      continue;
    }
    if (last) last.to = fact.eventAt;
    ofService.push({ state: fact.state, from: fact.at, to: Number.POSITIVE_INFINITY, permits: permit });
  }
  return spells;
}

function withDeadTokens(arrivals: readonly Arrival[], flightMs: number): Violation[] {
  return arrivals.flatMap((arrival) => {
    const { token, at } = arrival;
    if (!token) return [];
    const { name, expiresAt, rejectedAt } = token;
    const wrong =
      expiresAt === null
        ? 'which was never handed out'
        : at >= expiresAt
          ? `which expired at ${iso(expiresAt)}`
          : rejectedAt !== null && at > rejectedAt + flightMs
            ? `which was refused at ${iso(rejectedAt)}`
            : undefined;
    return wrong
      ? [{ kind: 'expired token' as const, evidence: `${told(arrival)}, with token ${name}, ${wrong}` }]
      : [];
  });
}

function outsideHours(arrivals: readonly Arrival[], closed: Case['closed'], flightMs: number): Violation[] {
  return arrivals.flatMap((arrival) => {
    const spells = (arrival.hours !== null && closed.get(arrival.hours)) || [];
    const spell = spells.find(({ from, to }) => arrival.at >= from + flightMs && arrival.at < to);
    if (!spell) return [];
    const evidence = `${told(arrival)}; '${arrival.hours}' is closed from ${iso(spell.from)} to ${iso(spell.to)}`;
    return [{ kind: 'outside window' as const, evidence }];
  });
}

function pastQuotas(arrivals: readonly Arrival[], flightMs: number): Violation[] {
  const refusals = arrivals.filter(({ refusedUntil, answeredAt }) => refusedUntil !== null && answeredAt !== null);
  return arrivals.flatMap((arrival) => {
    const refusal = refusals.find(
      ({ service, answeredAt, refusedUntil }) =>
        service === arrival.service &&
        arrival.at > (answeredAt as number) + flightMs &&
        arrival.at < (refusedUntil as number),
    );
    if (!refusal) return [];
    const evidence = `${told(arrival)}; request ${refusal.n} was refused until ${iso(refusal.refusedUntil as number)}`;
    return [{ kind: 'past quota' as const, evidence }];
  });
}

function pastBudgets(arrivals: readonly Arrival[], budgets: Case['budgets'], flightMs: number): Violation[] {
  return [...budgets].flatMap(([service, { limit, periodMs }]) => {
    const calls = arrivals.filter((arrival) => arrival.service === service);
    return calls.flatMap((call, index) => {
      const earliest = calls[index - limit];
      if (!earliest || call.at - earliest.at >= periodMs - flightMs) return [];
      const evidence = `${told(call)}: number ${limit + 1} since ${iso(earliest.at)}, of ${limit} in ${periodMs} ms`;
      return [{ kind: 'past quota' as const, evidence }];
    });
  });
}

function madeTwice(arrivals: readonly Arrival[]): Violation[] {
  const first = new Map<string, Arrival>();
  return arrivals.flatMap((arrival) => {
    if (!arrival.effect) return [];
    const what = `${arrival.effect.made} of ${arrival.effect.reference}`;
    const before = first.get(what);
    if (!before) first.set(what, arrival);
    return before
      ? [{ kind: 'done twice' as const, evidence: `${told(arrival)}: ${what}, as request ${before.n} did` }]
      : [];
  });
}

function askedAgain(arrivals: readonly Arrival[], facts: readonly Fact[], flightMs: number): Violation[] {
  const finished = new Map<string, Extract<Fact, { kind: 'step' }>>();
  for (const fact of facts) {
    if (fact.kind !== 'step') continue;
    for (const key of keysOf(fact.run, fact.step)) if (!finished.has(key)) finished.set(key, fact);
  }
  return arrivals.flatMap((arrival) => {
    const fact = arrival.key === null ? undefined : finished.get(arrival.key);
    if (!fact || arrival.at <= fact.at + flightMs) return [];
    const evidence = `${told(arrival)}; the step '${fact.step}' of ${fact.run} was on disk at ${iso(fact.at)}`;
    return [{ kind: 'done twice' as const, evidence }];
  });
}

/** The idempotency keys of a step's calls. */
function keysOf(run: string, step: string): string[] {
  const key = placeKey(run, step);
  return [key, ...Array.from({ length: callsMax - 1 }, (_, index) => `${key}-${index + 2}`)];
}

/** From the engine's first due time on, each has to be the next one after what was settled before it. */
function unaccounted({ engine, ledger }: Account): Violation[] {
  const { id, anchorAt, due, run } = engine;
  const schedule = due?.schedule ?? engine.settings.schedule;
  if (!schedule || !due) return [];
  const covered = ledger
    .flatMap((entry) => (entry.due ? [{ ...entry.due, outcome: entry.outcome as string }] : []))
    .concat(run?.trigger === 'schedule' ? [{ from: run.dueAt, to: run.dueAt, outcome: 'under way' }] : [])
    .concat([{ from: due.at, to: due.at, outcome: 'to come' }])
    .sort((one, other) => one.from - other.from);
  const violations: Violation[] = [];
  let expected = nextDue(schedule, anchorAt, anchorAt - 1);
  for (const { from, to, outcome } of covered) {
    if (from !== expected) {
      const next = expected === null ? 'nothing' : iso(expected);
      violations.push({ kind: 'unaccounted', evidence: `${id}: ${iso(from)} is ${outcome}; due next was ${next}` });
    }
    expected = nextDue(schedule, anchorAt, to);
  }
  return violations;
}

function told({ n, service, method, path, at }: Arrival): string {
  return `request ${n}: ${method} ${service}${path} at ${iso(at)}`;
}

function iso(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : 'ever';
}
