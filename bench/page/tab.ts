/**
 * A tab of a real browser, with the page in it.
 */
import { join } from 'node:path';
import { type Browser, type CDPSession, chromium as engine, type Page } from 'playwright-core';
import { chromium } from '../../test/demo/programs.ts';
import { type Memory, memoryOf } from './process.ts';

export interface Tab {
  page: Page;
  /** The process that draws it. */
  pid(): Promise<number>;
  memory(): Promise<TabMemory>;
  close(): Promise<void>;
}

/** After a collection, in megabytes. */
export interface TabMemory extends Memory {
  heapMb: number;
}

export interface Loaded {
  firstRowMs: number;
  interactiveMs: number;
  longestTaskMs: number;
}

/** A browser for one tab: two tabs of one site may share a process, and then nobody knows whose the memory is. */
export async function openTab(): Promise<Tab> {
  if (!chromium) throw new Error('found no Chromium, which the page is measured with: install it (Debian: chromium)');
  const browser = await engine.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  await context.addInitScript({ path: join(import.meta.dirname, 'in-page.js') });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const pid = () => rendererOf(browser);
  return { page, pid, memory: async () => memory(session, await pid()), close: () => browser.close() };
}

/** @param until the engine that is searched for as soon as there is a search box */
export async function load(page: Page, url: string, until: string): Promise<Loaded> {
  await page.addInitScript(`if (location.protocol === 'http:') bench.loaded = bench.load(${JSON.stringify(until)})`);
  await page.goto(`${url}/`);
  return (await page.evaluate('bench.loaded')) as Loaded;
}

/** The largest of its processes that draw: the others are empty, and kept for tabs to come. */
async function rendererOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const [largest] = renderers.toSorted((one, other) => memoryOf(other).pssMb - memoryOf(one).pssMb);
  if (largest === undefined) throw new Error('found no process that draws the page');
  return largest;
}

async function memory(session: CDPSession, pid: number): Promise<TabMemory> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return { heapMb: usedSize / 2 ** 20, ...memoryOf(pid) };
}
