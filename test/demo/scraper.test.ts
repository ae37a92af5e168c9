import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Line } from '../../examples/demo/lines.ts';
import { ServiceProcess } from '../../examples/demo/service-process.ts';
import { apiKey } from '../../examples/hostile-world/apis.ts';
import { openWorld, type World } from '../../examples/hostile-world/world.ts';
import { eventually } from '../eventually.ts';
import { chromium, mustHave } from './programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'nightshift-scraper-'));
let world: World | undefined;
let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

it.runIf(chromium || mustHave)(
  'killed on page seven, the scraper goes on there with its cookies',
  async () => {
    let kill: (() => void) | undefined;
    const lines: Line[] = [];
    world = await openWorld({
      seed: 1,
      allowances: {},
      clients: ['studio', 'social', 'office'],
      onArrival: ({ path }) => path === '/catalogue?page=7' && kill?.(),
    });
    world.calm();
    service = new ServiceProcess({
      data: join(folder, 'data'),
      env: {
        CHROMIUM: chromium ?? 'chromium',
        WORLD_URL: world.url,
        API_KEY: apiKey,
        STUDIO_REFRESH: world.grants.get('studio') ?? '',
        SOCIAL_REFRESH: world.grants.get('social') ?? '',
        TMPDIR: folder,
      },
      onLine: (line) => lines.push(line),
    });
    const onPageSeven = new Promise<void>((reached) => {
      kill = reached;
    });
    await service.start();
    await onPageSeven;
    kill = undefined;
    await service.end('SIGKILL');
    await service.start();
    const isDone = ({ msg, actor }: Line) => msg === 'run.succeeded' && actor === 'engine/scraper';
    await eventually('the scraper to succeed', () => lines.find(isDone));

    const visited = world.arrivals.filter((arrival) => arrival.service === 'portal').map(({ path }) => path);
    const pages = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => `/catalogue?page=${from + index}`);
    // The form leads to the first page, which is then opened once more.
    const before = ['/login', '/login', '/catalogue?page=1', ...pages(1, 7)];
    expect(visited.slice(0, before.length + 4)).toEqual([...before, ...pages(7, 10)]);
    expect(world.portal.logins).toBe(1);
    const saved = world.arrivals.filter(({ path, effect }) => path === '/files' && effect);
    expect(saved.length).toBeGreaterThan(0);
    expect(await service.end('SIGTERM')).toBe(0);
  },
  60_000,
);
