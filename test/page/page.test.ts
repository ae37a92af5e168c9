/**
 * The page in a real browser, with a running service whose jobs fail in many ways behind it.
 *
 * With PAGE_PICTURES=docs/images the pictures of the README are taken on the way.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium as engine, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, Workplace } from '../cli/nightshift.ts';
import { chromium, mustHave } from '../demo/programs.ts';
import { eventually } from '../eventually.ts';
import { config, openWorld, secrets, type World, writePast } from './world.ts';

const pictures = process.env.PAGE_PICTURES;
/** Those that the documentation shows. */
const shown = [
  'overview-light',
  'overview-dark',
  'overview-phone',
  'engine-light',
  'engine-dark',
  'incidents-light',
  'services-dark',
  'trends-dark',
];

describe.runIf(chromium || mustHave)('the page', () => {
  let workplace: Workplace;
  let world: World;
  let service: Running;
  let browser: Browser;

  beforeAll(async () => {
    workplace = new Workplace();
    workplace.write('nightshift.config.ts', config);
    await writePast(workplace.data, Date.now());
    world = await openWorld();
    service = await workplace.start({ WORLD: world.url });
    browser = await engine.launch({ executablePath: chromium ?? 'chromium', args: ['--no-sandbox'] });
    await eventually('the shop to be down and the price watch to have stopped', async () => {
      const actors = await service.actors();
      const isOver = actors['engine/backup-photos']?.lastRun?.result === 'success';
      return isOver && actors['breaker/shop']?.state === 'open' && actors['engine/price-watch']?.state === 'halted';
    });
  });

  afterAll(async () => {
    await browser?.close();
    workplace?.dispose();
    world?.end();
  });

  /** A page that remembers whatever went wrong in it. */
  async function open(path: string) {
    // What moves for the eye alone would be drawn sixty times a second by the processor.
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== service.url) complaints.push(`asks ${request.url()}`);
    });
    await page.goto(`${service.url}/${path}`);
    await page.locator('.connection.live').waitFor();
    return { page, context, complaints };
  }

  async function signIn(page: Page) {
    const token = readFileSync(join(workplace.data, 'api.token'), 'utf8').trim();
    await page.getByLabel('Operator token').fill(token);
    await page.locator('dialog').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }

  const views: [name: string, path: string, there: string][] = [
    ['overview', '#/', '[data-engine="price-watch"]'],
    ['engine', '#/engine/backup-photos', '.nightshift-chart .current'],
    ['incidents', '#/incidents', '.incident'],
    ['services', '#/services', '[data-service="shop"] .why'],
    ['tokens', '#/tokens', '[data-token="youtube"] .todo'],
    ['trends', '#/trends', '.line-chart canvas'],
    ['settings', '#/settings', '.settings-list'],
  ];
  const desk = { width: 1280, height: 860 };
  const looks = [
    ['light', 'light', desk],
    // Its colours are the phone's and its layout the day's: looked at for the pictures alone.
    ...(pictures === undefined ? [] : [['dark', 'dark', desk] as const]),
    ['phone', 'dark', { width: 390, height: 844 }],
  ] as const;

  it.each(views)(
    'shows %s to everybody, by day on a desk and by night on a phone: without a complaint, and with no more than fits',
    async (view, path, there) => {
      const { page, context, complaints } = await open(path);
      for (const [look, colorScheme, size] of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        await page.locator(there).first().waitFor();
        expect(await violations(page), look).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), look).toBeLessThanOrEqual(0);
        await takePicture(page, `page-${view}-${look}.png`);
      }
      const text = (await page.textContent('body')) ?? '';
      for (const secret of secrets) expect(text).not.toContain(secret);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  it('says what went wrong without the secret that is in it', async () => {
    const { page, context } = await open('#/engine/sign-in');
    await page.getByText('signing in with [secret] did not work').first().waitFor();
    expect(await page.content()).not.toContain('bearer-secret-4711');
    await context.close();
  });

  it('has the settings of every engine, each when it is opened', async () => {
    const { page, context, complaints } = await open('#/settings');
    const last = page.locator('.settings-list details', { hasText: 'mailbox-400' });
    expect(await last.locator('dl').count()).toBe(0);
    await last.locator('summary').click();
    await last.getByRole('link', { name: 'Where it stands' }).waitFor();
    expect(await last.locator('dl').first().textContent()).toContain('timeout');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows an engine that changes ten times a second, and what one may tell it', async () => {
    await workplace.run('trigger', 'ticker');
    const { page, context } = await open('#/engine/ticker');
    await page.locator('.timeline', { hasText: 'beat' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await workplace.run('pause', 'ticker');
    await page.locator('.now [data-state="paused"]').waitFor();
    await context.close();
  });

  it('says at a glance that somebody is needed, and for what', async () => {
    const { page, context } = await open('#/');
    await page.getByRole('heading', { level: 1, name: /^1 engine needs you/ }).waitFor();
    await page.getByRole('link', { name: /price-watch has stopped/ }).waitFor();
    await context.close();
  });

  it('finds one among hundreds, of which only those in sight are in the document', async () => {
    const { page, context } = await open('#/');
    await page.getByLabel('Group by').selectOption('none');
    await page.locator('[data-engine="blog"]').waitFor();
    expect(await page.locator('[data-engine]').count()).toBeLessThan(60);
    await page.mouse.wheel(0, 14_000);
    await page.locator('[data-engine="mailbox-230"]').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('mailbox 399');
    await page.locator('[data-engine="mailbox-399"]').waitFor();
    expect(await page.locator('[data-engine]').count()).toBe(1);
    await page.keyboard.press('Tab');
    await context.close();
  });

  it('can be gone through by keys alone', async () => {
    const { page, context } = await open('#/');
    await page.locator('[data-engine]').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/engine\//);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    await context.close();
  });

  it('asks for the token once, refuses a wrong one, and then gives commands', async () => {
    const { page, context, complaints } = await open('#/engine/newsletter');
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByLabel('Operator token').fill('wrong');
    await page.locator('dialog').getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This is not the token').waitFor();
    expect(await violations(page)).toEqual([]);
    // A refusal is an answer of 401, which Chromium itself notes.
    expect(complaints.splice(0)).toHaveLength(1);
    await signIn(page);
    // What was wanted before is done now.
    await page.locator('.run', { hasText: 'went well' }).waitFor();
    await page.locator('.timeline', { hasText: 'draft' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.now [data-state="paused"]').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.now [data-state="idle"]').waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('acknowledges an incident and isolates a service by their buttons', async () => {
    const { page, context, complaints } = await open('#/incidents');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await signIn(page);
    const incident = page.getByRole('article', { name: 'price-watch has stopped' });
    await incident.getByRole('button', { name: 'Acknowledge' }).click();
    await incident.locator('.badge', { hasText: 'acknowledged' }).waitFor();
    await page.goto(`${service.url}/#/services`);
    const cerebras = page.locator('[data-service="cerebras"]');
    await cerebras.getByRole('button', { name: 'Isolate' }).click();
    await cerebras.locator('[data-state="isolated"]').waitFor();
    await cerebras.getByRole('button', { name: 'Close breaker' }).click();
    await cerebras.locator('[data-state="closed"]').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows what somebody else does, as it happens, without asking for it', async () => {
    const { page, context } = await open('#/');
    await page.getByLabel('Search engines').fill('index');
    const row = page.locator('[data-engine="index"]');
    await row.locator('[data-state="idle"]').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await workplace.send(service.url, 'engine/index', 'engine.pause');
    await row.locator('[data-state="paused"]').waitFor();
    await workplace.send(service.url, 'engine/index', 'engine.resume');
    await row.locator('[data-state="idle"]').waitFor();
    expect(asked).toEqual([]);
    await context.close();
  });

  it('says so when the service is gone, and goes on by itself when it is back', async () => {
    const { page, context } = await open('#/');
    const { port } = new URL(service.url);
    await service.end('SIGKILL');
    await page.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor();
    service = await workplace.start({ WORLD: world.url }, '--port', port);
    await page.locator('.connection.live').waitFor();
    await page.locator('[data-engine="price-watch"] [data-state="halted"]').waitFor();
    await context.close();
  });
});

/** What keeps somebody from reading or using it, by WCAG 2.2 AA. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((results) => results.violations)`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

async function takePicture(page: Page, name: string) {
  if (pictures === undefined || !shown.some((each) => name === `page-${each}.png`)) return;
  mkdirSync(pictures, { recursive: true });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(pictures, name), animations: 'disabled' });
}
