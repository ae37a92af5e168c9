/**
 * Where everything of a picture goes: the states as boxes, the transitions as bent lines between them, each with a label.
 *
 * Eclipse's layout kernel decides it. Transitions between the same two states share one line, and those that come back to their own
 * state stand in its box, as do those that many states have in common: a chart of sixty transitions stays readable.
 */
import type { ElkEdgeSection, ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js';
import { type Chart, type ChartState, type ChartTransition, statesWithin } from './chart.ts';
import { textWidth } from './text-width.ts';
import { spaced, transitionText } from './words.ts';

/** Lines that a picture shows in a state's box beside what the chart says, by the state's name. */
export type Notes = Readonly<Record<string, readonly string[]>>;

export interface Box {
  state: ChartState;
  x: number;
  y: number;
  width: number;
  height: number;
  depth: number;
  lines: BoxLine[];
}

export interface BoxLine {
  kind: 'person' | 'effect' | 'note' | 'inner';
  text: string;
  tip: string | null;
}

export interface Line {
  from: string;
  to: string;
  transitions: ChartTransition[];
  points: Point[];
  label: { x: number; y: number; width: number; height: number; lines: string[] } | null;
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  width: number;
  height: number;
  boxes: Box[];
  lines: Line[];
  /** Where a state is entered that nothing else was before; `state` begins there. */
  starts: { x: number; y: number; state: string; points: Point[] }[];
}

export const sizes = { title: 14, text: 11, lineHeight: 16, titleHeight: 30, padding: 12, start: 12 };

/** ELK's name for the state that has none: the machine itself, which is the frame around everything. */
const frame = 'machine';

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.spacing.nodeNode': '32',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.edgeLabels.sideSelection': 'ALWAYS_UP',
  'elk.randomSeed': '1',
};

/** Ways to share states out among rows: none is the best for every chart. */
const layerings = ['NETWORK_SIMPLEX', 'LONGEST_PATH'];

/** Works out the picture of a chart: the smallest of those that there are. The same chart has the same picture. */
export async function layoutOf(chart: Chart, notes: Notes = {}): Promise<Layout> {
  const { default: Elk } = await import('elkjs/lib/elk.bundled.js');
  const states = [chart.root, ...statesWithin(chart.root)];
  const lines = linesOf(chart, new Map(states.map(({ name }, n) => [name, n])));
  const boxes = new Map(states.map((state) => [idOf(state.name), boxOf(chart, state, notes)]));
  const elk = new Elk.default();
  const layouts: Layout[] = [];
  for (const layering of layerings) {
    const layoutOptions = { ...options, 'elk.layered.layering.strategy': layering };
    const graph: ElkNode = {
      id: 'picture',
      layoutOptions: { ...layoutOptions, 'elk.padding': '[top=8,left=8,bottom=8,right=8]' },
      children: [nodeOf(chart.root, boxes, layoutOptions)],
      edges: [...lines.map(edgeOf), ...startEdges(chart.root)],
    };
    layouts.push(read(await elk.layout(graph), lines, boxes));
  }
  const area = ({ width, height }: Layout) => width * height;
  return layouts.reduce((smallest, each) => (area(each) < area(smallest) ? each : smallest));
}

type Draft = Pick<Line, 'from' | 'to' | 'transitions'> & { back: boolean };

function linesOf(chart: Chart, order: ReadonlyMap<string, number>): Draft[] {
  const common = commonOf(chart);
  const drawn = chart.transitions.filter((each) => !isInner(each) && !common.has(each));
  const grouped = Map.groupBy(drawn, ({ from, to }) => `${from}\n${to}`);
  return [...grouped.values()].map((some) => {
    const { from, to } = some[0] as ChartTransition;
    const line = { from, to: to as string, transitions: some };
    return { ...line, back: leadsBack(line, order) };
  });
}

/** It only notes something, or comes back to its own state. */
function isInner({ from, to }: ChartTransition): boolean {
  return to === null || to === from;
}

const commonAtLeast = 4;

/** What leads from many states to one, without a condition, as an order to pause: lines for these would hide all others. */
function commonOf({ transitions }: Chart): ReadonlySet<ChartTransition> {
  const plain = transitions.filter((each) => each.trigger.kind === 'event' && each.guard === null && !isInner(each));
  const alike = Map.groupBy(plain, (each) => `${each.to}\n${transitionText(each)}`);
  return new Set([...alike.values()].filter(({ length }) => length >= commonAtLeast).flat());
}

