import { describe, expect, it } from 'vitest';
import { type Case, type Fact, flightMsDefault, judge, violationKinds } from '../../examples/hostile-world/judge.ts';
import type { Arrival } from '../../examples/hostile-world/record.ts';
import { placeKey } from '../../src/actors/effects/step-place.ts';
import type { EngineContext } from '../../src/policies/engine.ts';

/** All instants count from here. */
const t = 1_800_000_000_000;

let count = 0;

function arrival(at: number, more: Partial<Arrival> = {}): Arrival {
  count += 1;
  return {
    n: count,
    at: t + at,
    service: 'video',
    method: 'POST',
    path: '/videos',
    key: null,
    token: null,
    hours: null,
    browser: false,
    mood: 'well',
    status: 200,
    answeredAt: t + at + 5,
    refusedUntil: null,
    effect: null,
    ...more,
  };
}

function breaker(at: number, state: string, event = 'call.failed', eventAt = at): Fact {
  return { kind: 'breaker', service: 'video', state, at: t + at, event, eventAt: t + eventAt };
}

/** The kinds of the violations in a case. */
function found(parts: Partial<Case>): string[] {
  const nothing: Case = { arrivals: [], facts: [], closed: new Map(), budgets: new Map(), accounts: [] };
  return judge({ ...nothing, ...parts }).map(({ kind }) => kind);
}

describe('calls through a breaker', () => {
  const facts = [
    breaker(0, 'closed', 'xstate.init'),
    breaker(1_000, 'open'),
    breaker(3_002, 'halfOpen.ready', 'xstate.after.untilProbe.breaker.open', 3_000),
    breaker(4_002, 'halfOpen.probing', 'call.started', 4_000),
    breaker(5_002, 'closed', 'call.succeeded', 5_000),
  ];

  it.each([
    ['before it opened', 900],
    ['that were on their way when it opened', 1_000 + flightMsDefault],
    ['after the cooldown', 3_001],
    ['after it closed', 5_001],
  ])('are right %s', (_, at) => {
    expect(found({ facts, arrivals: [arrival(at)] })).toEqual([]);
  });

  it.each([
    ['soon after it opened', 1_001 + flightMsDefault],
    ['just before its cooldown is over', 2_999],
  ])('are found %s', (_, at) => {
    expect(found({ facts, arrivals: [arrival(at)] })).toEqual(['open breaker']);
  });

  it('are no matter of another service', () => {
    expect(found({ facts, arrivals: [arrival(2_000, { service: 'blog' })] })).toEqual([]);
  });

  it('are found when a second one goes out beside the probe', () => {
    expect(found({ facts, arrivals: [arrival(4_010)] })).toEqual([]);
    expect(found({ facts, arrivals: [arrival(4_010), arrival(4_500)] })).toEqual(['open breaker']);
  });

  it('are right when the same probe is permitted once more after a crash', () => {
    const again = facts.toSpliced(4, 0, breaker(4_400, 'halfOpen.probing', 'call.started'));
    expect(found({ facts: again, arrivals: [arrival(4_010), arrival(4_500)] })).toEqual([]);
    const merelyFound = facts.toSpliced(4, 0, breaker(4_400, 'halfOpen.probing', 'found'));
    expect(found({ facts: merelyFound, arrivals: [arrival(4_010), arrival(4_500)] })).toEqual(['open breaker']);
  });

  it('are right when a browser makes several requests for the probe, and found when the breaker is open', () => {
    const browser = { browser: true };
    expect(found({ facts, arrivals: [arrival(4_010, browser), arrival(4_500, browser)] })).toEqual([]);
    expect(found({ facts, arrivals: [arrival(2_000, browser)] })).toEqual(['open breaker']);
  });

  it('are found while an operator has isolated it', () => {
    expect(found({ facts: [breaker(0, 'isolated')], arrivals: [arrival(9_000)] })).toEqual(['open breaker']);
  });

  it('are found when only the disk knew of the opening', () => {
    const dead = [breaker(0, 'closed'), breaker(1_000, 'open', 'found')];
    expect(found({ facts: dead, arrivals: [arrival(2_000)] })).toEqual(['open breaker']);
  });
});

describe('calls with a token', () => {
  const token = { name: 'a1', expiresAt: t + 1_000, rejectedAt: null };

  it.each([
    ['that is good', 999, token, []],
    ['that has just expired', 1_000, token, ['expired token']],
    ['that nobody handed out', 10, { ...token, expiresAt: null }, ['expired token']],
    ['that is being refused', 100 + flightMsDefault, { ...token, rejectedAt: t + 100 }, []],
    ['that was refused before', 101 + flightMsDefault, { ...token, rejectedAt: t + 100 }, ['expired token']],
  ])('%s', (_, at, presented, kinds) => {
    expect(found({ arrivals: [arrival(at, { token: presented })] })).toEqual(kinds);
  });
});

it('forgives what was on its way for as long as it is told', () => {
  const token = { name: 'a1', expiresAt: t + 9_000, rejectedAt: t + 100 };
  const arrivals = [arrival(1_100, { token }), arrival(1_101, { token })];
  expect(found({ arrivals, flightMs: 1_000 })).toEqual(['expired token']);
});

