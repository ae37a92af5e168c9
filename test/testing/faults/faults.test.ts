import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/policies/classify.ts';
import type { Fault } from '../../../src/testing/faults/fault.ts';
import { allFaults, faults } from '../../../src/testing/faults/faults.ts';
import type { WorldEvent } from '../../../src/testing/invariants/invariant.ts';
import { type Met, meet, plain } from './small-world.ts';

const at = <Type extends WorldEvent['type']>(events: readonly WorldEvent[], type: Type) =>
  events.filter((event): event is Extract<WorldEvent, { type: Type }> => event.type === type);
const callsTo = ({ events }: Met, service: string) =>
  at(events, 'call.sent').filter(({ request }) => request.service.startsWith(service));
const ledgerOf = ({ events }: Met, engine: string) =>
  at(events, 'ledger').flatMap(({ address, entry }) =>
    address === `engine/${engine}` ? [entry as { outcome: string; attempts?: number; result?: string; due: Due }] : [],
  );
interface Due {
  from: number;
  to: number;
}
const firstRun = (met: Met, engine = 'upload') => ledgerOf(met, engine)[0];
/** How often the first step was done at its service. */
const madeFirst = ({ made }: Met) => [...made.values()][0];
const faultAt = ({ since }: Met) => since[0]?.at ?? Number.NaN;
const triesAgain = (met: Met) => expect(firstRun(met)).toMatchObject({ attempts: 2, result: 'success' });
const goesOn = (met: Met) => expect(firstRun(met)).toMatchObject({ attempts: 1, result: 'success' });
const startsOf = (met: Met, step: string) => {
  const [first] = at(met.events, 'step.began').filter((event) => event.step.name === step);
  return at(met.events, 'step.began').filter((event) => event.step.key === first?.step.key).length;
};

