/**
 * What the service spends on one who watches: its processor time with and without, in turns, so that a slow moment of the machine meets
 * both.
 */

import { systemClock } from '../../src/clock.ts';
import type { Running } from '../../test/cli/nightshift.ts';
import { pause } from '../busy.ts';
import { lastJob, transitionsPerRun } from './config.ts';
import { cpuMs } from './process.ts';
import { load, openTab } from './tab.ts';

export interface Cost {
  /** Shares of a core, one for each turn. */
  alone: number[];
  /** With the overview open, and with the view of an engine. */
  overview: number[];
  engine: number[];
  /** Of the tab that has the overview open. */
  tab: number[];
  /** Processor time of the service for one who comes, ms. */
  loadMs: number[];
  transitionsPerSecond: number;
}

const turnMs = 15_000;

export async function costOfWatching(service: Running, turns: number, progress: (text: string) => void): Promise<Cost> {
  const pid = service.child.pid as number;
  const cost: Omit<Cost, 'transitionsPerSecond'> = { alone: [], overview: [], engine: [], tab: [], loadMs: [] };
  const [runsBefore, startedAt] = [await runs(service), systemClock.monotonic()];
  for (let turn = 1; turn <= turns; turn++) {
    progress(`what one who watches costs: turn ${turn} of ${turns}`);
    const [aloneShare] = await shares(pid);
    cost.alone.push(aloneShare as number);
    const tab = await openTab();
    const before = cpuMs(pid);
    const at = systemClock.monotonic();
    await load(tab.page, service.url, lastJob);
    await pause(2_000);
    cost.loadMs.push(cpuMs(pid) - before - (aloneShare as number) * (systemClock.monotonic() - at));
    const [overview, drawn] = await shares(pid, await tab.pid());
    cost.overview.push(overview as number);
    cost.tab.push(drawn as number);
    await tab.page.evaluate(`location.hash = '#/engine/${lastJob}'`);
    // Its chart is drawn, once.
    await pause(5_000);
    const [engine] = await shares(pid);
    cost.engine.push(engine as number);
    await tab.close();
    await pause(1_000);
  }
  const seconds = (systemClock.monotonic() - startedAt) / 1000;
  return { ...cost, transitionsPerSecond: (((await runs(service)) - runsBefore) * transitionsPerRun) / seconds };
}

/** Shares of a core that these processes took within a turn. */
async function shares(...pids: number[]): Promise<number[]> {
  const [before, startedAt] = [pids.map(cpuMs), systemClock.monotonic()];
  await pause(turnMs);
  const ms = systemClock.monotonic() - startedAt;
  return pids.map((pid, n) => (cpuMs(pid) - (before[n] ?? 0)) / ms);
}

/** Runs that have ended so far. */
async function runs({ url }: Running): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^nightshift_runs_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** What turns with one who watches took beyond those without, on average. */
export function addedShare({ alone, ...watched }: Cost, view: 'overview' | 'engine'): number {
  return mean(watched[view]) - mean(alone);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
