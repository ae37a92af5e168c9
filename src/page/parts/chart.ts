/**
 * The chart of an engine, with the state lit in which it is and the way traced that led there: its own, with its steps and hours; or, where
 * that cannot be drawn, the one that all have.
 */
import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StepWay } from '../../dashboard/step-way.ts';
import { connection } from '../actors.ts';
import { type Trace, traceOf } from '../chart-trace.ts';
import { after } from '../clock.ts';
import { useSeen } from './seen.ts';

export interface ChartProps {
  /** Of the engine. */
  id: string;
  /** States by their names, the present one at the end. */
  path: readonly string[];
  /** Of its run, the one under way or the last. */
  steps: StepWay;
}

/** Why there is no picture, as the service says it. */
class Undrawn extends Error {
  /** Where the source is instead. */
  readonly source: string | null;

  constructor(message: string, source: string | null) {
    super(message);
    this.source = source;
  }
}

/** By engine: each is fetched once. The one that all have stands under the empty name. */
const pictures = new Map<string, Promise<SVGElement>>();
const picturesMax = 20;
const patienceMs = 400;
// A service that comes back may go by another config.
connection.subscribe((state) => {
  if (state === 'lost') pictures.clear();
});

export function Chart({ id, path, steps }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<SVGElement | null>(null);
  const [isWhole, setWhole] = useState(false);
  const [refused, setRefused] = useState<Undrawn | null>(null);

  // It is drawn for those alone who look at it.
  const isSeen = useSeen(place);
  useEffect(() => {
    if (!isSeen) return undefined;
    let isWanted = true;
    const show = (found: SVGElement) => isWanted && setPicture(found.cloneNode(true) as SVGElement);
    const showGeneral = () => generalPicture().then(show, () => {});
    const refuse = (error: unknown) => {
      if (isWanted && error instanceof Undrawn) setRefused(error);
      return showGeneral();
    };
    // Its own is drawn when it is asked for first, which takes a second or two.
    const cancel = after(patienceMs, showGeneral);
    ownPicture(id).finally(cancel).then(show, refuse);
    return () => {
      isWanted = false;
      cancel();
    };
  }, [id, isSeen]);

  useEffect(() => {
    if (!picture || !place.current) return;
    if (picture.parentElement !== place.current) place.current.replaceChildren(picture);
    light(picture, traceOf(statesIn(picture), path, steps));
    look(place.current, picture);
  }, [picture, path.join(), steps.passed.join(), steps.present, isWhole]);

  return html`<section class="chart" aria-labelledby="chart-title">
    <div class="section-head">
      <h2 id="chart-title">Diagram</h2>
      <div class="choice" role="group" aria-label="Size of the diagram">
        <button type="button" aria-pressed=${!isWhole} onClick=${() => setWhole(false)}>Large</button>
        <button type="button" aria-pressed=${isWhole} onClick=${() => setWhole(true)}>Whole</button>
      </div>
    </div>
    <div ref=${place} class=${`chart-place ${isWhole ? 'whole' : ''}`} tabindex="0" role="group" aria-label=${`Diagram of ${id}; it is ${path.at(-1)}`}>
      ${!picture && html`<p class="muted">It is being drawn …</p>`}
    </div>
    ${refused && html`<p class="muted">This is the chart that all engines have. Its own: ${refused.message}${refused.source && html` <a href=${refused.source}>Its source</a>`}</p>`}
    ${path.length > 1 && html`<${Way} path=${path} />`}
  </section>`;
}

/** The same for those who cannot see it, and for those who do not want to look for it. */
function Way({ path }: { path: readonly string[] }) {
  return html`<p class="way"><span class="muted">The last way:</span> ${path.map((state, n) => html`${n > 0 && html`<i aria-hidden="true">→</i> `}<code key=${n} aria-current=${n === path.length - 1 ? 'true' : undefined}>${state}</code> `)}</p>`;
}

function ownPicture(id: string): Promise<SVGElement> {
  const [oldest = ''] = pictures.keys();
  if (pictures.size >= picturesMax && !pictures.has(id)) pictures.delete(oldest);
  return kept(id, `/api/actors/engine/${encodeURIComponent(id)}/diagram`);
}

function generalPicture(): Promise<SVGElement> {
  return kept('', '/page/charts/engine.svg');
}

function kept(id: string, path: string): Promise<SVGElement> {
  const known = pictures.get(id) ?? load(path);
  pictures.set(id, known);
  // What did not arrive is fetched again by the next who looks.
  known.catch(() => pictures.delete(id));
  return known;
}

async function load(path: string): Promise<SVGElement> {
  const answer = await fetch(path);
  if (!answer.ok) {
    const { error = `The service answered ${answer.status}.`, source = null } = await answer.json().catch(() => ({}));
    throw new Undrawn(error, source);
  }
  const text = await answer.text();
  const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement as unknown as SVGElement;
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

function statesIn(svg: SVGElement): string[] {
  return [...svg.querySelectorAll<SVGElement>('[data-state]')].map(({ dataset }) => dataset.state ?? '');
}

function light(svg: SVGElement, { current, passed, moves }: Trace) {
  for (const lit of svg.querySelectorAll('.current, .passed')) lit.classList.remove('current', 'passed');
  svg.querySelector(`[data-state="${CSS.escape(current)}"]`)?.classList.add('current');
  for (const state of passed) svg.querySelector(`[data-state="${CSS.escape(state)}"]`)?.classList.add('passed');
  for (const [from, to] of moves) for (const part of partsBetween(svg, from, to)) part.classList.add('passed');
}

/** The line and its label. It may begin or end at a state around: `held` for `held.forTime`. */
function partsBetween(svg: SVGElement, from: string, to: string): Element[] {
  for (const start of withParents(from)) {
    for (const end of withParents(to)) {
      const parts = svg.querySelectorAll(`[data-from="${CSS.escape(start)}"][data-to="${CSS.escape(end)}"]`);
      if (parts.length > 0) return [...parts];
    }
  }
  return [];
}

function withParents(state: string): string[] {
  const parts = state.split('.');
  return parts.map((_, n) => parts.slice(0, parts.length - n).join('.'));
}

/** Moves the present state into sight. */
function look(place: HTMLElement, svg: SVGElement) {
  const box = svg.querySelector('.current')?.getBoundingClientRect();
  if (!box) return;
  const frame = place.getBoundingClientRect();
  place.scrollLeft += box.left + box.width / 2 - (frame.left + frame.width / 2);
  place.scrollTop += box.top + box.height / 2 - (frame.top + frame.height / 2);
}
