/**
 * The failure paths of the jobs that the examples show. `npm run paths` tries the whole catalogue on each, with crashes, and three
 * faults in one path.
 */
import { type FailurePaths, failurePaths, faults } from 'nightshift/testing';
import { describe, expect, it } from 'vitest';
import { jobs } from '../../examples/six-businesses/failure-paths.ts';

const two = [faults.status(503), faults.tokenRejected];
const byJob: [string, FailurePaths][] = [];
for (const { id, options } of jobs) byJob.push([id, await failurePaths(id, { ...options, faults: two })]);

it('the six jobs are all there', () => {
  expect(byJob.map(([id]) => id)).toEqual(['video', 'blog', 'products', 'status', 'mailbox', 'scraper']);
});

describe.each(byJob)('whatever goes wrong with %s', (_, paths) => {
  it.each([...paths].map((path) => [path.name, path] as const))('%s', (__, path) => path.verify());

  it('is a path for each call of it', () => {
    const { missing } = paths.coverage().faults;
    // The second model is asked once the first has failed: that takes two faults in one path.
    expect(missing.filter((place) => !place.includes('(cerebras)'))).toEqual([]);
    expect(paths.length).toBeGreaterThan(2);
  });
});

it('a number that can be left out is, for a key that a person has to see to', () => {
  const names = [...(byJob.find(([id]) => id === 'status')?.[1] ?? [])].map(({ name }) => name);
  expect(names).toContain('numbers: token rejected → refreshing → success');
});