/** What each fault says must hold, as this world can tell. */
const afterwards: Record<string, (met: Met) => void> = {
  '503': triesAgain,
  '429 Retry-After 60': (met) => {
    triesAgain(met);
    const [first, second] = callsTo(met, 'video');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(60_000);
  },
  '403': (met) => {
    expect(firstRun(met)).toMatchObject({ result: 'failure' });
    expect(at(met.since, 'alert')).toContainEqual(expect.objectContaining({ cause: 'engine:upload', kind: 'opened' }));
    expect(at(met.since, 'person')).toContainEqual(expect.objectContaining({ did: 'resumed upload' }));
  },
  '404': (met) => {
    expect(firstRun(met)).toMatchObject({ attempts: 1, result: 'failure' });
    expect(ledgerOf(met, 'upload')[1]).toMatchObject({ result: 'success' });
  },
  '429 quota exceeded': triesAgain,
  '403 quota exceeded': triesAgain,
  '200 with nothing': (met) => {
    triesAgain(met);
    expect(madeFirst(met)).toBe(2);
  },
  '200 with garbage': triesAgain,
  'truncated body': (met) => {
    triesAgain(met);
    expect(madeFirst(met)).toBe(2);
  },
  'slow drip': (met) => {
    goesOn(met);
    const [first] = at(met.events, 'step.ended');
    expect((first?.at ?? 0) - faultAt(met)).toBeGreaterThan(10_000);
  },
  silence: (met) => {
    triesAgain(met);
    expect(madeFirst(met)).toBe(1);
    expect(at(met.since, 'call.ended')[0]?.exchange).toMatchObject({ error: expect.anything(), fault: 'silence' });
  },
  'reset before it was processed': (met) => {
    triesAgain(met);
    expect(madeFirst(met)).toBe(1);
  },
  'reset after it was processed': (met) => {
    triesAgain(met);
    expect(madeFirst(met)).toBe(2);
  },
  'DNS failure': triesAgain,
  'TLS failure': (met) => {
    triesAgain(met);
    expect(madeFirst(met)).toBe(1);
  },
  'no network': (met) => {
    goesOn(met);
    expect(at(met.since, 'alert')).toEqual([]);
    expect(madeFirst(met)).toBe(1);
  },
  'token rejected': (met) => {
    goesOn(met);
    const [first, second] = callsTo(met, 'video').map(({ request }) => request.headers.get('authorization'));
    expect([first, second]).toEqual(['Bearer access-studio-1', 'Bearer access-studio-2']);
  },
  'token server down': (met) => {
    goesOn(met);
    const refreshes = callsTo(met, 'token server');
    expect(refreshes[1]?.at).toBeGreaterThan(refreshes[0]?.at ?? 0);
    expect(callsTo(met, 'video')[0]?.at).toBeGreaterThan(refreshes[1]?.at ?? 0);
  },
  'grant revoked': (met) => {
    const helped = at(met.since, 'person')[0]?.at ?? 0;
    expect(at(met.since, 'alert').filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    expect(callsTo(met, 'token server').filter((call) => call.at < helped)).toHaveLength(1);
    expect(firstRun(met)).toMatchObject({ result: 'success' });
  },
  'disk full': (met) => {
    expect(at(met.since, 'committed')[0]?.at).toBeGreaterThanOrEqual(faultAt(met) + 60_000);
    expect(callsTo(met, 'social')[0]?.at).toBeGreaterThanOrEqual(faultAt(met) + 60_000);
    expect(madeFirst(met)).toBe(1);
  },
  SQLITE_BUSY: (met) => {
    goesOn(met);
    expect(callsTo(met, 'social')[0]?.at).toBeGreaterThanOrEqual(at(met.since, 'committed')[0]?.at ?? Infinity);
    expect(madeFirst(met)).toBe(1);
  },
  'torn batch': (met) => {
    goesOn(met);
    expect(met.stepsOnDisk).toEqual([]);
    expect(at(met.since, 'committed')[0]?.keys.some((key) => key.endsWith('engine/upload'))).toBe(true);
    expect(madeFirst(met)).toBe(1);
  },
  'killed before the commit': (met) => {
    goesOn(met);
    expect([startsOf(met, 'upload'), madeFirst(met)]).toEqual([2, 2]);
  },
  'killed during the commit': (met) => {
    goesOn(met);
    expect([startsOf(met, 'upload'), madeFirst(met)]).toEqual([2, 2]);
  },
  'killed after the commit': (met) => {
    goesOn(met);
    expect([startsOf(met, 'upload'), madeFirst(met)]).toEqual([1, 1]);
  },
  'clock set forward by 1h': goesOn,
  'clock set back by 1h': goesOn,
  'asleep for 8h': (met) => {
    const outcomes = ledgerOf(met, 'upload').map(({ outcome }) => outcome);
    expect(outcomes).toContain('skipped');
    expect(at(met.events, 'offence')).toEqual([]);
  },
  'clocks change in Europe/Berlin': (met) => {
    // The last Sunday of March.
    expect(new Date(at(met.events, 'ledger').at(-1)?.at ?? 0).toISOString()).toMatch(/^2026-03-(29|30)/);
  },
  'duplicate timer': (met) => {
    goesOn(met);
    expect(new Set(ledgerOf(met, 'upload').map(({ outcome }) => outcome))).toEqual(new Set(['ran']));
  },
  'started twice': (met) => {
    expect(at(met.events, 'process.began')).toHaveLength(1);
  },
  'exits 0 without output': (met) => expect(firstRun(met, 'import')).toMatchObject({ result: 'failure' }),
  'exits 1': (met) => {
    expect(firstRun(met, 'import')).toMatchObject({ result: 'failure', reason: expect.stringContaining('1') });
    expect(ledgerOf(met, 'import')[1]).toMatchObject({ result: 'success' });
  },
  hangs: (met) => {
    expect(firstRun(met, 'import')).toMatchObject({ attempts: 2, result: 'success' });
    const starts = at(met.events, 'run.began').filter(({ work }) => work.engine === 'import');
    expect((starts[1]?.at ?? 0) - (starts[0]?.at ?? 0)).toBeGreaterThanOrEqual(600_000);
  },
  'ends by SIGSEGV': (met) => expect(firstRun(met, 'import')).toMatchObject({ attempts: 2, result: 'success' }),
  'ignores SIGTERM': (met) => {
    expect(firstRun(met, 'import')).toMatchObject({ attempts: 2, result: 'success' });
    const [begun] = at(met.events, 'run.began').filter(({ work }) => work.engine === 'import');
    const [killed, next] = at(met.events, 'run.ended').filter(({ work }) => work.engine === 'import');
    // Its timeout and its grace; and then the next one, which takes a second or more.
    expect((killed?.at ?? 0) - (begun?.at ?? 0)).toBeGreaterThanOrEqual(605_000);
    expect(killed?.work.signal.aborted).toBe(true);
    expect((next?.at ?? 0) - (killed?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  },
  'leaks memory': (met) => {
    expect(firstRun(met, 'import')).toMatchObject({ attempts: 2, result: 'success' });
    expect(at(met.events, 'run.ended')).toContainEqual(
      expect.objectContaining({ error: expect.stringContaining('MEMORY_EXCEEDED') }),
    );
  },
};

const withoutAlerts = ({ since }: Met) => since.filter(({ type }) => type !== 'alert');
const lasts = (fault: Fault) => (fault.name.startsWith('clocks change') ? 84 * 24 : 12);

describe('a fault of the catalogue', () => {
  it.each(allFaults)('is as it says afterwards: $name', async (fault) => {
    const met = await meet(fault, lasts(fault));
    expect(met.since.length).toBeGreaterThan(0);
    expect(fault.holds?.(met)).toBeUndefined();
    afterwards[fault.name]?.(met);
    // Whatever happens, each due time settles once, in order, and each step has one key.
    for (const engine of ['upload', 'import']) {
      const dues = ledgerOf(met, engine).map(({ due }) => due);
      expect(dues.length).toBeGreaterThan(0);
      for (const [n, due] of dues.entries()) expect(due.from).toBeGreaterThan(dues[n - 1]?.to ?? 0);
    }
    const steps = at(met.events, 'step.began').map(({ step }) => `${step.run} ${step.name}`);
    const keys = at(met.events, 'step.began').map(({ step }) => step.key);
    expect(new Set(keys).size).toBe(new Set(steps).size);
  });

  it.each([faults.tokensRejected('studio'), faults.grantTakenBack('studio')])(
    'that names a token is as it says afterwards: $name',
    async (fault) => {
      const met = await meet(fault, 4);
      expect(fault.holds?.(met)).toBeUndefined();
      const told = at(met.since, 'alert').filter(({ cause, kind }) => cause === 'token:studio' && kind === 'opened');
      const isTakenBack = fault.name === 'grant of studio revoked';
      expect(told).toHaveLength(isTakenBack ? 1 : 0);
      expect(firstRun(met)).toMatchObject({ result: 'success' });
      if (isTakenBack)
        expect(fault.holds?.({ ...met, since: withoutAlerts(met) })).toBe('nobody was told of a token:studio');
    },
  );

  it('has a name of its own, says what must hold, and is looked at here', () => {
    expect(allFaults.map(({ name }) => name).toSorted()).toEqual(Object.keys(afterwards).toSorted());
    for (const { afterwards: sentence } of allFaults) expect(sentence).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('is not met in a world without faults', async () => {
    const met = await plain();
    expect(met.since).toEqual([]);
    expect(new Set(ledgerOf(met, 'upload').map(({ outcome }) => outcome))).toEqual(new Set(['ran']));
    for (const fault of allFaults) if (fault.name === 'grant revoked') expect(fault.holds?.({ ...met })).toBeDefined();
  });

  it.each([
    ['DNS failure', faults.dns, 'ENOTFOUND'],
    ['TLS failure', faults.tls, 'CERT_HAS_EXPIRED'],
    ['reset', faults.resetBefore, 'ECONNRESET'],
  ])('fails as fetch does: %s', async (_, fault, code) => {
    const exchange = {
      request: { url: new URL('https://shop.example/') } as never,
      served: async () => new Response(),
      pause: async () => {},
      random: () => 0,
    };
    const error = await fault.answer(exchange).then(
      () => undefined,
      (thrown: unknown) => thrown as TypeError,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(error?.message).toBe('fetch failed');
    expect(classify(error, 0)).toMatchObject({ class: 'recoverable', code });
  });

  it.each([
    [faults.busy, 'SQLITE_BUSY', 'recoverable'],
    [faults.diskFull, 'SQLITE_FULL', 'shared'],
  ])('fails as node:sqlite does: $name', ({ error }, code, name) => {
    expect(classify(error(), 0)).toMatchObject({ class: name, code });
  });
});

describe('a fault of one’s own', () => {
  it('happens like any other, and says itself what must hold', async () => {
    const maintenance: Fault = {
      kind: 'call',
      name: 'maintenance page',
      afterwards: 'The run waits until the maintenance is over.',
      holds: ({ since }) => (since.some(({ type }) => type === 'call.sent') ? undefined : 'nobody called again'),
      answer: async () => new Response('back at noon', { status: 503, headers: { 'retry-after': '3600' } }),
    };
    const met = await meet(maintenance);
    expect(maintenance.holds?.(met)).toBeUndefined();
    expect(maintenance.holds?.({ ...met, since: [] })).toBe('nobody called again');
    const [first, second] = callsTo(met, 'video');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(3_600_000);
  });
});

it.each([
  [() => faults.status(9999), 'status: found 9999, expected a status from 200 to 599.'],
  [() => faults.status(undefined as never), 'status: found nothing, expected a status from 200 to 599.'],
  [() => faults.kill('sometime' as never), "kill: found 'sometime', expected 'before', 'during' or 'after'."],
  [() => faults.clockForward(-1), "Found the length '-1', expected one such as '30m'."],
  [() => faults.asleep('a while'), "Found the length 'a while', expected one such as '30m'."],
])('refuses a fault that could never happen: %s', (make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'WORLD_MISUSED', message }));
});
