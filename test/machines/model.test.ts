import { describe, expect, it } from 'vitest';
import { statesOf } from '../../src/actors/chart-rules.ts';
import { type Model, walk } from '../../src/testing/paths/walk.ts';
import { Drive } from './drive.ts';
import { walkInside } from './inner-walk.ts';
import { breakerModels, engineModels, heartbeatModels, incidentModels, quotaModels, tokenModels } from './models.ts';

describe.each([
  ['engine', engineModels],
  ['breaker', breakerModels],
  ['token', tokenModels],
  ['quota', quotaModels],
  ['incident', incidentModels],
  ['heartbeat', heartbeatModels],
])('the walks of the %s', (kind, models: Record<string, Model>) => {
  const walks = Object.entries(models).map(([name, model]) => ({ name, model, ...walk(model) }));
  const taken = new Set(walks.flatMap(({ paths }) => [...paths.keys()]));
  const machine = Object.values(models)[0]?.machine;

  it('take every transition', () => {
    const edges = walks[0]?.edges ?? [];
    expect(edges.length).toBeGreaterThan(5);
    expect(edges.filter((edge) => !taken.has(edge))).toEqual([]);
  });

  // A transition that is taken out of a chart would be missed by no walk: this list misses it.
  it('are those of the list', async () => {
    const edges = [...new Set(walks.flatMap(({ edges }) => edges))].toSorted().join('\n');
    await expect(`${edges}\n`).toMatchFileSnapshot(`edges/${kind}.txt`);
  });

  it('reach every state', () => {
    const reached = new Set(walks.flatMap(({ states }) => [...states]));
    const all = machine ? [...statesOf(machine.root)].map(({ id }) => id) : [];
    expect(all.filter((id) => !reached.has(id))).toEqual([]);
  });

  it.each(walks)('$name: inner transitions lead to where XState leads', ({ model, paths }) => {
    for (const moves of paths.values()) walkInside(model, moves);
  });

  // Each edge once, in the first model whose walk takes it.
  const seen = new Set<string>();
  const rows = walks.flatMap(({ name, model, paths }) =>
    [...paths].flatMap(([edge, moves]) => {
      if (seen.has(edge)) return [];
      seen.add(edge);
      return [{ name, edge, model, moves }];
    }),
  );

  it.each(rows)(
    '$name: $edge ends the same through a death before and after every commit',
    async ({ model, moves }) => {
      const unbroken = await Drive.begin(model);
      const broken = await Drive.begin(model);
      try {
        for (const move of moves) {
          await unbroken.take(move);
          await broken.takeTwice(move);
          await broken.reopen();
          expect(await broken.stand()).toEqual(await unbroken.stand());
        }
      } finally {
        await unbroken.end();
        await broken.end();
      }
    },
  );

  it.each(rows)('$name: $edge leads to where the chart permits what the host takes', async ({ model, moves }) => {
    const drive = await Drive.begin(model);
    try {
      for (const move of moves) await drive.take(move);
      for (const { event, can, asked } of await drive.permissions()) expect(asked, JSON.stringify(event)).toBe(can);
    } finally {
      await drive.end();
    }
  });
});
