/**
 * A chart over time.
 */
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { minuteOf, tickOf } from '../format.ts';

export interface LineChartProps {
  title: string;
  /** Epoch ms. */
  ats: readonly number[];
  series: readonly { name: string; values: readonly (number | null)[]; tone: 'run' | 'well' | 'wait' | 'bad' }[];
  textOf: (value: number) => string;
  /** How long the time shown is at least, ms: a single point would else stand in years. */
  spanMsMin: number;
  /** Redrawn when it changes: the colours are others. */
  theme: string;
}

const height = 200;

export function LineChart({ title, ats, series, textOf, spanMsMin, theme }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = JSON.stringify([ats, series]);
  useEffect(() => {
    const { current } = place;
    if (!current) return undefined;
    let end = () => {};
    let isWanted = true;
    // Only who looks at charts needs what draws them.
    void import('uplot').then(({ default: Plot }) => {
      if (isWanted) end = draw(Plot, current);
    });
    return () => {
      isWanted = false;
      end();
    };
  }, [drawn, theme]);
  return html`<figure class="line-chart"><figcaption>${title}</figcaption><div ref=${place}></div></figure>`;

  function draw(Plot: typeof uPlot, current: HTMLElement): () => void {
    const colour = (name: string) => colourOf(current, name);
    const axis = { stroke: colour('muted'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false } };
    const plot = new Plot(
      {
        width: current.clientWidth,
        height,
        series: [
          { label: 'At', value: (_, at) => (at === null ? 'last' : minuteOf(at * 1000)) },
          ...series.map(({ name, tone, values }) => ({
            label: name,
            stroke: colour(tone),
            width: 2,
            points: { size: 5 },
            // Where nobody points, the last one is told.
            value: (_: uPlot, value: number | null, __: number, at: number | null) => {
              const told = at === null ? values.findLast((each) => each !== null) : value;
              return told === null || told === undefined ? '–' : textOf(told);
            },
          })),
        ],
        axes: [
          { ...axis, values: (_, ats) => ats.map((at) => tickOf(at * 1000)) },
          { ...axis, size: 70, values: (_, values) => values.map(textOf) },
        ],
        scales: {
          x: { range: (_, first, last) => timeRange(first, last, spanMsMin / 1000) },
          y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
        },
      },
      [ats.map((at) => at / 1000), ...series.map(({ values }) => [...values])],
      current,
    );
    const sized = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height }));
    sized.observe(current);
    return () => {
      sized.disconnect();
      plot.destroy();
    };
  }
}

/** From when to when an axis goes: to the last point, and no shorter than that. All in the same unit. */
export function timeRange(first: number, last: number, least: number): [from: number, to: number] {
  return [Math.min(first, last - least), last];
}

/** As a canvas takes it: with light or dark decided. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
