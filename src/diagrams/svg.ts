/**
 * Pictures of charts: SVG that stands alone, light or dark as its reader's screen is, with each state's description as its tooltip.
 *
 * A page can light the picture up: each state is `<g class="state" data-state="halfOpen.ready">`, each line
 * `<g class="transition" data-from="closed" data-to="open">`; with the class `current` or `passed` they look it.
 */
import type { Chart, ChartState } from './chart.ts';
import { type Box, type Layout, type Line, layoutOf, type Notes, type Point, sizes } from './layout.ts';
import { styleOf } from './svg-style.ts';
import { transitionText } from './words.ts';

export interface PictureOptions {
  /** Above the picture. Default: none. */
  title?: string;
  /** More lines for the boxes of states, by their names. */
  notes?: Notes;
}

/** Draws a chart. The same chart gives the same text. */
export async function svgOf(chart: Chart, { title, notes = {} }: PictureOptions = {}): Promise<string> {
  const layout = await layoutOf(chart, notes);
  const top = title === undefined ? 0 : 40;
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height + top)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="nightshift-chart" data-machine="${escaped(chart.id)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title ?? chart.id)}">`,
    `<style>${styleOf()}</style>`,
    '<defs><marker id="nightshift-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0.5 8 4 0 7.5z" fill="context-stroke"/></marker></defs>',
    ...(title === undefined ? [] : [`<text class="title" x="8" y="26">${escaped(title)}</text>`]),
    `<g transform="translate(0 ${top})">`,
    ...layout.boxes.map((box) => boxSvg(chart, box)),
    ...layout.starts.map(startSvg),
    ...layout.lines.map(lineSvg),
    ...layout.lines.flatMap(labelSvg),
    // Lines lead through boxes with states in them: what stands at their top stays readable.
    ...layout.boxes.filter(({ state }) => state.states.length > 0).map(headingSvg),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function boxSvg({ id }: Chart, box: Box): string {
  const { state, x, y, width, height, depth } = box;
  const rect = (grow: number) =>
    `<rect x="${round(x + grow)}" y="${round(y + grow)}" width="${round(width - 2 * grow)}" height="${round(height - 2 * grow)}" rx="${8 - grow}"/>`;
  return [
    `<g class="${classesOf(state, depth)}" id="${escaped(`${id}.${state.name}`.replaceAll(' ', '-'))}" data-state="${escaped(state.name)}">`,
    `<title>${escaped([state.name, state.description].filter(Boolean).join(': '))}</title>`,
    rect(0),
    ...(state.type === 'final' ? [rect(3)] : []),
    ...(state.states.length > 0 ? [] : textsOf(box)),
    '</g>',
  ].join('');
}

function headingSvg(box: Box): string {
  return `<g class="heading">${textsOf(box).join('')}</g>`;
}

function textsOf({ state, x, y, lines }: Box): string[] {
  const left = round(x + sizes.padding);
  const texts = lines.map(({ kind, text, tip }, n) => {
    const at = y + sizes.titleHeight + n * sizes.lineHeight + 8;
    const title = tip === null ? '' : `<title>${escaped(tip)}</title>`;
    return `<text class="${kind}" x="${left}" y="${round(at)}">${title}${escaped(text)}</text>`;
  });
  return [`<text class="name" x="${left}" y="${round(y + 20)}">${escaped(state.key)}</text>`, ...texts];
}

function classesOf({ states, tags, type }: ChartState, depth: number): string {
  return ['state', states.length > 0 ? 'compound' : type, `depth-${depth}`, ...tags.map((tag) => `is-${tag}`)].join(
    ' ',
  );
}

function startSvg({ x, y, state, points }: Layout['starts'][number]): string {
  const r = sizes.start / 2;
  return `<g class="start" data-in="${escaped(state)}"><circle cx="${round(x + r)}" cy="${round(y + r)}" r="${r - 1}"/><path d="${pathOf(points)}" marker-end="url(#nightshift-arrow)"/></g>`;
}

function lineSvg({ from, to, transitions, points }: Line): string {
  const tips = transitions.map(
    (each) => `${transitionText(each)}${each.actions.length > 0 ? ` / ${each.actions.join(', ')}` : ''}`,
  );
  return `<g class="${lineClass(transitions)}" data-from="${escaped(from)}" data-to="${escaped(to)}"><title>${escaped(`${from} → ${to}\n${tips.join('\n')}`)}</title><path class="reach" d="${pathOf(points)}"/><path d="${pathOf(points)}" marker-end="url(#nightshift-arrow)"/></g>`;
}

function lineClass(transitions: Line['transitions']): string {
  const kinds = [...new Set(transitions.map(({ trigger }) => trigger.kind))];
  return ['transition', ...(kinds.length === 1 ? [`by-${kinds[0]}`] : [])].join(' ');
}

function labelSvg({ from, to, transitions, label }: Line): string[] {
  if (!label) return [];
  const { x, y, width, height, lines } = label;
  const texts = lines.map((text, n) => {
    const at = y + 13 + n * sizes.lineHeight;
    return `<text class="by-${transitions[n]?.trigger.kind}" x="${round(x + width / 2)}" y="${round(at)}">${escaped(text)}</text>`;
  });
  return [
    `<g class="label" data-from="${escaped(from)}" data-to="${escaped(to)}"><rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="5"/>${texts.join('')}</g>`,
  ];
}

/** Corners are rounded. */
function pathOf(points: readonly Point[]): string {
  return points
    .map((point, n) => {
      const [before, after] = [points[n - 1], points[n + 1]];
      if (!before) return `M${at(point)}`;
      if (!after) return `L${at(point)}`;
      return `L${at(towards(point, before))}Q${at(point)} ${at(towards(point, after))}`;
    })
    .join('');
}

function towards(corner: Point, end: Point): Point {
  const [dx, dy] = [end.x - corner.x, end.y - corner.y];
  const length = Math.hypot(dx, dy) || 1;
  const step = Math.min(6, length / 2);
  return { x: corner.x + (dx / length) * step, y: corner.y + (dy / length) * step };
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
