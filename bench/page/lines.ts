/**
 * What is shown of the page's results, and what it should be.
 */

import { quantile } from '../busy.ts';
import { median } from '../median.ts';
import type { Line } from '../table.ts';
import { addedShare, type Cost } from './cost.ts';
import type { Fates } from './fates.ts';
import { seenWithinMs } from './latency.ts';
import type { Loaded, TabMemory } from './tab.ts';

export interface PageResults {
  /** The first is that of the first who looked at all. */
  loaded: readonly Loaded[];
  memory: { empty: TabMemory; afterLoad: TabMemory; later: TabMemory };
  minutes: number;
  /** Lengths of the frames while scrolling from top to bottom, ms. */
  frames: readonly number[];
  overview: Fates;
  engine: Fates;
  cost: Cost;
}

export function linesOf({ loaded, memory, minutes, frames, overview, engine, cost }: PageResults): Line[] {
  const [first, ...next] = loaded;
  const all = (what: keyof Loaded) => next.map((load) => load[what]);
  return [
    line('first row is there after', median(all('firstRowMs')), 'ms'),
    line('… the last of all is found by the search', median(all('interactiveMs')), 'ms', 2_000),
    line('… at worst', Math.max(...all('interactiveMs')), 'ms', 2_000),
    line('… for the first who looks since the service started', first?.interactiveMs ?? Number.NaN, 'ms', 2_000),
    line('… longest task meanwhile', median(all('longestTaskMs')), 'ms'),
    ...memoryLines('an empty tab', memory.empty),
    ...memoryLines('the tab after the load', memory.afterLoad, 100),
    ...memoryLines(`the tab after ${minutes} minutes of changes`, memory.later, 100),
    ...latencyLines('in the overview', overview),
    ...latencyLines("in the engine's view", engine),
    line(
      'scrolling through all: frames, p50, p99, longest',
      [0.5, 0.99, 1].map((q) => quantile(sorted(frames), q)),
      'ms',
    ),
    line('transitions a second meanwhile', cost.transitionsPerSecond, ''),
    line('processor of the service when nobody watches', 100 * median(cost.alone), '% of a core'),
    line('… what one who watches the overview adds', 100 * addedShare(cost, 'overview'), '% of a core', 5),
    line("… what one who watches an engine's view adds", 100 * addedShare(cost, 'engine'), '% of a core', 5),
    line('… what one who comes costs, once', median(cost.loadMs), 'ms'),
    line('processor of the tab that watches', 100 * median(cost.tab), '% of a core'),
  ];
}

function memoryLines(whose: string, { heapMb, privateMb, pssMb }: TabMemory, atMost?: number): Line[] {
  return [
    line(`memory of ${whose}: its own`, privateMb, 'MB', atMost),
    line('… with its share of what it has together with others', pssMb, 'MB'),
    line('… of which JavaScript', heapMb, 'MB'),
  ];
}

function latencyLines(where: string, { ms, merged, lost }: Fates): Line[] {
  const count = ms.length + merged + lost;
  return [
    line(`a change is seen ${where} after: p50`, quantile(sorted(ms), 0.5), 'ms', seenWithinMs),
    line('… p99', quantile(sorted(ms), 0.99), 'ms', seenWithinMs),
    line('… longest', Math.max(...ms), 'ms'),
    line(`… not by itself, of ${count}: another came before it had to be drawn`, merged, ''),
    line(`… never, of ${count}`, lost, '', 0),
  ];
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

function line(what: string, value: Line['value'], unit: string, atMost?: number): Line {
  return { what, value, unit, ...(atMost !== undefined && { target: { atMost } }) };
}
