/**
 * The page in a real browser, with a running service behind it whose world does its worst, and which is killed on the way.
 *
 * With PAGE_PICTURES=docs/images the pictures of the README are taken on the way.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium as engine, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Running, Workplace } from '../cli/nightshift.ts';
import { chromium, mustHave } from '../demo/programs.ts';
import { eventually } from '../eventually.ts';
import { config, secrets } from './jobs.ts';
import { writePast } from './past.ts';
import { openWorld, type World } from './world.ts';

const pictures = process.env.PAGE_PICTURES;
const desk = { width: 1280, height: 860 };
/** Those that the documentation shows. */
const shown = [
  'overview-light',
  'overview-dark',
  'overview-phone',
  'engine-light',
  'engine-dark',
  'diagram-light',
  'incidents-light',
  'services-dark',
  'trends-dark',
];

describe.runIf(chromium || mustHave)('the page', () => {
  let workplace: Workplace;
  let world: World;
  let service: Running;
  let browser: Browser;
  /** One page, for all who do not sign in: it lives through the death of the service. */
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    workplace = new Workplace();
    workplace.write('nightshift.config.ts', config);
    await writePast(workplace.data, Date.now());
    world = await openWorld();
    [service, browser] = await Promise.all([
      workplace.start(world.env),
      engine.launch({ executablePath: chromium ?? 'chromium', args: ['--no-sandbox'] }),
    ]);
    ({ page, complaints } = await open());
    const stands = {
      'engine/price-watch': 'halted',
      'engine/geocode': 'backoff',
      'engine/render': 'running',
      'breaker/shop': 'open',
      'breaker/archive': 'open',
      'breaker/feeds': 'open',
    };
    await eventually('everything to have gone wrong', async () => {
      const actors = await service.actors();
      const isHealed = actors['engine/summaries']?.lastRun?.result === 'success';
      return isHealed && Object.entries(stands).every(([address, state]) => actors[address]?.state === state);
    });
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    workplace?.dispose();
    world?.end();
  });

  beforeEach(() => {
    complaints.length = 0;
  });

  /** A browser of its own, and all that goes wrong in its page. */
  async function open() {
    // What moves for the eye alone would be drawn sixty times a second by the processor.
    const context = await browser.newContext({ viewport: desk, reducedMotion: 'reduce', colorScheme: 'light' });
    const opened = await context.newPage();
    const heard: string[] = [];
    opened.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) heard.push(message.text());
    });
    opened.on('pageerror', (error) => heard.push(error.message));
    opened.on('request', (request) => {
      if (new URL(request.url()).origin !== service.url) heard.push(`asks ${request.url()}`);
    });
    await opened.goto(`${service.url}/`);
    await opened.locator('.connection.live').waitFor();
    return { page: opened, complaints: heard };
  }

  const show = (path: string, shown = page) => shown.goto(`${service.url}/${path}`);

  async function signIn(opened: Page) {
    const token = readFileSync(join(workplace.data, 'api.token'), 'utf8').trim();
    await opened.getByLabel('Operator token').fill(token);
    await opened.locator('dialog').getByRole('button', { name: 'Sign in' }).click();
    await opened.getByRole('button', { name: 'Sign out' }).waitFor();
  }

  const views: [name: string, path: string, there: string[]][] = [
    ['overview', '#/', ['[data-engine="price-watch"]']],
    [
      'engine',
      '#/engine/backup-photos',
      ['.chart-place', '[data-machine="backup-photos"] .current', '.log li', '.json'],
    ],
    ['incidents', '#/incidents', ['.incident', '.healed-list']],
    ['services', '#/services', ['[data-service="shop"] .why', '[data-service="cerebras"] .calls i:nth-child(60)']],
    ['tokens', '#/tokens', ['[data-token="youtube"] .todo']],
    ['trends', '#/trends', ['.line-chart canvas', '.bars li']],
    ['settings', '#/settings', ['.settings-list']],
  ];
  const looks = [
    // Its colours are the phone's and its layout the day's: looked at for the pictures alone.
    ...(pictures === undefined ? [] : [['dark', 'dark', desk] as const]),
    ['phone', 'dark', { width: 390, height: 844 }],
    ['light', 'light', desk],
  ] as const;

  it.each(views)(
    'shows %s to everybody, by day on a desk and by night on a phone: without a complaint, and with no more than fits',
    async (view, path, there) => {
      await show(path);
      for (const [look, colorScheme, size] of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        for (const part of there) await page.locator(part).first().scrollIntoViewIfNeeded();
        expect(await violations(page), look).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), look).toBeLessThanOrEqual(0);
        await takePicture(page, `page-${view}-${look}.png`);
      }
      const text = (await page.textContent('body')) ?? '';
      for (const secret of secrets) expect(text).not.toContain(secret);
      expect(complaints).toEqual([]);
    },
  );

  it('answers five questions, each by at most two clicks from the overview', async () => {
    let clicks = 0;
    const from = async () => {
      await show('#/');
      clicks = 0;
    };
    const click = async (name: string) => {
      clicks += 1;
      await page.getByRole('link', { name }).first().click();
    };
    const found = async (text: string | RegExp, within = 'main') => {
      await page.locator(within).getByText(text).first().waitFor();
      expect(clicks).toBeLessThanOrEqual(2);
    };
    // Which jobs are not all right?
    await from();
    await found(/^\d+ engines? needs? you/);
    for (const [name, words] of [
      ['price-watch', 'halted'],
      ['price-list', 'failed'],
      ['geocode', 'tries again'],
      ['orders', 'waits for a service'],
    ] as const) {
      await found(words, `[data-engine="${name}"]`);
    }
    // Why is it not running?
    await from();
    await click('orders');
    await found(/^shop: /);
    // What healed last night?
    await from();
    await click('Incidents');
    await found(/needed another try .* times/, '.healed-list');
    // When does the token expire?
    await from();
    await click('Tokens');
    await found(/expires in \d+ min/, '[data-token="google"]');
    // What is slow?
    await from();
    await click('Trends');
    await found(/^\d.* (s|ms)$/, '[aria-label="Slowest"] li:first-child');
    expect(complaints).toEqual([]);
  });

  it('says the same in the terminal, each by one command', async () => {
    const [status, why, report, metrics] = await Promise.all(
      [['status'], ['why', 'orders'], ['report'], ['metrics', '--slowest']].map((args) => workplace.run(...args)),
    );
    expect(status?.out).toMatch(
      /of 425 engines are not all right: price-watch \(halted\), .*nightshift status --troubled\n/,
    );
    expect(status?.out).toMatch(/token\/google +fresh .* expires in \d+m/);
    expect(why?.out).toContain('; breaker/shop is ');
    expect(report?.out).toMatch(/What mended itself\n(.*\n)* +summaries: needed another attempt/);
    expect(metrics?.out).toMatch(/^ENGINE .* P95 .*\n\S+ +\d/);
  });

  it('has in the row of an engine its latest runs, their p95, the last and the next', async () => {
    await show('#/');
    const row = page.locator('[data-engine="backup-photos"]');
    await row.getByRole('img', { name: /^last 50: .*went well.*failed/ }).waitFor();
    for (const [part, words] of [
      ['.p95', /^p95 \d.* s$/],
      ['.last', /^(just now|\d+ (s|min) ago)$/],
      ['.next', /^(now|in \d+ (s|min))$/],
    ] as const) {
      await row.locator(part).getByText(words).waitFor();
    }
  });

  it('lists those of one condition alone, and together those that wait for the same', async () => {
    await show('#/');
    const choice = page.getByRole('group', { name: 'Show only' }).getByRole('button', { name: 'Waiting' });
    const others = page.locator('[data-engine]:not(.waiting)');
    await others.first().waitFor();
    await choice.click();
    await page.locator('[data-engine="orders"].waiting').waitFor();
    await others.first().waitFor({ state: 'detached' });
    await page.getByLabel('Group by').selectOption('waits');
    await page.getByRole('heading', { level: 2, name: /^breaker\/shop *2/ }).waitFor();
    await page.getByLabel('Group by').selectOption('condition');
    await choice.click();
    await others.first().waitFor();
  });

  it('counts down to what comes next, and leads on to whom an engine waits for', async () => {
    await show('#/engine/backup-photos');
    const next = page.locator('.countdown div', { hasText: 'runs next in' }).locator('.big');
    const first = (await next.textContent()) ?? '';
    expect(first).toMatch(/^\d+ (min|s)/);
    await next.filter({ hasNotText: first }).waitFor();
    await show('#/engine/orders');
    await page.locator('.countdown').getByRole('link', { name: 'breaker shop' }).click();
    const shop = page.locator('[data-service="shop"] .facts div');
    for (const engine of ['orders', 'stock']) {
      await shop.filter({ hasText: 'held up' }).getByRole('link', { name: engine }).waitFor();
    }
    expect(await shop.filter({ hasText: 'latest calls' }).count()).toBe(0);
  });

  it('says of a service how much of its quota is used, and who stands in for it', async () => {
    await show('#/services');
    const drive = page.locator('[data-service="drive"]');
    await drive.getByText(/^[1-9]\d* of 500 per day$/).waitFor();
    expect(
      Number(await drive.getByRole('meter', { name: 'quota used' }).getAttribute('aria-valuenow')),
    ).toBeGreaterThan(0);
    await drive.getByRole('img', { name: /^[1-9]\d* calls?, 0 failed$/ }).waitFor();
    await page.locator('[data-service="groq"]').getByText('llm: groq → cerebras').waitFor();
  });

  it('is light or dark as the reader has chosen, also when it is opened again', async () => {
    await show('#/');
    const colour = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const button = page.getByRole('button', { name: /^Colours: / });
    const [bySystem] = [await colour(), await button.click(), await button.click()];
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
    const dark = await colour();
    expect(dark).not.toBe(bySystem);
    await page.reload();
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
    expect(await colour()).toBe(dark);
    await button.click();
    await page.getByRole('button', { name: 'Colours: system' }).waitFor();
    expect(await colour()).toBe(bySystem);
  });

  it('says what went wrong without the secret that is in it', async () => {
    await show('#/engine/sign-in');
    await page.getByText('signing in to the old mailbox with [secret] did not work').first().waitFor();
    expect(await page.content()).not.toContain('bearer-secret-4711');
  });

  it("draws an engine's own chart, with the step lit that is under way and the way that led there", async () => {
    await show('#/engine/render');
    await page.getByRole('heading', { name: 'Diagram' }).scrollIntoViewIfNeeded();
    const chart = page.locator('.nightshift-chart[data-machine="render"]');
    await chart.locator('[data-state="running.frames"].current').waitFor({ state: 'attached' });
    await chart.locator('[data-state="running.prepare"].passed').waitFor({ state: 'attached' });
    const line = '.transition.passed[data-from="running.prepare"][data-to="running.frames"]';
    await chart.locator(line).waitFor({ state: 'attached' });
    expect(await page.locator('.way').textContent()).toMatch(/ready → running $/);
    await takePicture(page, 'page-diagram-light.png', '.chart');
  });

  it('draws the chart that all engines have where its own cannot be', async () => {
    const source = '/api/actors/engine/blog/diagram.mmd';
    const refusal = { status: 422, json: { error: 'It is too large.', source } };
    await page.route('**/diagram', (route) => route.fulfill(refusal));
    await show('#/engine/blog');
    await page.getByRole('heading', { name: 'Diagram' }).scrollIntoViewIfNeeded();
    await page.locator('.nightshift-chart[data-machine="engine"] [data-state="held.forTime"].current').waitFor();
    await page.getByText('Its own: It is too large.').waitFor();
    await page.unroute('**/diagram');
    expect(await page.getByRole('link', { name: 'Its source' }).getAttribute('href')).toBe(source);
    expect(await (await fetch(`${service.url}${source}`)).text()).toMatch(/^stateDiagram-v2\n/);
  });

  it('shows the log of an engine as it grows, from the level on that is chosen', async () => {
    await show('#/engine/newsletter');
    const log = page.getByRole('log', { name: 'Log' });
    await page.getByText('The log has nothing of it.').waitFor();
    await workplace.send(service.url, 'engine/newsletter', 'engine.trigger');
    await log.locator('.info', { hasText: 'run.succeeded' }).waitFor();
    await log.locator('.warn', { hasText: /nobody reads it.*readers 0/ }).waitFor();
    await page.getByLabel('Which lines').selectOption('warn');
    await log.locator('.info').first().waitFor({ state: 'detached' });
    await log.locator('.warn').waitFor();
    expect(await log.locator('li').count()).toBe(1);
    await log.focus();
    expect(await page.evaluate('document.activeElement.className')).toBe('log');
  });

  it('shows nothing of one engine under the name of another, however long its answer takes', async () => {
    await show('#/trends');
    await page.locator('.past canvas').first().waitFor();
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    await page.route('**/api/metrics/past*', async (route) => {
      asked.resolve();
      await held.promise;
      await route.continue();
    });
    await page.getByRole('link', { name: 'backup-photos', exact: true }).last().click();
    const past = page.getByRole('region', { name: 'Past of backup-photos' });
    await asked.promise;
    await past.waitFor();
    expect(await past.locator('canvas').count()).toBe(0);
    held.resolve();
    await past.locator('canvas').first().waitFor();
    await page.unroute('**/api/metrics/past*');
  });

  it('says for how long an engine stood in states that are not rest', async () => {
    await show('#/trends');
    await page.getByRole('link', { name: 'summaries', exact: true }).last().click();
    const past = page.getByRole('region', { name: 'Past of summaries' });
    await past.getByText(/^Time in states: .*tries again \d/).waitFor();
  });

  it('asks whether another engine was meant, and does not know more than one', async () => {
    await show('#/engine/newslettre');
    await page.getByRole('heading', { level: 1, name: 'There is no engine ‘newslettre’' }).waitFor();
    await page.getByRole('link', { name: 'newsletter' }).click();
    await page.getByRole('heading', { level: 1, name: 'newsletter' }).waitFor();
    // What is asked for in vain is noted by Chromium itself.
    expect(new Set(complaints)).toEqual(
      new Set(['Failed to load resource: the server responded with a status of 404 (Not Found)']),
    );
  });

  it('has the settings of every engine, each when it is opened', async () => {
    await show('#/settings');
    const last = page.locator('.settings-list details', { hasText: 'mailbox-400' });
    expect(await last.locator('dl').count()).toBe(0);
    await last.locator('summary').click();
    await last.getByRole('link', { name: 'Where it stands' }).waitFor();
    expect(await last.locator('dl').first().textContent()).toContain('timeout');
    expect(complaints).toEqual([]);
  });

  it('shows of a service that its token is revoked, though its breaker is closed', async () => {
    await show('#/services');
    const service = page.locator('.card.bad[data-service="youtube"]');
    await service.locator('[data-state="revoked"]').waitFor();
    await service.getByRole('link', { name: 'upload-video' }).waitFor();
  });

  it('tells since when somebody is due again whose run waits, and not that it is due now', async () => {
    await show('#/engine/blog');
    await page.locator('.now [data-state="held.forTime"]').waitFor();
    await page.locator('.countdown dt', { hasText: 'due since' }).waitFor();
  });

  it('finds one among hundreds, of which only those in sight are in the document', async () => {
    await show('#/');
    await page.getByLabel('Group by').selectOption('none');
    await page.locator('[data-engine="blog"]').waitFor();
    expect(await page.locator('[data-engine]').count()).toBeLessThan(60);
    await page.mouse.wheel(0, 14_000);
    await page.locator('[data-engine="mailbox-230"]').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('mailbox 399');
    await page.locator('[data-engine="mailbox-399"]').waitFor();
    expect(await page.locator('[data-engine]').count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.locator('[data-engine="mailbox-399"] [data-step]:focus').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    expect(await page.getByLabel('Search engines').inputValue()).toBe('');
    await page.keyboard.press('Escape');
    expect(await page.getByLabel('Search engines').evaluate((search) => search.matches(':focus'))).toBe(false);
    await page.getByLabel('Group by').selectOption('condition');
  });

  it('can be gone through by keys alone', async () => {
    await show('#/');
    await page.locator('[data-engine]').first().waitFor();
    await page.locator('h1').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/engine\//);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
  });

  it('shows what somebody else does, as it happens, without asking for it', async () => {
    await show('#/');
    await page.getByLabel('Search engines').fill('index');
    const row = page.locator('[data-engine="index"]');
    await row.locator('[data-state="idle"]').waitFor();
    const asked: string[] = [];
    const note = (request: { url(): string }) => void asked.push(request.url());
    page.on('request', note);
    await workplace.send(service.url, 'engine/index', 'engine.pause');
    await row.locator('[data-state="paused"]').waitFor();
    await workplace.send(service.url, 'engine/index', 'engine.resume');
    await row.locator('[data-state="idle"]').waitFor();
    expect(asked).toEqual([]);
    page.off('request', note);
    await page.getByLabel('Search engines').fill('');
  });

  it('hears nothing in the background, and what has become of it meanwhile once it is looked at again', async () => {
    const own = await open();
    const isStream = (request: { url(): string }) => request.url().endsWith('/api/events');
    await show('#/engine/mailbox-001', own.page);
    await own.page.locator('.now [data-state="idle"]').waitFor();
    const ended = own.page.waitForEvent('requestfailed', isStream);
    await own.page.evaluate(visibility('hidden'));
    await ended;
    await workplace.send(service.url, 'engine/mailbox-001', 'engine.pause');
    await own.page.evaluate(visibility('visible'));
    await own.page.locator('.now [data-state="paused"]').waitFor();
    await workplace.send(service.url, 'engine/mailbox-001', 'engine.resume');

    // Opened behind the page that is looked at, it begins as quietly.
    const streams: string[] = [];
    await own.page.addInitScript(visibility('hidden'));
    own.page.on('request', (request) => isStream(request) && streams.push(request.url()));
    await own.page.reload();
    await own.page.getByRole('heading', { name: 'One moment' }).waitFor();
    expect(streams).toEqual([]);
    await own.page.evaluate(visibility('visible'));
    await own.page.locator('.now [data-state="idle"]').waitFor();
    expect(streams).toHaveLength(1);
    await own.page.close();
  });

  it('shows an engine that changes ten times a second, and what one may tell it', async () => {
    await workplace.send(service.url, 'engine/ticker', 'engine.trigger');
    await show('#/engine/ticker');
    await page.locator('.timeline', { hasText: 'beat' }).first().waitFor();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await workplace.send(service.url, 'engine/ticker', 'engine.pause');
    await page.locator('.now [data-state="paused"]').waitFor();
  });

  it('says so when the service is killed, and goes on by itself when it is back: with the steps from before', async () => {
    await show('#/engine/render');
    await page.locator('.timeline', { hasText: 'prepare' }).first().waitFor();
    const { port } = new URL(service.url);
    await service.end('SIGKILL');
    await page.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor();
    service = await workplace.start(world.env, '--port', port);
    await page.locator('.connection.live').waitFor();
    await page.locator('.now [data-state="running"]').waitFor();
    await page.locator('.timeline .recorded', { hasText: 'prepare' }).first().waitFor();
    await show('#/');
    await page.locator('[data-engine="price-watch"] [data-state="halted"]').waitFor();
  });

  it('asks for the token once, refuses a wrong one, and then gives commands', async () => {
    const own = await open();
    await show('#/engine/newsletter', own.page);
    await own.page.getByRole('button', { name: 'Run now' }).click();
    await own.page.getByLabel('Operator token').fill('wrong');
    await own.page.locator('dialog').getByRole('button', { name: 'Sign in' }).click();
    await own.page.getByText('This is not the token').waitFor();
    expect(await violations(own.page)).toEqual([]);
    // A refusal is an answer of 401, which Chromium itself notes.
    expect(own.complaints.splice(0)).toHaveLength(1);
    // What was wanted before is done now.
    const wanted = own.page.waitForResponse(
      (answer) => answer.request().method() === 'POST' && answer.url().includes('engine/newsletter') && answer.ok(),
    );
    await signIn(own.page);
    await wanted;
    // It may be under way still, and then there are two of it: what it does now, and what it did in the log's test.
    await own.page.locator('.timeline', { hasText: 'draft' }).first().waitFor();
    await own.page.getByRole('button', { name: 'Pause' }).click();
    await own.page.locator('.now [data-state="paused"]').waitFor();
    await own.page.getByRole('button', { name: 'Resume' }).click();
    await own.page.locator('.now [data-state="idle"]').waitFor();
    expect(await own.page.evaluate('document.cookie')).toBe('');

    await show('#/incidents', own.page);
    const incident = own.page.getByRole('article', { name: 'price-watch has stopped' });
    await incident.getByRole('button', { name: 'Acknowledge' }).click();
    await incident.locator('.badge', { hasText: 'acknowledged' }).waitFor();
    await show('#/services', own.page);
    const cerebras = own.page.locator('[data-service="cerebras"]');
    await cerebras.getByRole('button', { name: 'Isolate' }).click();
    await cerebras.locator('[data-state="isolated"]').waitFor();
    await cerebras.getByRole('button', { name: 'Close breaker' }).click();
    await cerebras.locator('[data-state="closed"]').waitFor();
    expect(own.complaints).toEqual([]);
  });
});

/** What the browser says to a page that is put behind another one, or looked at again. */
function visibility(state: DocumentVisibilityState): string {
  return `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
    document.dispatchEvent(new Event('visibilitychange'));`;
}

/** What keeps somebody from reading or using it, by WCAG 2.2 AA. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((results) => results.violations)`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** @param part of the page; without it, as it stands in the window from its top on */
async function takePicture(page: Page, name: string, part?: string) {
  if (pictures === undefined || !shown.some((each) => name === `page-${each}.png`)) return;
  mkdirSync(pictures, { recursive: true });
  const options = { path: join(pictures, name), animations: 'disabled' } as const;
  await page.mouse.move(0, 0);
  if (part !== undefined) return void (await page.locator(part).screenshot(options));
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot(options);
}
