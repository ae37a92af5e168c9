import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunScope } from '../../src/config/run-scope.ts';
import { healthEngine, healthServices } from '../../src/engines/health.ts';
import type { ClassifiedError } from '../../src/policies/failure.ts';

let server: Server;
let base: string;
/** Where nobody listens. */
let closed: string;
let asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('well');
  });
  base = await listening(server);
  const shut = createServer();
  closed = await listening(shut);
  shut.close();
});
afterAll(() => server.close());

async function listening(on: Server): Promise<string> {
  await new Promise<void>((listens) => on.listen(0, '127.0.0.1', listens));
  return `http://127.0.0.1:${(on.address() as AddressInfo).port}`;
}

/** Real calls, without the breaker between; `down` are the services whose breaker is open. */
function scope(called: string[], down: readonly string[] = []): RunScope {
  return {
    service: (name: string) => ({
      fetch: async (url: string) => {
        called.push(name);
        if (down.includes(name)) throw new Error(`${name}: its breaker lets no call through.`);
        return fetch(url);
      },
    }),
  } as unknown as RunScope;
}

it("asks the service's own interface when no address is configured", async () => {
  asked = [];
  const engine = healthEngine({ urls: [] }, () => base);
  expect(await engine.run(scope([]))).toEqual({ healthy: 1 });
  expect(asked).toEqual(['/healthz']);
});

it('asks each address through a breaker of its own, and there is one for each', async () => {
  const called: string[] = [];
  const urls = [`${base}/a`, `${base}/b`, `${base}/c`];
  expect(await healthEngine({ urls }, () => '').run(scope(called))).toEqual({ healthy: 3 });
  expect(called).toEqual(healthServices({ urls }).map(({ name }) => name));
  expect(new Set(called).size).toBe(3);
  expect(healthServices({ urls: [] })).toHaveLength(1);
});

it('asks every address, whatever becomes of the others, and names all that are down', async () => {
  asked = [];
  const urls = [`${closed}/first`, `${base}/well`, `${base}/shut`, `${base}/last`];
  const shut = healthServices({ urls })[2]?.name as string;
  const run = healthEngine({ urls }, () => '').run(scope([], [shut])) as Promise<unknown>;
  const error = (await run.catch((thrown) => thrown)) as ClassifiedError;
  expect(error).toMatchObject({ code: 'UNHEALTHY' });
  expect(error.message).toMatch(/^2 of 4 addresses did not answer well\./);
  expect(error.message).toContain(`${closed}/first: `);
  expect(error.message).toContain(`${base}/shut: ${shut}: its breaker lets no call through.`);
  expect(error.message).not.toContain('/well');
  expect(asked.toSorted()).toEqual(['/last', '/well']);
});

it('goes on watching, however long an address is down', () => {
  const { settings } = healthEngine({ urls: [] }, () => base);
  expect(settings.maxFailures).toBe(Number.MAX_SAFE_INTEGER);
  expect(settings.schedule).toEqual({ kind: 'every', everyMs: 60_000, offsetMs: 0 });
});
