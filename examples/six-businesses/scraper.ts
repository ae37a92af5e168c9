/**
 * Scraper: logs in on a web site with a real browser and walks ten pages of its catalogue.
 *
 * Shows `checkpoint`: after each page, how far it is and the browser's cookies are on disk. Killed on page seven, it goes on with page
 * seven, and does not log in again.
 */

import { engine, type RunScope, type StepScope } from 'nightshift';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { z } from 'zod';
import { scaled } from '../hostile-world/scale.ts';
import { json, passing, read } from './reading.ts';
import { timing } from './timing.ts';

const stored = z.object({ url: z.url() });
const pages = 10;
const site = `${process.env.WORLD_URL ?? ''}/portal`;

interface Progress {
  /** The next page. */
  page: number;
  items: string[];
  cookies: Awaited<ReturnType<BrowserContext['cookies']>>;
}

export const scraper = engine('scraper', {
  ...timing,
  every: scaled('1h'),
  timeout: scaled('100m'),
  output: z.object({ file: z.url(), items: z.number().min(pages) }),

  async run({ step, service, runId }) {
    const items = await step('walk', async ({ signal, checkpoint, resume }: StepScope<Progress>) => {
      await using browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? 'chromium',
        // Chromium's sandbox does not work for root; nobody else should go without it.
        chromiumSandbox: process.getuid?.() !== 0,
      });
      const context = await browser.newContext();
      signal.addEventListener('abort', () => void browser.close().catch(() => {}), { once: true });
      const tab = await context.newPage();
      if (resume) await context.addCookies(resume.cookies);
      else await visit(service, tab, () => logIn(tab));

      const found = resume?.items ?? [];
      for (let page = resume?.page ?? 1; page <= pages; page++) {
        const { here, cookies } = await visit(service, tab, async () => {
          await open(tab, `catalogue?page=${page}`);
          return { here: await tab.locator('.item').allTextContents(), cookies: await context.cookies() };
        });
        found.push(...here);
        await checkpoint({ page: page + 1, items: found, cookies });
      }
      return found;
    });

    const { url } = await step('save', async () =>
      read(await service('storage').fetch('/files', json('POST', { ref: runId, items })), stored),
    );
    await step(
      'tell',
      async () => {
        await service('chat').fetch('/messages', json('POST', { ref: runId, text: url }));
      },
      { whenDown: 'skip' },
    );
    return { file: url, items: items.length };
  },
});

/**
 * What the browser does counts as a call to the portal, with its breaker and its time limit. A page that does not load, or a
 * browser that crashes, may do better the next time: the step goes on from its last checkpoint.
 */
function visit<Result>(service: RunScope['service'], tab: Page, work: () => Promise<Result>): Promise<Result> {
  return service('portal').call(async ({ signal }) => {
    // A page that still loads when the call is over would come after the breaker has opened.
    const stop = () => void tab.close().catch(() => {});
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && 'failure' in error) throw error;
      throw passing('PAGE_NOT_LOADED', `the browser: ${String((error as Error).message).split('\n')[0]}`, error);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}

async function logIn(tab: Page) {
  await open(tab, 'login');
  await tab.locator('input[name=name]').fill('ada');
  await tab.locator('input[name=password]').fill('a-password-for-people');
  await tab.locator('button').click();
  await tab.waitForURL(/catalogue/);
}

async function open(tab: Page, path: string) {
  const answer = await tab.goto(`${site}/${path}`);
  const status = answer?.status() ?? 0;
  if (status < 200 || status > 299) throw passing('PAGE_NOT_LOADED', `the portal answered ${status} for ${path}`);
  if (!tab.url().endsWith(path)) throw passing('PAGE_NOT_LOADED', `the portal led to ${tab.url()} instead of ${path}`);
}
