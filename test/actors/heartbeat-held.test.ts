/**
 * Jobs that are held again and again: being held for a moment is no excuse for never succeeding.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { engine } from '../../src/index.ts';
import { World } from '../../src/testing/world/world.ts';

it('a person hears of jobs that fail in every run, once of each, though they wait for each other before it', async () => {
  const run = async () => {
    await sleep(20_000);
    throw Object.assign(new Error('no database'), { code: 'ECONNREFUSED' });
  };
  const names = ['a', 'b', 'c'];
  await using world = new World({
    config: {
      maxConcurrent: 1,
      engines: names.map((name) => engine(name, { every: '10m', retry: { tries: 1 }, run })),
    },
  });
  await world.run({ hours: 6 });
  const heard = world.history.lines.flatMap(
    (line) => /^0d .{5}.* alert person (opened|resolved) heartbeat:(.)$/.exec(line)?.slice(1).join(' ') ?? [],
  );
  expect(heard.sort()).toEqual(['opened a', 'opened b', 'opened c']);
});
