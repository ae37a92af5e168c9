/**
 * A picture of a path: a Mermaid state diagram of what was passed through, with the transitions numbered, and the one marked that went
 * wrong.
 */
import { mermaidEdge, mermaidId, mermaidText } from '../../diagrams/mermaid.ts';

/** The transition that leads to the state of this place in the list, and what is wrong with it. */
export interface Wrong {
  at: number;
  why: string;
}

/**
 * @param observed the states passed through
 * @param predicted what they should have been
 */
export function pictureOf(observed: readonly string[], predicted: readonly string[], wrong: Wrong): string {
  const labels = new Map<string, string[]>();
  const label = (from: string | undefined, to: string | undefined, text: string) => {
    if (from === undefined && to === undefined) return;
    const edge = mermaidEdge({ from: from ?? null, to: to ?? null });
    labels.set(edge, [...(labels.get(edge) ?? []), text]);
  };
  for (const [n, state] of observed.entries()) {
    label(observed[n - 1], state, n === wrong.at ? `✗ ${n} ${mermaidText(wrong.why)}` : `${n}`);
  }
  const [expected, offending] = [predicted[wrong.at], observed[wrong.at]];
  if (expected !== undefined && expected !== offending) label(predicted[wrong.at - 1], expected, 'predicted');
  return [
    'stateDiagram-v2',
    '  classDef offending fill:#fee2e2,stroke:#b91c1c,color:#7f1d1d,stroke-width:3px',
    ...[...labels].map(([edge, texts]) => `  ${edge} : ${texts.join(', ')}`),
    ...(offending === undefined ? [] : [`  class ${mermaidId(offending)} offending`]),
  ].join('\n');
}

/** Where two lists of states differ first; undefined when they do not. */
export function firstDifference(one: readonly string[], other: readonly string[]): number | undefined {
  for (let n = 0; n < Math.max(one.length, other.length); n++) if (one[n] !== other[n]) return n;
  return undefined;
}
