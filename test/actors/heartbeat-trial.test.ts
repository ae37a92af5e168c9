/**
 * A job that is missing when its next run begins: that run has its chance before anybody is called.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { engine } from '../../src/index.ts';
import { World } from '../../src/testing/world/world.ts';

/** What a person hears of a job that takes half a minute every twenty, when that goes in its nth run, within three hours. */
async function heard(works: (nth: number) => Promise<void>): Promise<string[]> {
  let nth = 0;
  const run = async () => {
    nth += 1;
    await sleep(30_000);
    await works(nth);
  };
  await using world = new World({
    config: { engines: [engine('work', { every: '20m', timeout: '2h', retry: { tries: 1 }, run })] },
  });
  await world.run({ hours: 3 });
  return world.history.lines.flatMap(
    (line) => /^0d (.{5}).* alert person (\w+) heartbeat:work$/.exec(line)?.slice(1).join(' ') ?? [],
  );
}

it('nobody hears of one failed run', async () => {
  expect(
    await heard(async (nth) => {
      if (nth === 3) throw new Error('once');
    }),
  ).toEqual([]);
});

it('a person hears when the next run has failed as well, and when one has succeeded again', async () => {
  expect(
    await heard(async (nth) => {
      if (nth === 3 || nth === 4) throw new Error('twice');
    }),
  ).toEqual(['01:00 opened', '01:20 resolved']);
});

it('a person hears when the next run goes on for half of the grace, five minutes at the most', async () => {
  expect(
    await heard(async (nth) => {
      if (nth === 3) throw new Error('once');
      if (nth === 4) await sleep(5_400_000);
    }),
  ).toEqual(['01:05 opened', '02:05 reminder', '02:30 resolved']);
});
