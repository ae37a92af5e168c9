import { describe, expect, it } from 'vitest';
import type { ConfigDefinition } from '../../../src/config/definition.ts';
import { defineConfig, engine, type RunScope } from '../../../src/index.ts';
import type { Invariant } from '../../../src/testing/invariants/invariant.ts';
import { type Preset, presets } from '../../../src/testing/simulate/presets.ts';
import { faultRates } from '../../../src/testing/simulate/rates-schema.ts';
import { type SimulationOptions, simulate } from '../../../src/testing/simulate/simulate.ts';
import { answer } from '../../../src/testing/world/network.ts';
import { SimulationError } from '../../../src/testing/world/simulation-error.ts';
import { shopConfig } from './chaos-place.ts';

const simulated = (preset: Preset, more: Partial<SimulationOptions> = {}) =>
  simulate({
    config: shopConfig,
    days: 1,
    seed: 1,
    faults: faultRates(presets[preset], preset),
    faultsName: preset,
    ...more,
  });

describe('a simulation', () => {
  it('says the same for the same seed, byte for byte, and something else for another', async () => {
    const [one, same, other] = [
      await simulated('hostile'),
      await simulated('hostile'),
      await simulated('hostile', { seed: 2 }),
    ];
    expect(JSON.stringify(same)).toBe(JSON.stringify(one));
    expect(other.report.digest).not.toBe(one.report.digest);
    expect(other.report.happened).not.toEqual(one.report.happened);
  });

  it.each([
    ['an option that there is not', { day: 2 }, /^simulate: found the unknown option 'day', .* Did you mean 'days'\?/],
    ['no config', { config: undefined }, /^config: found nothing/],
    ['no length', { days: Number.NaN }, /^days: found NaN, expected a number above 0/],
    ['a seed that is none', { seed: '7' }, /^seed: found '7', expected a whole number from 0 on/],
    ['a seed below nothing', { seed: -1 }, /^seed: found -1/],
    ['no faults', { faults: undefined }, /^faults: found nothing, .* Write faultRates\(presets\.hostile/],
    ['the name of a preset', { faults: 'hostile' }, /^faults: found 'hostile', expected rates/],
    ['rates as a file has them', { faults: { crashes: { every: '1h' } } }, /^faults: found an object, expected rates/],
  ])('refuses %s', async (_, wrong, message) => {
    const refused = simulated('none', wrong as Partial<SimulationOptions>);
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'WORLD_MISUSED' }));
    await expect(refused).rejects.toThrow(message);
  });

  it('says how far it is, from nothing to all', async () => {
    const shares: number[] = [];
    await simulated('none', { days: 0.25, progress: (share) => shares.push(share) });
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(shares.length).toBeGreaterThan(50);
  });

  it('loses nothing when the clock goes wrong by hours, and is set right', async () => {
    const faults = faultRates({ clockSet: { every: '8h', by: '5h', lasts: '2h' }, crashes: { every: '5h' } }, 'wrong');
    const run = async ({ service }: RunScope) => (await service('shop').fetch('/')).status;
    const config = defineConfig({
      services: { shop: { url: 'https://shop.example' } },
      engines: [
        engine('often', { every: '5m', run }),
        engine('hourly', { schedule: '0 * * * *', run }),
        engine('next', { after: 'hourly', run }),
      ],
    });
    const { report } = await simulated('none', { config, days: 4, seed: 2, faults, faultsName: 'wrong' });
    expect(report.violations).toEqual([]);
    expect(report.happened).toContainEqual(expect.objectContaining({ fault: 'clock set' }));
    expect(report.lost).toMatchObject({ unsettled: 0, unexplained: 0 });
  });

  it('runs on when faults have ended, so that everybody can get well', async () => {
    const { report } = await simulated('outage');
    expect(report.healedBy).toBeGreaterThan(report.to);
    expect(report.healing.map(({ fault, unhealed }) => [fault, unhealed])).toContainEqual(['outage', 0]);
  });

  it('throws what a job that reaches outside met, with its place', async () => {
    const config = defineConfig({
      builtIn: { health: false, resources: false },
      engines: [
        engine('writer', {
          every: '1h',
          run: ({ step }) =>
            step('save', async () => {
              const { writeFile } = await import('node:fs/promises');
              await writeFile('never', '');
            }),
        }),
      ],
    });
    const thrown = await simulated('none', { config }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(SimulationError);
    expect(thrown).toMatchObject({ code: 'REAL_IO', place: { engine: 'writer', step: 'save' } });
    const { report } = await simulated('none', { config, steps: { writer: { save: () => 'saved' } } });
    expect(report.totals).toMatchObject({ failed: 0, ran: report.lost.of });
  });
});

