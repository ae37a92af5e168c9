/**
 * How long after its commit a change of state can be seen.
 *
 * A job is begun once the state that led to it is committed, so the first thing that it does marks the instant; the page, on the same
 * clock, notes when its document has changed.
 */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { ActorView } from '../../src/dashboard/actor-view.ts';
import type { Running, Workplace } from '../../test/cli/nightshift.ts';
import { pause } from '../busy.ts';
import { probe, probeRunMs } from './config.ts';

export interface Latencies {
  /** From the commit until the document had changed, ms. */
  ms: number[];
  /** Changes that were never seen. */
  missed: number;
}

interface Change {
  at: number;
  state: string;
}

/** That long after the end of a run the next is triggered, at most: where in the page's own rhythm it begins is left to chance. */
const restMsMax = 500;

export async function latencies(
  page: Page,
  selector: string,
  count: number,
  { workplace, service, notes }: { workplace: Workplace; service: Running; notes: string },
): Promise<Latencies> {
  await page.locator(`${selector}[data-state="idle"]`).waitFor();
  await page.evaluate(`bench.watch(${JSON.stringify(selector)})`);
  const before = begins(notes).length;
  for (let n = 0; n < count; n++) {
    await workplace.send(service.url, `engine/${probe}`, 'engine.trigger');
    await pause(probeRunMs + Math.random() * restMsMax);
    while (!(await isIdle(service))) await pause(50);
  }
  const changes = (await page.evaluate('bench.watched()')) as Change[];
  const committed = begins(notes).slice(before);
  const seen = committed.flatMap((at, n) => {
    const next = committed[n + 1] ?? Number.POSITIVE_INFINITY;
    const change = changes.find((each) => each.state === 'running' && each.at >= at && each.at < next);
    return change ? [change.at - at] : [];
  });
  return { ms: seen, missed: committed.length - seen.length };
}

async function isIdle({ url }: Running): Promise<boolean> {
  const answer = await fetch(`${url}/api/actors/engine/${probe}`);
  return ((await answer.json()) as ActorView).state === 'idle';
}

function begins(notes: string): number[] {
  return readFileSync(notes, 'utf8').split('\n').filter(Boolean).map(Number);
}
