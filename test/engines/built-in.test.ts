import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { builtInIds } from '../../src/config/references.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { builtInEngines, builtInServices } from '../../src/engines/built-in.ts';

const closed = () => {
  throw new Error('closed');
};
const ports = {
  dataDir: '.',
  configDir: '.',
  clock: systemClock,
  store: closed,
  write: closed,
  overview: closed,
  deliver: closed,
  redact: (text: string) => text,
  env: {},
  children: closed,
  wanted: () => [],
  apiUrl: () => 'http://127.0.0.1:1',
};

function namesFor(builtIn: NonNullable<ConfigDefinition['builtIn']>) {
  const config = resolveConfig({ builtIn }, {});
  return [builtInEngines(config, ports).map(({ id }) => id), builtInServices(config).map(({ name }) => name)];
}

it('runs all of them unless they are turned off, under the names that no other engine may have', () => {
  expect(namesFor({})).toEqual([[...builtInIds], ['api-health-1']]);
});

const keys = ['health', 'resources', 'backup', 'logCleanup', 'logAnalysis', 'dailyReport', 'updates'] as const;

it.each(builtInIds.map((id, n) => ({ id, key: keys[n] as (typeof keys)[number] })))(
  'leaves out $id when turned off, breakers included',
  ({ id, key }) => {
    const services = id === 'api-health' ? [] : ['api-health-1'];
    expect(namesFor({ [key]: false })).toEqual([builtInIds.filter((other) => other !== id), services]);
  },
);

it('runs none of them when all are turned off', () => {
  expect(namesFor(Object.fromEntries(keys.map((key) => [key, false])))).toEqual([[], []]);
});

it('does no housekeeping at its first start: that waits for its hour', () => {
  const engines = builtInEngines(resolveConfig({ timeZone: 'Europe/Berlin' }, {}), ports);
  const housekeeping = engines.filter(({ importance }) => importance === 'low');
  expect(housekeeping.map(({ id, settings }) => [id, settings.schedule])).toEqual([
    ['backup', at('30 3 * * *')],
    ['log-cleanup', at('0 4 * * *')],
    ['log-analysis', at('50 6 * * *')],
    ['daily-report', at('0 7 * * *')],
    ['updates', at('0 5 * * mon')],
  ]);
});

const at = (expression: string) => ({ kind: 'cron', expression, timeZone: 'Europe/Berlin', offsetMs: 0 });

it('has a breaker for each address', () => {
  const [, services] = namesFor({ health: { urls: ['http://a.example', 'http://b.example'] } });
  expect(services).toEqual(['api-health-1', 'api-health-2']);
});
