/**
 * How long after its commit a change of state can be seen.
 *
 * The service's log tells of a transition as soon as it is committed, and the page, on the same clock, notes when its document has
 * changed.
 */
import type { Page } from 'playwright-core';
import type { ActorView } from '../../src/dashboard/actor-view.ts';
import type { Running, Workplace } from '../../test/cli/nightshift.ts';
import { pause } from '../busy.ts';
import { probe, probeRunMs } from './config.ts';
import { type Change, type Fates, fatesOf } from './fates.ts';

/** By when a change should be seen, ms. */
export const seenWithinMs = 250;

/** @param count of changes; a run has two: it begins, and it ends */
export async function latencies(
  page: Page,
  selector: string,
  count: number,
  { workplace, service }: { workplace: Workplace; service: Running },
): Promise<Fates> {
  await workplace.run('log-level', 'debug', '--engine', probe);
  await page.locator(`${selector}[data-state="idle"]`).waitFor();
  await page.evaluate(`bench.watch(${JSON.stringify(selector)})`);
  const before = service.log().length;
  for (let n = 0; n < count / 2; n++) {
    await workplace.send(service.url, `engine/${probe}`, 'engine.trigger');
    await pause(probeRunMs);
    while (!(await isIdle(service))) await pause(50);
    // Where in the page's own rhythm the next begins is left to chance.
    await pause(probeRunMs * (1 + Math.random()));
  }
  const seen = (await page.evaluate('bench.watched()')) as Change[];
  return fatesOf(committedIn(service.log().slice(before)), seen, seenWithinMs);
}

function committedIn(log: string): Change[] {
  const lines = log.split('\n').filter((line) => line.includes(`"actor":"engine/${probe}"`));
  return lines.flatMap((line) => {
    const { time, from, to } = JSON.parse(line) as { time: number; from: string; to: string };
    return from === to ? [] : [{ at: time, state: to.replace(/^idle\..*/, 'idle') }];
  });
}

async function isIdle({ url }: Running): Promise<boolean> {
  const answer = await fetch(`${url}/api/actors/engine/${probe}`);
  return ((await answer.json()) as ActorView).state === 'idle';
}
