/**
 * The chart of a machine, with the state lit in which it is and the way traced that led there.
 */
import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface ChartProps {
  /** As in `engine`. */
  machine: string;
  /** States by their names, the present one at the end. */
  path: readonly string[];
}

/** By machine: each is fetched once. */
const pictures = new Map<string, Promise<SVGElement>>();

export function Chart({ machine, path }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<SVGElement | null>(null);
  const [isWhole, setWhole] = useState(false);

  useEffect(() => {
    let isWanted = true;
    pictureOf(machine).then(
      (found) => isWanted && setPicture(found.cloneNode(true) as SVGElement),
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [machine]);

  useEffect(() => {
    if (!picture || !place.current) return;
    if (picture.parentElement !== place.current) place.current.replaceChildren(picture);
    light(picture, path);
    look(place.current, picture);
  }, [picture, path.join(), isWhole]);

  return html`<div class="chart">
    <div ref=${place} class=${`chart-place ${isWhole ? 'whole' : ''}`} tabindex="0" role="group" aria-label=${`Diagram of the ${machine}; it is ${path.at(-1)}`}></div>
    <button type="button" onClick=${() => setWhole(!isWhole)}>${isWhole ? 'Show it large' : 'Show it whole'}</button>
  </div>`;
}

function pictureOf(machine: string): Promise<SVGElement> {
  const known = pictures.get(machine) ?? load(machine);
  pictures.set(machine, known);
  // What did not arrive is fetched again by the next who looks.
  known.catch(() => pictures.delete(machine));
  return known;
}

async function load(machine: string): Promise<SVGElement> {
  const answer = await fetch(`/page/charts/${machine}.svg`);
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  const text = await answer.text();
  const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement as unknown as SVGElement;
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

function light(svg: SVGElement, path: readonly string[]) {
  for (const lit of svg.querySelectorAll('.current, .passed')) lit.classList.remove('current', 'passed');
  const present = path.at(-1) ?? '';
  svg.querySelector(`[data-state="${present}"]`)?.classList.add('current');
  for (const [n, to] of path.slice(1).entries()) lineBetween(svg, path[n] ?? '', to)?.classList.add('passed');
}

/** The line may begin or end at a state around: `held` for `held.forTime`. */
function lineBetween(svg: SVGElement, from: string, to: string): Element | null {
  for (const start of withParents(from)) {
    for (const end of withParents(to)) {
      const line = svg.querySelector(`.transition[data-from="${start}"][data-to="${end}"]`);
      if (line) return line;
    }
  }
  return null;
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
