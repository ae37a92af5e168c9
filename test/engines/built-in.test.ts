import { expect, it } from 'vitest';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { builtInIds } from '../../src/config/references.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { builtInEngines, builtInServices } from '../../src/engines/built-in.ts';

const ports = { dataDir: '.', apiUrl: () => 'http://127.0.0.1:1' };

function namesFor(builtIn: NonNullable<ConfigDefinition['builtIn']>) {
  const config = resolveConfig({ builtIn }, {});
  return [builtInEngines(config, ports).map(({ id }) => id), builtInServices(config).map(({ name }) => name)];
}

it('runs both engines unless they are turned off, under the names that no other engine may have', () => {
  expect(namesFor({})).toEqual([[...builtInIds], ['api-health-1']]);
});

it.each([
  ['health', { health: false as const }, [['resources'], []]],
  ['resources', { resources: false as const }, [['api-health'], ['api-health-1']]],
  ['both', { health: false as const, resources: false as const }, [[], []]],
])('leaves out %s when turned off, breakers included', (_, builtIn, names) => {
  expect(namesFor(builtIn)).toEqual(names);
});

it('has a breaker for each address', () => {
  const [, services] = namesFor({ health: { urls: ['http://a.example', 'http://b.example'] } });
  expect(services).toEqual(['api-health-1', 'api-health-2']);
});
