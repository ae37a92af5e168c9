import { expect, it } from 'vitest';
import { figure } from '../../../src/policies/trend.ts';
import type { FigureName, SubjectFigures } from '../../../src/telemetry/metrics/figures.ts';
import { highlightsOf } from '../../../src/telemetry/report/highlights.ts';

function subject(name: string, figures: Partial<Record<FigureName, [number, number | null]>>): SubjectFigures {
  const made = Object.entries(figures).map(([key, [value, before]]) => [key, figure(value, before)]);
  const [kind = ''] = name.split('/');
  return {
    subject: name,
    kind: kind as SubjectFigures['kind'],
    name: name.slice(kind.length + 1),
    figures: Object.fromEntries(made),
    states: [],
  };
}

it('names the slowest engines and steps, and leaves calls to their services', () => {
  const subjects = [
    subject('engine/a', { runs: [3, null], p95Ms: [50, null] }),
    subject('step/a/x', { ends: [4, null], p95Ms: [70, null] }),
    subject('service/s', { calls: [3, null], p95Ms: [900, null] }),
    ...Array.from({ length: 9 }, (_, n) => subject(`engine/b${n}`, { p95Ms: [n, null] })),
  ];
  expect(
    highlightsOf(subjects)
      .slowest.map(({ subject, times }) => [subject, times])
      .slice(0, 3),
  ).toEqual([
    ['step/a/x', 4],
    ['engine/a', 3],
    ['engine/b8', 0],
  ]);
  expect(highlightsOf(subjects).slowest).toHaveLength(5);
});

it('names the flakiest engines: those that fail first, then those that need several attempts', () => {
  const subjects = [
    subject('engine/well', { runs: [9, null], successShare: [1, null], attemptsPerSuccess: [1, null] }),
    subject('engine/tries', { runs: [9, null], successShare: [1, null], attemptsPerSuccess: [2, null] }),
    subject('engine/fails', { runs: [9, null], successShare: [0.5, null], attemptsPerSuccess: [1, null] }),
    subject('engine/dead', { runs: [9, null], successShare: [0, null] }),
  ];
  expect(highlightsOf(subjects).flakiest.map(({ engine }) => engine)).toEqual(['dead', 'fails', 'tries']);
});

it('tells of large changes of those with enough to go by, the largest first', () => {
  const subjects = [
    subject('engine/a', { runs: [40, 40], successShare: [0.5, 1], p95Ms: [3_000, 1_000] }),
    subject('engine/rare', { runs: [2, 2], p95Ms: [9_000, 1_000] }),
    subject('engine/quick', { runs: [40, 40], p95Ms: [9, 3] }),
    subject('engine/new', { runs: [40, 0], p95Ms: [9_000, null] }),
    subject('process/self', { memoryBytes: [3e8, 2e8], cpuShare: [0.02, 0.01] }),
  ];
  expect(highlightsOf(subjects).changes).toEqual([
    { subject: 'engine/a', figure: 'p95Ms', value: 3_000, before: 1_000, change: 2 },
    { subject: 'engine/a', figure: 'successShare', value: 0.5, before: 1, change: -0.5 },
    { subject: 'process/self', figure: 'memoryBytes', value: 3e8, before: 2e8, change: 0.5 },
  ]);
});
