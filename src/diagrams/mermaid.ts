/**
 * Charts as Mermaid state diagrams, which GitHub and many editors draw.
 */
import { type Chart, type ChartState, type ChartTransition, statesWithin } from './chart.ts';
import { transitionText } from './words.ts';

export interface MermaidEdge {
  /** A state's name; null for the point that a picture begins or ends at. */
  from: string | null;
  to: string | null;
  text?: string;
}

/** What stands for the state of a name; null is the point that a picture begins or ends at. */
type IdOf = (name: string | null) => string;

/** A line of a state diagram that leads from one state to another. */
export function mermaidEdge({ from, to, text }: MermaidEdge, idOf: IdOf = mermaidId): string {
  const label = text === undefined ? '' : ` : ${mermaidText(text)}`;
  return `${idOf(from)} --> ${idOf(to)}${label}`;
}

/** What stands for a state, made from its name: dots and blanks mean something else. */
export function mermaidId(name: string | null): string {
  return name === null ? '[*]' : name.replace(/[^\p{L}\p{N}]/gu, '_');
}

/** A label ends at a line's end, and a colon, a semicolon or a hash would cut it short. */
export function mermaidText(text: string): string {
  return text.replace(/[\s:;#]+/g, ' ').trim();
}

/** Draws a chart. @param notes more lines below states, by their names */
export function mermaidOf(chart: Chart, notes: Readonly<Record<string, readonly string[]>> = {}): string {
  const { root, transitions } = chart;
  const states = [...statesWithin(root)];
  const people = states.filter(({ tags }) => tags.includes('waitsForHuman'));
  const idOf = idsOf(states);
  return [
    'stateDiagram-v2',
    ...insideOf(root, '  ', idOf),
    ...edgesOf(transitions).map((edge) => `  ${mermaidEdge(edge, idOf)}`),
    ...states.flatMap((state) => noteOn(idOf(state.name), [...state.notes, ...(notes[state.name] ?? [])])),
    '  classDef waitsForHuman stroke:#c2410c,stroke-width:2px',
    ...people.map(({ name }) => `  class ${idOf(name)} waitsForHuman`),
    '',
  ].join('\n');
}

/** Where two names come out alike, as `read a` and `read-a` do, the later one is counted: they would be one state. */
function idsOf(states: readonly ChartState[]): IdOf {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name } of states) {
    const plain = mermaidId(name);
    let id = plain;
    for (let n = 2; taken.has(id); n += 1) id = `${plain}_${n}`;
    taken.add(id);
    ids.set(name, id);
  }
  return (name) => ids.get(name ?? '') ?? mermaidId(name);
}

function noteOn(id: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`  note right of ${id}`, ...lines.map((line) => `    ${line.replace(/[\s;#]+/g, ' ')}`), '  end note'];
}

function* insideOf({ initial, states }: ChartState, indent: string, idOf: IdOf): Generator<string> {
  if (initial !== null) yield `${indent}${mermaidEdge({ from: null, to: initial }, idOf)}`;
  for (const state of states) {
    yield `${indent}state "${mermaidText(state.key).replaceAll('"', "'")}" as ${idOf(state.name)}`;
    if (state.states.length > 0) {
      yield `${indent}state ${idOf(state.name)} {`;
      yield* insideOf(state, `${indent}  `, idOf);
      yield `${indent}}`;
    }
    if (state.type === 'final') yield `${indent}${mermaidEdge({ from: state.name, to: null }, idOf)}`;
  }
}

/** One line for each pair of states; a transition of the machine itself may be taken in any state, and starts at the outermost. */
function edgesOf(transitions: readonly ChartTransition[]): MermaidEdge[] {
  const drawn = transitions.filter(({ to, from }) => to !== null && !(from === '' && to === ''));
  const grouped = Map.groupBy(drawn, ({ from, to }) => `${from}\n${to}`);
  return [...grouped.values()].map((some) => {
    const { from, to } = some[0] as ChartTransition;
    const texts = some.map(transitionText).join(', ');
    return from === '' ? { from: null, to, text: `${texts} (from any state)` } : { from, to, text: texts };
  });
}