function boxOf(chart: Chart, state: ChartState, notes: Notes): Size {
  const own = chart.transitions.filter(({ from }) => from === state.name);
  const common = commonOf(chart);
  const lines: BoxLine[] = [
    ...(state.tags.includes('waitsForHuman')
      ? [{ kind: 'person' as const, text: 'waits for a person', tip: null }]
      : []),
    ...state.effects.map(({ src, id }) => ({ kind: 'effect' as const, text: `▸ ${spaced(src)}`, tip: `effect ${id}` })),
    ...[...state.notes, ...(notes[state.name] ?? [])].map((text) => ({ kind: 'note' as const, text, tip: null })),
    ...own
      .filter((each) => common.has(each))
      .map((each) => ({
        kind: 'inner' as const,
        text: `→ ${each.to}: ${transitionText(each)}`,
        tip: each.actions.join(', ') || null,
      })),
    ...own.filter(isInner).map((each) => ({
      kind: 'inner' as const,
      text: `↺ ${transitionText(each)}`,
      tip: [...each.actions, each.reenter ? 'enters anew' : 'stays'].join(', '),
    })),
  ];
  const width = Math.max(
    1.1 * textWidth(state.key, sizes.title),
    ...lines.map(({ text }) => textWidth(text, sizes.text)),
    70,
  );
  return {
    state,
    lines,
    width: Math.ceil(width + 2 * sizes.padding),
    height: sizes.titleHeight + (lines.length > 0 ? lines.length * sizes.lineHeight + 8 : 4),
  };
}

type Size = Omit<Box, 'x' | 'y' | 'depth'>;

/** @param layoutOptions no box has those of the one around it by itself */
function nodeOf(state: ChartState, boxes: ReadonlyMap<string, Size>, layoutOptions: LayoutOptions): ElkNode {
  const { width, height } = boxes.get(idOf(state.name)) as Size;
  const id = idOf(state.name);
  if (state.states.length === 0) return { id, width, height };
  const start = state.initial === null ? [] : [{ id: startOf(state), width: sizes.start, height: sizes.start }];
  return {
    id,
    children: [...start, ...state.states.map((each) => nodeOf(each, boxes, layoutOptions))],
    layoutOptions: {
      ...layoutOptions,
      'elk.padding': `[top=${height + 12},left=16,bottom=16,right=16]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${height})`,
    },
  };
}

/** Whether it leads back to a state that the chart names before its own. It is laid out the other way round: what leads back goes up. */
function leadsBack({ from, to }: Pick<Line, 'from' | 'to'>, order: ReadonlyMap<string, number>): boolean {
  return !to.startsWith(`${from}.`) && from !== '' && (order.get(from) ?? 0) > (order.get(to) ?? 0);
}

function edgeOf({ from, to, transitions, back }: Draft, n: number): ElkExtendedEdge {
  const lines = transitions.map(transitionText);
  const width = Math.ceil(Math.max(...lines.map((text) => textWidth(text, sizes.text)))) + 12;
  return {
    id: `${n}`,
    sources: [idOf(back ? to : from)],
    targets: [idOf(back ? from : to)],
    labels: [{ text: lines.join('\n'), width, height: lines.length * sizes.lineHeight + 4 }],
  };
}

function startEdges(parent: ChartState): ElkExtendedEdge[] {
  const own =
    parent.initial === null
      ? []
      : [
          {
            id: `start ${parent.name}`,
            sources: [startOf(parent)],
            targets: [idOf(parent.initial)],
          },
        ];
  return [...own, ...parent.states.flatMap(startEdges)];
}

function startOf({ name }: ChartState): string {
  return `start in ${name}`;
}

function idOf(name: string): string {
  return name === '' ? frame : name;
}

function read(placed: ElkNode, drafts: readonly Draft[], boxes: ReadonlyMap<string, Size>): Layout {
  const found: Layout = { width: placed.width ?? 0, height: placed.height ?? 0, boxes: [], lines: [], starts: [] };
  const origins = new Map<string, Point>();
  const edges: ElkExtendedEdge[] = [];
  const visit = (node: ElkNode, at: Point, depth: number) => {
    origins.set(node.id, at);
    edges.push(...(node.edges ?? []));
    const box = boxes.get(node.id);
    if (box) found.boxes.push({ ...box, ...at, depth, width: node.width ?? 0, height: node.height ?? 0 });
    if (node.id.startsWith('start in ')) found.starts.push({ ...at, state: node.id.slice(9), points: [] });
    for (const child of node.children ?? []) {
      visit(child, { x: at.x + (child.x ?? 0), y: at.y + (child.y ?? 0) }, depth + 1);
    }
  };
  visit(placed, { x: 0, y: 0 }, -1);
  for (const edge of edges) {
    const origin = origins.get((edge as { container?: string }).container ?? 'picture') ?? { x: 0, y: 0 };
    const points = (edge.sections ?? []).flatMap((section) => pointsOf(section, origin));
    const start = found.starts.find(({ state }) => edge.id === `start ${state}`);
    if (start) start.points = points;
    const draft = drafts[Number(edge.id)];
    if (!draft) continue;
    const { back, ...line } = draft;
    found.lines.push({ ...line, points: back ? points.toReversed() : points, label: labelOf(edge, origin) });
  }
  return found;
}

function pointsOf({ startPoint, bendPoints = [], endPoint }: ElkEdgeSection, origin: Point): Point[] {
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: x + origin.x, y: y + origin.y }));
}

function labelOf({ labels: [label] = [] }: ElkExtendedEdge, origin: Point): Line['label'] {
  if (!label) return null;
  const { x = 0, y = 0, width = 0, height = 0, text = '' } = label;
  return { x: x + origin.x, y: y + origin.y, width, height, lines: text.split('\n') };
}
