/**
 * What of a chart is lit: the state that it is in, those that it came through, and the lines between them. A run's steps are states within
 * `running`, where the chart has them.
 */

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
 * @param finished steps of its run, the one under way or the last
 */
export function traceOf(states: readonly string[], path: readonly string[], finished: readonly string[]): Trace {
  const present = path.at(-1) ?? '';
  const steps = states.filter((state) => state.startsWith('running.'));
  const done = path.includes('running') ? stepsDone(steps, finished) : [];
  // Steps are begun in the order in which the job has them written: the next one is under way.
  const next = steps[done.length === 0 ? 0 : steps.indexOf(done.at(-1) ?? '') + 1];
  const current = present === 'running' && next !== undefined ? next : present;
  return {
    current,
    passed: [...new Set([...path.slice(0, -1), ...done])].filter((state) => state !== current),
    moves: [...movesIn(path), ...movesIn(current === present ? done : [...done, current])],
  };
}

function movesIn(path: readonly string[]): [string, string][] {
  return path.slice(1).map((to, n) => [path[n] ?? '', to]);
}

/** The chart's states that stand for the steps that are finished, each once. */
function stepsDone(steps: readonly string[], finished: readonly string[]): string[] {
  return steps.filter((state) => finished.some((step) => isStep(state, step)));
}

/** A state's name has no dots of its own, a number has a word before it, and `…` stands for what a job works out. */
function isStep(state: string, step: string): boolean {
  const key = state.slice('running.'.length);
  const name = step.replaceAll('.', '·');
  if (!key.includes('…')) return key === name || key === `step ${name}`;
  const pattern = key.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(name);
}
