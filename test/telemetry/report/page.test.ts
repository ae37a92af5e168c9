import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { reportPage } from '../../../src/telemetry/report/page.ts';
import { emptyReport, fullReport } from './some-report.ts';

const page = reportPage(fullReport);

it('loads nothing from elsewhere, and runs nothing', () => {
  expect(page).not.toMatch(/https?:|\bsrc=|@import|url\(|<script|<link rel="stylesheet|\son\w+=|\sstyle=/i);
});

it('lets in its own style alone', () => {
  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
  expect(page).toContain(`style-src &#39;sha256-${createHash('sha256').update(style).digest('base64')}&#39;`);
  expect(style).toContain('prefers-color-scheme: dark');
});

it('says at the top whether all is well, and has a section for everything that the report has', () => {
  expect(page).toContain('<p class="verdict bad">1 thing needs a person</p>');
  expect(reportPage(emptyReport)).toContain(
    '<p class="verdict good">Nothing needs a person, and nothing was due or ran</p>',
  );
  const titles = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
  expect(titles).toEqual(expect.arrayContaining(['Errors', 'Slowest', 'Flakiest', 'Forecasts', 'Runs']));
  expect(page.match(/<section class="urgent">/g)).toHaveLength(3);
});

it('has a name for every chart, every table and every cell of a narrow screen', () => {
  const charts = page.match(/<svg(?![^>]*aria-hidden)[^>]*>/g) ?? [];
  expect(charts.filter((chart) => !/role="img" aria-label="[^"]+"/.test(chart))).toEqual([]);
  const tables = page.match(/<table>/g) ?? [];
  expect(page.match(/<div class="scroll" tabindex="0" role="region" aria-label="[^"]+"><table>/g)).toHaveLength(
    tables.length,
  );
  expect(page.match(/<td(?! data-label="[^"]+")/g)).toBeNull();
});

it('takes nothing that an error says for HTML', () => {
  const reason = '<img src=x onerror=alert(1)> & "quoted"';
  const hostile = reportPage({ ...emptyReport, todo: [{ actor: 'engine/<b>', state: 'halted', reason, todo: null }] });
  expect(hostile).not.toMatch(/<img|<b>engine\/<b>/);
  expect(hostile).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;');
});