describe('the preset', () => {
  it('none has every run in time, and nobody do anything', async () => {
    const { report } = await simulated('none');
    expect(report.totals).toEqual({ ran: report.lost.of, late: 0, failed: 0, coalesced: 0, skipped: 0, missed: 0 });
    expect([report.crashes, report.alerts.opened, report.interventions, report.happened]).toEqual([0, 0, [], []]);
    expect(report.worst).toEqual([]);
  });

  it('hostile has crashes, outages and bad answers, and loses no run all the same', async () => {
    const { report } = await simulated('hostile', { days: 3 });
    const kinds = report.happened.map(({ fault }) => fault);
    expect(kinds).toEqual(expect.arrayContaining(['killed', 'outage', '503', '200 with nothing', '429']));
    expect(report.crashes).toBeGreaterThan(10);
    expect(report.lost).toMatchObject({ unsettled: 0, unexplained: 0, stepsDoneTwice: 0 });
    expect(report.calls).toMatchObject({ pastQuota: 0, expiredToken: 0 });
    expect(report.worst[0]?.path.some(({ kind }) => kind === 'fault')).toBe(true);
  });

  it('outage has few calls made to who is down', async () => {
    const { report } = await simulated('outage', { days: 2 });
    const outage = report.happened.find(({ fault }) => fault === 'outage');
    expect(outage?.times).toBeGreaterThan(1);
    expect(report.calls.wasted).toBe(outage?.calls);
    expect(report.calls.wasted).toBeLessThan(report.calls.made / 4);
    expect(report.crashes).toBe(0);
  });

  it('calm has hardly anything', async () => {
    const { report } = await simulated('calm');
    expect(report.totals.ran / report.lost.of).toBeGreaterThan(0.95);
    expect(report.interventions).toEqual([]);
  });
});

describe('what needs a person', () => {
  const revoked = { calls: {}, programs: {}, grantsRevoked: { everyMs: 6 * 3_600_000 } };
  const full = { calls: {}, programs: {}, diskFull: { everyMs: 6 * 3_600_000 } };

  it.each([
    ['a grant that was revoked', revoked, /^gave the grant of google again$/],
    ['a full disk', full, /^made room on the disk$/],
  ])('is announced within a minute, and done: %s', async (_, faults, did) => {
    const { report } = await simulated('none', { faults });
    expect(report.interventions.length).toBeGreaterThan(0);
    for (const intervention of report.interventions) {
      expect(intervention.did).toMatch(did);
      expect(intervention.announcedMs).toBeLessThanOrEqual(60_000);
    }
    expect(report.hoursBetweenInterventions).toBeCloseTo(24 / report.interventions.length, 5);
    expect(report.lost).toMatchObject({ unsettled: 0, unexplained: 0 });
  });
});

describe('a job with a bug', () => {
  /** Orders what the last run did not: or, with the bug, everything, every time. */
  const shopper = (ignoresLastGood: boolean): ConfigDefinition =>
    defineConfig({
      timeZone: 'UTC',
      builtIn: { health: false, resources: false },
      services: { shop: { url: 'https://shop.example' } },
      engines: [
        engine('buyer', {
          every: '1h',
          async run({ step, service, lastGood }) {
            const { bought = [] } = (ignoresLastGood ? {} : (lastGood ?? {})) as { bought?: number[] };
            const wanted = await step('wanted', async () => (await service('shop').fetch('/wanted')).json());
            const missing = (wanted as number[]).filter((item) => !bought.includes(item));
            for (const item of missing) {
              await step(`buy ${item}`, async () => {
                await service('shop').fetch(`/buy/${item}`, { method: 'POST' });
              });
            }
            return { bought: [...bought, ...missing] };
          },
        }),
      ],
    });
  const services = {
    shop: ({ url }: { url: URL }) => answer(200, url.pathname === '/wanted' ? [1, 2] : {}),
  };
  const boughtOnce = (): Invariant => ({
    name: 'bought once',
    claim: 'nothing is bought by two runs',
    watch(_, broken) {
      const buyers = new Map<string, string>();
      return {
        seen(event) {
          if (event.type !== 'call.sent' || event.request.method !== 'POST') return;
          const { url, place } = event.request;
          const before = buyers.get(url.pathname) ?? place?.run ?? '';
          buyers.set(url.pathname, before);
          if (before !== place?.run) broken(`buyer: ${url.pathname} again`);
        },
      };
    },
  });

  it('shows, with the faults that it takes: none at all', async () => {
    const found = await simulated('calm', { config: shopper(true), services, invariants: [boughtOnce()] });
    expect(found.report.violations[0]).toMatchObject({ invariant: 'bought once', what: 'buyer: /buy/1 again' });
    expect(found.culprits?.faults).toEqual([]);
    expect(found.report.worst[0]).toMatchObject({ kind: 'violation', engine: 'buyer' });
  });

  it('is not seen where there is none', async () => {
    const found = await simulated('hostile', { config: shopper(false), services, invariants: [boughtOnce()] });
    expect(found.report.violations).toEqual([]);
    expect(found.culprits).toBeNull();
  });

  it('that a single fault brings out is found with that fault alone', async () => {
    const config = defineConfig({
      timeZone: 'UTC',
      builtIn: { health: false, resources: false },
      services: { shop: { url: 'https://shop.example' } },
      engines: [
        engine('reader', {
          every: '1h',
          async run({ service }) {
            const text = await (await service('shop').fetch('/')).text();
            if (text.includes('hotel')) await service('shop').fetch('/panic', { method: 'POST' });
            return text;
          },
        }),
      ],
    });
    const calmly: Invariant = {
      name: 'no panic',
      claim: 'nobody panics',
      watch: (_, broken) => ({
        seen: (event) => {
          if (event.type === 'call.sent' && event.request.url.pathname === '/panic') broken('reader panics');
        },
      }),
    };
    const faults = { calls: { garbage: 0.1, slow: 0.3, resetAfter: 0.1 }, programs: {} };
    const found = await simulated('none', { config, faults, days: 2, invariants: [calmly] });
    expect(found.culprits?.faults).toEqual([expect.stringMatching(/^call \d+ to shop: 200 with garbage$/)]);
  });
});
