/**
 * A picture of a path: the engine's chart as a Mermaid state diagram, with the states that were passed through and the transition
 * that should not have been.
 */
import { statesOf } from '../../actors/chart-rules.ts';
import { engineMachine } from '../../machines/engine.ts';

/**
 * @param observed the states passed through
 * @param predicted what they should have been
 */
export function pictureOf(observed: readonly string[], predicted: readonly string[]): string {
  const wrongAt = firstDifference(observed, predicted);
  const steps = new Map<string, string[]>();
  for (const [n, state] of observed.entries()) {
    const before = observed[n - 1];
    if (before === undefined) continue;
    const edge = `${idOf(before)} --> ${idOf(state)}`;
    const label = n === wrongAt ? `✗ ${n}, predicted ${predicted[n] ?? 'the end'}` : `${n}`;
    steps.set(edge, [...(steps.get(edge) ?? []), label]);
  }
  const lines = [...new Set([...chartEdges(), ...steps.keys()])].map((edge) => {
    const labels = steps.get(edge);
    return labels ? `  ${edge} : ${labels.join(', ')}` : `  ${edge}`;
  });
  const traced = [...new Set(observed.map(idOf))];
  const wrong = wrongAt === undefined ? observed.at(-1) : (observed[wrongAt] ?? observed.at(-1));
  return [
    'stateDiagram-v2',
    '  classDef traced fill:#dbeafe,stroke:#1d4ed8',
    '  classDef offending fill:#fee2e2,stroke:#b91c1c,stroke-width:3px',
    ...lines,
    ...(traced.length > 0 ? [`  class ${traced.join(',')} traced`] : []),
    ...(wrong === undefined ? [] : [`  class ${idOf(wrong)} offending`]),
  ].join('\n');
}

/** Where two lists of states differ first; undefined when they do not. */
export function firstDifference(one: readonly string[], other: readonly string[]): number | undefined {
  for (let n = 0; n < Math.max(one.length, other.length); n++) if (one[n] !== other[n]) return n;
  return undefined;
}

function chartEdges(): string[] {
  return [...statesOf(engineMachine.root)].flatMap((state) =>
    [...state.transitions.values(), state.always ?? []]
      .flat()
      .flatMap((transition) =>
        (transition.target ?? []).map((target) => `${idOf(nameIn(state.id))} --> ${idOf(nameIn(target.id))}`),
      ),
  );
}

function nameIn(id: string): string {
  return id.replace(/^engine\.?/, '') || 'engine';
}

function idOf(state: string): string {
  return state.replaceAll('.', '_');
}
