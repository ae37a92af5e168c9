/**
 * The page as another machine sees it: over TLS, in a real browser.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as engine } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { listenElsewhere } from '../../src/dashboard/listen-elsewhere.ts';
import { selfSigned } from '../dashboard/self-signed.ts';
import { serveBreaker, token } from '../dashboard/served-breaker.ts';
import { chromium, mustHave } from '../demo/programs.ts';

describe.runIf(chromium || mustHave)('from another machine', () => {
  it('shows nothing before somebody signs in, and nothing after they have signed out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nightshift-elsewhere-'));
    const { certFile, keyFile } = selfSigned(folder, 'IP:127.0.0.1');
    const listen = { host: '127.0.0.1', port: 4443, tls: { cert: certFile, key: keyFile } };
    const served = await serveBreaker({ listen });
    const server = await listenElsewhere({
      listen: { host: '127.0.0.1', port: 0, certFile, keyFile },
      clock: systemClock,
      app: served.apiAt,
      renewed: () => {},
      troubled: () => {},
    });
    const browser = await engine.launch({ executablePath: chromium ?? 'chromium', args: ['--no-sandbox'] });
    try {
      const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.goto(`${server.url}/#/services`);
      await page.getByText('From another machine there is nothing to see').waitFor();
      expect(await page.content()).not.toContain('shop');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel('Operator token').fill(token);
      await page.locator('dialog').getByRole('button', { name: 'Sign in' }).click();
      await page.locator('[data-service="shop"]').waitFor();
      await page.goto(`${server.url}/#/settings`);
      const facts = await page.getByRole('article', { name: 'Service' }).textContent();
      expect(facts).toMatch(
        new RegExp(`listen.*address127\\.0\\.0\\.1.*port4443.*certificate${certFile}.*valid until\\w+`),
      );
      expect(await page.content()).not.toContain(keyFile);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('From another machine there is nothing to see').waitFor();
      expect(await page.content()).not.toContain('data-service');
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
      await served.end();
      rmSync(folder, { recursive: true });
    }
  });
});
