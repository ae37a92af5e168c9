import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserModule } from '../../src/dashboard/browser-module.ts';
import { madePageFiles } from '../../src/dashboard/page-files.ts';
import { type Served, serveBreaker } from './served-breaker.ts';

const root = join(import.meta.dirname, '../..');
let served: Served;

beforeAll(async () => {
  served = await serveBreaker();
});

afterAll(() => served.end());

it('serves the page under a policy that allows its own files alone, and nothing inline', async () => {
  const answer = await fetch(`${served.url}/`);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|http|\*|data:/);
  const html = await answer.text();
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|style=/);
  expect(html).not.toMatch(/(src|href)="(?!\/page\/)/);
});

it('is made of files that lead to each other, with no package and no network among them', () => {
  const files = new Map(madePageFiles(root));
  const lost = [...files].flatMap(([path, body]) =>
    path.endsWith('.js')
      ? [...body.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g)]
          .map(([, to = '']) => new URL(to, `http://page/page/${path}`))
          .filter(({ host, pathname }) => host !== 'page' || !files.has(pathname.replace('/page/', '')))
          .map(({ href }) => `${path}: ${href}`)
      : [],
  );
  expect(lost).toEqual([]);
  expect([...files.keys()]).toEqual(
    expect.arrayContaining(['index.html', 'main.js', 'vendor/preact.js', 'charts/engine.svg']),
  );
});

it('refuses to serve a module that imports what the page does not have', () => {
  expect(browserModule("import { a } from './a.ts';\nimport 'preact';")).toBe(
    "import { a } from './a.js';\nimport '/page/vendor/preact.js';",
  );
  expect(browserModule("import { html } from 'htm/preact';")).toBe("import { html } from '/page/html.js';");
  expect(() => browserModule("import { z } from 'zod';")).toThrow("found an import of 'zod'");
});

it('sends a file that a browser has already only when it has changed', async () => {
  const etag = (await fetch(`${served.url}/page/main.js`)).headers.get('etag') ?? '';
  expect((await fetch(`${served.url}/page/main.js`, { headers: { 'if-none-match': etag } })).status).toBe(304);
});

it.each(['/page/nobody.js', '/page/../service.js', '/page/%2e%2e/%2e%2e/package.json', '/page/tsconfig.json'])(
  'has no %s',
  async (path) => {
    expect((await fetch(`${served.url}${path}`)).status).toBe(404);
  },
);
