import { describe, expect, it } from 'vitest';
import type { FaultRates } from '../../../src/testing/simulate/fault-rates.ts';
import { presets } from '../../../src/testing/simulate/presets.ts';
import { randomChaos } from '../../../src/testing/simulate/rates.ts';
import { faultRates } from '../../../src/testing/simulate/rates-schema.ts';
import { helpfulPerson } from '../../../src/testing/world/alert-inbox.ts';
import { type Chaos, injectionName } from '../../../src/testing/world/chaos.ts';
import { World } from '../../../src/testing/world/world.ts';
import { hourMs, request, shopConfig, startAt } from './chaos-place.ts';

const nothing: FaultRates = { calls: {}, programs: {} };
const chaosOf = (rates: Partial<FaultRates>, seed = 1): Chaos =>
  randomChaos({ ...nothing, ...rates }, { seed, config: shopConfig, startAt });
const called = (chaos: Chaos, service: string, nth: number, at = startAt) =>
  chaos.call?.(request(service, nth), at)?.name;
const names = (chaos: Chaos, service: string, count = 2_000) =>
  Array.from({ length: count }, (_, n) => called(chaos, service, n + 1));

/** Everything that happens to the machine within so many days. */
function timed(chaos: Chaos, days: number): { at: number; name: string }[] {
  const found: { at: number; name: string }[] = [];
  for (let next = chaos.next?.(startAt); next && next.at < startAt + days * 24 * hourMs; next = chaos.next?.(next.at)) {
    found.push({ at: next.at, name: next.fault.name });
  }
  return found;
}

describe('a call', () => {
  const calls = { serverError: 0.1, silence: 0.05 };

  it('meets the same fault whatever was asked before', () => {
    const all = names(chaosOf({ calls }), 'shop');
    const alone = all.map((_, n) => called(chaosOf({ calls }), 'shop', n + 1));
    expect(alone).toEqual(all);
    expect(new Set(all)).toEqual(new Set([undefined, '503', 'silence']));
  });

  it('meets faults as often as the rates say', () => {
    const all = names(chaosOf({ calls }), 'shop', 20_000);
    expect(all.filter((name) => name === '503').length / all.length).toBeCloseTo(0.1, 2);
    expect(all.filter((name) => name === 'silence').length / all.length).toBeCloseTo(0.05, 2);
  });

  it('meets others for another seed, and for another service', () => {
    const all = names(chaosOf({ calls }), 'shop');
    expect(names(chaosOf({ calls }, 2), 'shop')).not.toEqual(all);
    expect(names(chaosOf({ calls }), 'mail')).not.toEqual(all);
  });

  it('goes wrong with token servers too, and never with whoever takes alerts', () => {
    const chaos = chaosOf({ calls });
    expect(names(chaos, 'token server https://auth.example/token')).toContain('503');
    expect(new Set(names(chaos, 'alert-person'))).toEqual(new Set([undefined]));
  });

  it('asks to be left alone for different lengths', () => {
    const all = new Set(names(chaosOf({ calls: { rateLimited: 0.3 } }), 'shop'));
    expect(all).toEqual(new Set([undefined, '429 Retry-After 10', '429 Retry-After 60', '429 Retry-After 300']));
  });
});

