/**
 * Whoever does right by a fault passes it: each one of the catalogue on careful jobs, with a crash in each place besides.
 */
import { allFaults, failurePaths, faults } from 'nightshift/testing';
import { expect, it } from 'vitest';
import { jobs } from './careful.ts';

const each = allFaults.map((fault) => [fault.name, fault] as const);

it.each(each)('a careful job passes every path with %s', async (name, fault) => {
  const seen: string[] = [];
  for (const [id, config] of jobs) {
    const paths = await failurePaths(id, { config, faults: [fault], crash: true });
    for (const path of paths) await path.verify();
    seen.push(...paths.coverage().faults.reached);
  }
  expect(seen.filter((place) => place.endsWith(`: ${name}`))).not.toEqual([]);
});

it.each(jobs.slice(0, 2))('a job whose service is silent four times passes every path: %s', async (id, config) => {
  const paths = await failurePaths(id, { config, faults: [faults.silence], depth: 4, crash: true });
  expect([...paths].some(({ name }) => name.split('fetch: silence').length > 4)).toBe(true);
  for (const path of paths) await path.verify();
});

it.each([
  [2, false],
  [3, true],
])('with %i faults in one path, a breaker as it is by default is opened: %s', async (depth, opens) => {
  const [[id, config]] = jobs;
  const paths = await failurePaths(id, { config, faults: [faults.status(503)], depth });
  expect(paths.coverage().states.reached.includes('held.forActor')).toBe(opens);
});
