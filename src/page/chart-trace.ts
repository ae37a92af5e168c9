/**
 * What of a chart is lit: the state that it is in, those that it came through, and the lines between them. A run's steps are states within
 * `running`, where the chart has them.
 */
import type { StepWay } from '../dashboard/step-way.ts';

export interface Trace {
  current: string;
  /** In their order, without the current one. */
  passed: string[];
  /** As in `['idle.scheduled', 'ready']`. */
  moves: [from: string, to: string][];
}

/**
 * @param states every state that the chart has, by its name
 * @param path the states that it came through, the present one at the end
 * @param steps of its run, the one under way or the last
 */
export function traceOf(states: readonly string[], path: readonly string[], steps: StepWay): Trace {
  const here = path.at(-1) ?? '';
  const present = here === 'running' && states.includes(steps.present ?? '') ? steps.present : null;
  const current = present ?? here;
  const passed = path.includes('running') ? steps.passed.filter((state) => states.includes(state)) : [];
  const way = present === null || passed.at(-1) === present ? passed : [...passed, present];
  return {
    current,
    passed: [...new Set([...path.slice(0, -1), ...passed])].filter((state) => state !== current),
    moves: [...movesIn(path), ...movesIn(way)],
  };
}

function movesIn(path: readonly string[]): [string, string][] {
  return path.slice(1).map((to, n) => [path[n] ?? '', to]);
}