describe('an outage', () => {
  const minutes = Array.from({ length: 20 * 24 * 60 }, (_, n) => startAt + n * 60_000);
  const downAt = (chaos: Chaos, service: string) =>
    minutes.map((at, n) => called(chaos, service, n + 1, at)?.startsWith('outage: ') ?? false);

  it('fails every call in one way, and comes over each service on its own', () => {
    const outages = { everyMs: 24 * hourMs, lastsMs: 2 * hourMs, inTurn: false };
    const chaos = chaosOf({ outages });
    const [shop, mail] = [downAt(chaos, 'shop'), downAt(chaosOf({ outages }), 'mail')];
    expect(shop.filter(Boolean).length / minutes.length).toBeCloseTo(2 / 26, 1);
    expect(mail).not.toEqual(shop);
    const ways = minutes.map((at, n) => called(chaosOf({ outages }), 'shop', n + 1, at));
    const begins = shop.indexOf(true);
    const ends = shop.indexOf(false, begins);
    expect(new Set(ways.slice(begins, ends)).size).toBe(1);
  });

  it('in turn takes one service after the other', () => {
    const chaos = chaosOf({ outages: { everyMs: 3 * hourMs, lastsMs: 2 * hourMs, inTurn: true } });
    const [shop, mail] = [
      downAt(chaos, 'shop'),
      downAt(chaosOf({ outages: { everyMs: 3 * hourMs, lastsMs: 2 * hourMs, inTurn: true } }), 'mail'),
    ];
    expect(shop).toContain(true);
    expect(mail).toContain(true);
    expect(minutes.filter((_, n) => shop[n] && mail[n])).toEqual([]);
  });

  it('of the network takes everybody, alerts included', () => {
    const chaos = chaosOf({ network: { everyMs: hourMs, lastsMs: hourMs } });
    const at = minutes.find((minute) => called(chaos, 'shop', 1, minute) === 'no network') ?? 0;
    expect(['mail', 'alert-person', 'token server x'].map((each) => called(chaos, each, 1, at))).toEqual(
      Array(3).fill('no network'),
    );
  });

  it('of the token servers takes them alone', () => {
    const chaos = chaosOf({ tokenServers: { everyMs: hourMs, lastsMs: hourMs } });
    const server = 'token server https://auth.example/token';
    const at = minutes.find((minute) => called(chaos, server, 1, minute) === 'outage: 503') ?? 0;
    expect(at).toBeGreaterThan(startAt);
    expect(called(chaos, 'shop', 1, at)).toBeUndefined();
  });
});

describe('the machine', () => {
  it('has its faults in order, each at an instant of its own', () => {
    const found = timed(
      chaosOf({ crashes: { everyMs: hourMs, downMs: 5_000 }, asleep: { everyMs: 5 * hourMs, lastsMs: hourMs } }),
      10,
    );
    expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).toSorted((one, other) => one - other));
    expect(found.filter(({ name }) => name.startsWith('killed')).length).toBeGreaterThan(180);
    expect(found.filter(({ name }) => name.startsWith('asleep')).length).toBeGreaterThan(20);
  });

  it('has its clock set wrong, and right again by as much', () => {
    const found = timed(chaosOf({ clockSet: { everyMs: 5 * hourMs, lastsMs: hourMs, byMs: 600_000 } }), 20);
    const pairs = found.flatMap(({ name }, n) => (n % 2 === 0 ? [[name, found[n + 1]?.name ?? '']] : [])).slice(0, 20);
    const opposite = (name: string) => name.replace(/back|forward/, (way) => (way === 'back' ? 'forward' : 'back'));
    expect(pairs.map(([wrong = '']) => opposite(wrong))).toEqual(pairs.map(([, right]) => right));
    expect(new Set(pairs.map(([wrong = '']) => wrong.split(' ')[2]))).toEqual(new Set(['forward', 'back']));
  });

  it('has timers that ring twice, and a second service started', () => {
    const every = { everyMs: hourMs };
    const found = timed(chaosOf({ duplicateTimers: every, doubleStarts: every }), 5);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['duplicate timer', 'started twice']));
  });

  it('sleeps until the clocks change, where they do', () => {
    const chaosIn = (timeZone: string) =>
      randomChaos(
        { ...nothing, clocksChange: { everyMs: hourMs } },
        { seed: 1, config: { ...shopConfig, timeZone }, startAt },
      );
    expect(timed(chaosIn('Europe/Berlin'), 1)[0]?.name).toBe('clocks change in Europe/Berlin');
    expect(timed(chaosIn('UTC'), 1)).toEqual([]);
  });

  it('is spared what would have come while it slept', () => {
    const chaos = chaosOf({ crashes: { everyMs: hourMs, downMs: 5_000 } });
    const later = startAt + 1_000 * hourMs;
    expect(chaos.next?.(later)?.at).toBeGreaterThanOrEqual(later);
    const writes = chaosOf({ tornBatches: { everyMs: hourMs } });
    const write = (at: number) => writes.write?.({ number: 1, keys: [], rows: [], at })?.name;
    expect([write(later), write(later), write(later + 1)]).toEqual(['torn batch', undefined, undefined]);
  });

  it('loses the grants of OAuth tokens, and none that is fixed', () => {
    const found = timed(chaosOf({ grantsRevoked: { everyMs: hourMs }, tokensRejected: { everyMs: hourMs } }), 5);
    expect(new Set(found.map(({ name }) => name))).toEqual(
      new Set(['grant of google revoked', 'tokens of google rejected']),
    );
  });
});

