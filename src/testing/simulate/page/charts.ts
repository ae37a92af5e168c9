/**
 * Charts as inline SVG that stretches to any width. Words stand beside them in HTML, so that they stay as large as other words; the
 * numbers stand in the title of each part and, for whoever sees no charts, in a sentence.
 */
import { type Html, html } from '../../../telemetry/html.ts';

/** One colour of a stack. `class` is its colour in the style sheet. */
export interface Series {
  name: string;
  class: string;
  values: readonly number[];
}

export interface ChartText {
  title: string;
  /** What the chart shows, in a sentence. */
  summary: string;
  /** What each part is called, as in `day 3`. */
  partName: (place: number) => string;
  /** Below the chart, from left to right. */
  ticks: readonly string[];
}

const height = 100;
/** Space between bars, as a share of one. */
const gap = 0.18;

/** Bars for each part of the time, the series on top of each other. */
export function stackedBars(series: readonly Series[], { title, summary, partName, ticks }: ChartText): Html {
  const count = series[0]?.values.length ?? 0;
  const totals = Array.from({ length: count }, (_, place) =>
    series.reduce((sum, { values }) => sum + (values[place] ?? 0), 0),
  );
  const top = roundUp(Math.max(1, ...totals));
  const bars = totals.map((_, place) => {
    let below = 0;
    const rects = series.map(({ values, class: colour }) => {
      const share = ((values[place] ?? 0) / top) * height;
      below += share;
      return share === 0 ? null : rect(place + gap / 2, height - below, 1 - gap, share, colour);
    });
    const shown = series.flatMap(({ name, values }) => (values[place] ? [`${values[place]} ${name}`] : []));
    const words = `${partName(place)}: ${shown.join(', ') || 'nothing'}`;
    return html`<g><title>${words}</title>${rect(place, 0, 1, height, 'hover')}${rects}</g>`;
  });
  return html`<figure class="chart">
<figcaption>${title}</figcaption>
${legend(series)}
<div class="plot"><div class="y" aria-hidden="true"><span>${top}</span><span>${top / 2}</span><span>0</span></div>
<svg viewBox="0 0 ${Math.max(count, 1)} ${height}" preserveAspectRatio="none" role="img" aria-label="${summary}">${rect(0, 0, count, 0.5, 'grid')}${rect(0, height / 2, count, 0.5, 'grid')}${bars}${rect(0, height - 0.5, count, 0.5, 'grid')}</svg>
<div class="x" aria-hidden="true">${ticks.map((tick) => html`<span>${tick}</span>`)}</div></div>
</figure>`;
}

/** A low row of bars, one of several below each other. */
export function strip(series: Series, { summary, partName }: Omit<ChartText, 'title' | 'ticks'>): Html {
  const { name, values, class: colour } = series;
  const most = Math.max(0, ...values);
  const total = values.reduce((sum, value) => sum + value, 0);
  const bars = values.map((value, place) => {
    if (value === 0) return null;
    const share = Math.max(8, (value / most) * height);
    return html`<g><title>${partName(place)}: ${value}</title>${rect(place + gap / 2, height - share, 1 - gap, share, colour)}</g>`;
  });
  return html`<div class="strip"><div class="name">${name}</div>
<svg viewBox="0 0 ${Math.max(values.length, 1)} ${height}" preserveAspectRatio="none" role="img" aria-label="${summary}">${rect(0, height - 3, values.length, 3, 'grid')}${bars}</svg>
<div class="total">${total}</div></div>`;
}

/** Where a share from 0 to 1 ends. */
export function meter(share: number, words: string, colour = 'ran'): Html {
  const width = Math.min(1, Math.max(0, share)) * 100;
  return html`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${words}"><title>${words}</title>${rect(0, 0, 100, 8, 'track')}${rect(0, 0, width, 8, colour)}</svg>`;
}

/** Parts of a whole, side by side. */
export function partsBar(parts: readonly { class: string; value: number }[], words: string): Html {
  const total = parts.reduce((sum, { value }) => sum + value, 0) || 1;
  let from = 0;
  const rects = parts.map(({ class: colour, value }) => {
    const width = (value / total) * 100;
    from += width;
    return value === 0 ? null : rect(from - width, 0, width, 8, colour);
  });
  return html`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${words}"><title>${words}</title>${rect(0, 0, 100, 8, 'track')}${rects}</svg>`;
}

/** Lengths of time from the least to the most that is shown, on a scale on which each tenfold takes as much room. */
export const lengthScale = { least: 100, most: 10 * 86_400_000 };

/** From what is usual to the worst, with the usual one marked. */
export function span(usualMs: number, mostMs: number, words: string): Html {
  const [usual, most] = [placeOf(usualMs), placeOf(mostMs)];
  return html`<svg class="meter span" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${words}"><title>${words}</title>${rect(0, 3.5, 100, 1, 'track')}${rect(usual, 2, Math.max(most - usual, 0.4), 4, 'late')}${rect(Math.max(usual - 0.6, 0), 0, 1.2, 8, 'ran')}</svg>`;
}

/** Where a length stands on the scale, from 0 to 100. */
export function placeOf(ms: number): number {
  const { least, most } = lengthScale;
  const share = Math.log(Math.max(ms, least) / least) / Math.log(most / least);
  return Math.min(1, share) * 100;
}

function legend(series: readonly Series[]): Html {
  return html`<ul class="legend">${series.map(({ name, class: colour }) => html`<li><svg viewBox="0 0 10 10" aria-hidden="true">${rect(0, 0, 10, 10, colour)}</svg>${name}</li>`)}</ul>`;
}

function rect(x: number, y: number, width: number, tall: number, colour: string): Html {
  return html`<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(tall)}" class="${colour}"/>`;
}

function short(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** The next number that reads well, of which the half does too. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 6, 8, 10].find((each) => each * power >= value) ?? 10;
  return Math.max(2, step * power);
}