describe('calls at their hours', () => {
  const closed = new Map([['publish', [{ from: t + 1_000, to: t + 5_000 }]]]);

  it.each([
    ['before they close', 900, []],
    ['on their way when they closed', 999 + flightMsDefault, []],
    ['after they closed', 1_000 + flightMsDefault, ['outside window']],
    ['just before they open', 4_999, ['outside window']],
    ['when they open', 5_000, []],
  ])('%s', (_, at, kinds) => {
    expect(found({ closed, arrivals: [arrival(at, { hours: 'publish' })] })).toEqual(kinds);
  });

  it('may be made at any time without hours', () => {
    expect(found({ closed, arrivals: [arrival(3_000)] })).toEqual([]);
  });
});

describe('calls past a quota', () => {
  const refused = { status: 429, refusedUntil: t + 9_000, answeredAt: t + 100 };

  it.each([
    ['on their way when it was refused', 100 + flightMsDefault, []],
    ['while it is refused', 101 + flightMsDefault, ['past quota']],
    ['when there is room again', 9_000, []],
  ])('%s', (_, at, kinds) => {
    expect(found({ arrivals: [arrival(0, refused), arrival(at)] })).toEqual(kinds);
  });

  it('are right when nobody got to hear of the refusal', () => {
    expect(found({ arrivals: [arrival(0, { ...refused, answeredAt: null }), arrival(5_000)] })).toEqual([]);
  });

  it('are found when there are more of them than a known budget allows', () => {
    const budgets = new Map([['video', { limit: 2, periodMs: 10_000 }]]);
    expect(found({ budgets, arrivals: [arrival(0), arrival(10), arrival(10_001)] })).toEqual([]);
    expect(found({ budgets, arrivals: [arrival(0), arrival(10), arrival(5_000)] })).toEqual(['past quota']);
  });
});

describe('work', () => {
  const effect = { made: 'video POST /videos', reference: 'run-1' };
  const step: Fact = { kind: 'step', run: 'run-1', step: 'upload', at: t + 1_000 };

  it('is found that was done twice for one reference', () => {
    expect(found({ arrivals: [arrival(0, { effect }), arrival(10)] })).toEqual([]);
    expect(found({ arrivals: [arrival(0, { effect }), arrival(10, { effect })] })).toEqual(['done twice']);
  });

  it.each([
    ['while the step is under way', 999, placeKey('run-1', 'upload'), []],
    ['after its result was on disk', 1_001 + flightMsDefault, placeKey('run-1', 'upload'), ['done twice']],
    ['by a later call of the same step', 1_001 + flightMsDefault, `${placeKey('run-1', 'upload')}-3`, ['done twice']],
    ['by another step', 5_000, placeKey('run-1', 'announce'), []],
  ])('is asked for again %s', (_, at, key, kinds) => {
    expect(found({ facts: [step], arrivals: [arrival(at, { key })] })).toEqual(kinds);
  });
});

describe('due times', () => {
  const schedule = { kind: 'every', everyMs: 1_000, offsetMs: 0 } as const;
  const ran = (from: number, to = from) => ({ outcome: 'ran' as const, due: { from: t + from, to: t + to } });

  function account(ledger: ReturnType<typeof ran>[], dueAt: number, runAt?: number) {
    const run = runAt === undefined ? null : { trigger: 'schedule', dueAt: t + runAt };
    const engine = { id: 'video', anchorAt: t, settings: { schedule }, due: { at: t + dueAt, schedule }, run };
    return { accounts: [{ engine: engine as unknown as EngineContext, ledger }] };
  }

  it.each([
    ['each has its entry', account([ran(0), ran(1_000), ran(2_000)], 3_000), 0],
    ['one entry covers several', account([ran(0), ran(1_000, 4_000)], 5_000), 0],
    ['the last one is under way', account([ran(0)], 2_000, 1_000), 0],
    ['one is missing', account([ran(0), ran(2_000)], 3_000), 1],
    ['the first one is missing', account([ran(1_000)], 2_000), 1],
    ['the one under way is lost', account([ran(0)], 2_000), 1],
    ['one is there twice', account([ran(0), ran(1_000), ran(1_000)], 2_000), 1],
    ['one that is under way is settled already', account([ran(0), ran(1_000)], 2_000, 1_000), 1],
    ['one was never due', account([ran(0), ran(1_500), ran(2_000)], 3_000), 1],
  ])('%s', (_, parts, violations) => {
    expect(found(parts)).toEqual(Array.from({ length: violations }, () => 'unaccounted'));
  });

  it('of a triggered run there are none', () => {
    const { accounts } = account([ran(0)], 1_000);
    const triggered = { outcome: 'ran' as const, due: null };
    expect(found({ accounts: accounts.map((each) => ({ ...each, ledger: [...each.ledger, triggered] })) })).toEqual([]);
  });
});

it('says where the evidence is', () => {
  const facts = [breaker(0, 'open')];
  const [violation] = judge({
    arrivals: [arrival(1_000, { n: 17 })],
    facts,
    closed: new Map(),
    budgets: new Map(),
    accounts: [],
  });
  expect(violation?.evidence).toBe(
    `request 17: POST video/videos at ${new Date(t + 1_000).toISOString()}; its breaker was open since ${new Date(t).toISOString()}`,
  );
  expect(violationKinds).toContain(violation?.kind);
});