it('writes meet a crash before, during and after the commit, a full disk, a busy one and a torn batch', () => {
  const every = { everyMs: hourMs };
  const chaos = chaosOf({
    crashesAtCommit: { ...every, downMs: 5_000 },
    diskBusy: { ...every, lastsMs: 2_000 },
    diskFull: every,
    tornBatches: every,
  });
  const minutes = Array.from({ length: 3_000 }, (_, n) =>
    chaos.write?.({ number: n, keys: [], rows: [], at: startAt + n * 60_000 }),
  );
  const kinds = new Set(minutes.flatMap((fault) => (fault ? [fault.name.replace(/,? (?:back|for) .*/, '')] : [])));
  expect(kinds).toEqual(
    new Set([
      'killed before the commit',
      'killed during the commit',
      'killed after the commit',
      'SQLITE_BUSY',
      'disk full',
      'torn batch',
    ]),
  );
});

it('programs do nothing as often as the rates say', () => {
  const chaos = chaosOf({ programs: { nothing: 0.2 } });
  const starts = Array.from(
    { length: 5_000 },
    (_, n) => chaos.program?.({ engine: 'import', nth: n + 1, at: startAt })?.name,
  );
  expect(starts.filter((name) => name === 'exits 0 without output').length / starts.length).toBeCloseTo(0.2, 1);
});

describe('what happened', () => {
  const hostile = faultRates(presets.hostile, 'hostile');
  const world = (faults: ConstructorParameters<typeof World>[0]['faults']) =>
    new World({ config: shopConfig, seed: 3, startAt, person: helpfulPerson, ...(faults && { faults }) });

  it('can be played again as a list, and gives the same history', async () => {
    await using random = world(randomChaos(hostile, { seed: 3, config: shopConfig, startAt }));
    await random.run({ days: 1 });
    expect(random.injected.length).toBeGreaterThan(5);
    await using again = world(random.injected);
    await again.run({ days: 1 });
    expect(again.history.lines).toEqual(random.history.lines);
  });

  it('stays as it was when one of it is left out, as far as it still can happen', async () => {
    const calls = { calls: { serverError: 0.05 }, programs: {} };
    await using random = world(randomChaos(calls, { seed: 3, config: shopConfig, startAt }));
    await random.run({ hours: 12 });
    const [, ...rest] = random.injected;
    await using again = world(rest);
    await again.run({ hours: 12 });
    expect(again.injected.map(injectionName)).toEqual(rest.map(injectionName));
  });
});

describe('the preset', () => {
  it('hostile has 47 crashes a week, or thereabouts', () => {
    const rates = faultRates(presets.hostile, 'hostile');
    const weeks = 20;
    const kills = timed(randomChaos(rates, { seed: 1, config: shopConfig, startAt }), weeks * 7);
    const instants = kills.filter(({ name }) => name.startsWith('killed')).length / weeks;
    expect(instants + (7 * 24 * hourMs) / (rates.crashesAtCommit?.everyMs ?? 0)).toBeCloseTo(47, -1);
  });

  it('calm needs nobody', () => {
    const { grantsRevoked, diskFull } = faultRates(presets.calm, 'calm');
    expect([grantsRevoked, diskFull]).toEqual([undefined, undefined]);
  });

  it('outage has one service after the other down for hours', () => {
    const { outages } = faultRates(presets.outage, 'outage');
    expect(outages).toMatchObject({ inTurn: true });
    expect(outages?.lastsMs).toBeGreaterThanOrEqual(2 * hourMs);
  });

  it('none has nothing', () => {
    expect(faultRates(presets.none, 'none')).toEqual({ calls: {}, programs: {} });
  });
});
