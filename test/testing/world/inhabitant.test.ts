import { expect, it } from 'vitest';
import type { ConfigDefinition } from '../../../src/config/definition.ts';
import type { Chaos } from '../../../src/testing/world/chaos.ts';
import type { Habitat } from '../../../src/testing/world/inhabitant.ts';
import { World } from '../../../src/testing/world/world.ts';

const config: ConfigDefinition = { services: { shop: { url: 'https://shop.example' } } };

it('lives anew after each crash, with what is on its disk and nothing that it had in memory', async () => {
  const seen: { life: number; memory: number; disk: string | undefined }[] = [];
  await using world = new World({
    config,
    inhabitant: async ({ life, clock, store }) => {
      let memory = 0;
      clock.after(30_000, async () => {
        memory += 1;
        seen.push({ life, memory, disk: await store.get('file') });
        await store.write([['file', JSON.stringify(life)]]);
      });
    },
  });
  await world.run({ minutes: 1 });
  world.crash();
  await world.run({ minutes: 1 });
  expect(seen).toEqual([
    { life: 1, memory: 1, disk: undefined },
    { life: 2, memory: 1, disk: '1' },
  ]);
});

it('ends with its process: what it waited for never comes', async () => {
  const rung: number[] = [];
  await using world = new World({
    config,
    inhabitant: ({ life, clock }) => {
      clock.after(60_000, () => rung.push(life));
    },
  });
  await world.run({ ms: 1_000 });
  world.crash();
  await world.run({ minutes: 5 });
  expect(rung).toEqual([2]);
});

it('has the time of the world in what a timer calls as well', async () => {
  const instants: number[] = [];
  await using world = new World({
    config,
    inhabitant: ({ clock }) => {
      clock.after(1_000, () => instants.push(Date.now()));
      setTimeout(() => instants.push(Date.now()), 2_000);
    },
  });
  await world.run({ minutes: 1 });
  expect(instants).toEqual([world.startedAt + 1_000, world.startedAt + 2_000]);
});

it('meets the services and the faults of the world', async () => {
  const chaos: Chaos = {
    call: (_, at) => (at < firstMinuteEnds ? broken : undefined),
    write: () => ({
      kind: 'disk',
      name: 'full',
      afterwards: '',
      error: () => new Error('ENOSPC'),
      lastsMs: 0,
      needsPerson: true,
    }),
  };
  const firstMinuteEnds = Date.UTC(2026, 0, 5, 0, 1);
  const broken = {
    kind: 'call',
    name: 'teapot',
    afterwards: '',
    answer: async () => new Response('', { status: 418 }),
  } as const;
  const met: unknown[] = [];
  const ask = async ({ fetch }: Habitat) => met.push((await fetch('https://shop.example/')).status);
  await using world = new World({
    config,
    faults: chaos,
    inhabitant: async (habitat) => {
      await ask(habitat);
      habitat.clock.after(90_000, () => void ask(habitat));
      await habitat.store.write([['file', '1']]).catch((error) => met.push(error.code));
    },
  });
  await world.run({ minutes: 2 });
  expect(met).toEqual([418, 'STORE_UNWRITABLE', 200]);
  expect(world.isDiskWell).toBe(false);
  await world.help.makeRoom();
  expect(world.isDiskWell).toBe(true);
});

it('finds on its disk what somebody at the machine has put there', async () => {
  await using world = new World({ config, inhabitant: () => {} });
  world.put('lock:b', '2');
  world.put('lock:a', '1');
  world.put('token', '3');
  world.put('lock:b', null);
  world.put('lock:c', '4');
  expect(world.rows('lock:')).toEqual([
    { key: 'lock:a', json: '1' },
    { key: 'lock:c', json: '4' },
  ]);
  expect(world.rows('')).toHaveLength(3);
});
