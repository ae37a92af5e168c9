import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { table } from '../../../src/cli/table.ts';
import { reportPage } from '../../../src/testing/simulate/page/report-page.ts';
import { presets } from '../../../src/testing/simulate/presets.ts';
import { faultRates } from '../../../src/testing/simulate/rates-schema.ts';
import { reportText } from '../../../src/testing/simulate/report-text.ts';
import { type Simulation, simulate } from '../../../src/testing/simulate/simulate.ts';
import { shopConfig, startAt } from './chaos-place.ts';

let simulation: Simulation;
let page: string;
beforeAll(async () => {
  const faults = faultRates(presets.hostile, 'hostile');
  simulation = await simulate({ config: shopConfig, days: 1, seed: 1, faults, faultsName: 'hostile' });
  page = reportPage(simulation);
});

const broken = (what: string): Simulation => {
  const violation = { invariant: 'bought once', what, at: startAt + 60_000 };
  const { report } = simulation;
  return {
    report: { ...report, violations: [violation] },
    culprits: { violation, faults: ['call 3 to shop: 503'] },
  };
};

describe('the page', () => {
  it('loads nothing from elsewhere, and runs nothing', () => {
    expect(page).not.toMatch(/https?:|\bsrc=|@import|url\(|<script|<link rel="stylesheet|\son\w+=|\sstyle=/i);
  });

  it('lets in its own style alone', () => {
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(page.match(/<style>/g)).toHaveLength(1);
  });

  it('has a name for every chart, a caption for every table and a way to scroll it by keyboard', () => {
    const charts = page.match(/<svg(?![^>]*aria-hidden)[^>]*>/g) ?? [];
    expect(charts.length).toBeGreaterThan(10);
    expect(charts.filter((chart) => !/role="img" aria-label="[^"]+"/.test(chart))).toEqual([]);
    const tables = page.match(/<table>/g) ?? [];
    expect(page.match(/<table><caption>[^<]+<\/caption>/g)).toHaveLength(tables.length);
    expect(page.match(/<div class="scroll" tabindex="0" role="region" aria-label="[^"]+">/g)).toHaveLength(
      tables.length,
    );
  });

  it('says what the report says', () => {
    const { totals, alerts, calls, crashes, worst } = simulation.report;
    const tile = (label: string) => new RegExp(`<span class="label">${label}</span><b>([^<]+)</b>`).exec(page)?.[1];
    expect(tile('Runs ended well')).toBe(String(totals.ran + totals.late));
    expect(tile('Alerts')).toBe(String(alerts.opened));
    expect(tile('Crashes')).toBe(String(crashes));
    expect(tile('Calls to dead services')).toBe(String(calls.wasted));
    expect(page.match(/<details/g)).toHaveLength(worst.length);
    expect(page).toContain('All that must hold held');
  });

  it('says what did not hold, and what it takes', () => {
    const text = reportPage(broken('buyer: /buy/1 again'));
    expect(text).toContain('1 time something did not hold that must');
    expect(text).toContain('bought once: buyer: /buy/1 again');
    expect(text).toContain('<code>call 3 to shop: 503</code>');
  });

  it('takes no words for HTML', () => {
    const text = reportPage(broken('<img src=x onerror=alert(1)> "&'));
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt; &quot;&amp;');
    expect(text).not.toContain('<img');
  });

  it('has the bars of every chart in the same column, below each other', () => {
    const [, columns] = /\.plot, \.strip \{ display: grid; grid-template-columns: ([^;]+);/.exec(page) ?? [];
    expect(columns).toBe('var(--names) 1fr var(--totals)');
    expect(page.match(/\.strip \{[^}]*grid-template-columns/g)).toHaveLength(2);
  });

  it('has the title of each figure beside it where a screen is too narrow for columns', () => {
    expect(page).toMatch(/<td class="number" data-label="times">\d+<\/td>/);
    expect(page).toContain('<th scope="row" class="">');
  });

  it('says how an engine stood in plain words', () => {
    expect(page).toContain('its job is at work');
    expect(page).not.toMatch(/held\.for|after \d+ ms:/);
  });

  it('does not call it well when a run was lost, though nothing else was broken', () => {
    const { report } = simulation;
    const lost = { ...report, lost: { ...report.lost, unsettled: 2 } };
    expect(reportPage({ report: lost, culprits: null })).toContain('<p class="verdict bad">2 runs lost</p>');
    expect(reportText(lost, table)).toContain('what must hold    held, but runs were lost');
  });

  it('knows both day and night, and narrow screens', () => {
    expect(page).toContain('@media (prefers-color-scheme: dark)');
    expect(page).toContain('@media (max-width: 760px)');
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
  });
});

describe('the text', () => {
  it('says first what it comes to, and last the paths to the worst moments', () => {
    const text = reportText(simulation.report, table);
    const { totals, worst } = simulation.report;
    expect(text).toMatch(/^1 day, faults 'hostile', seed 1\n\nruns +\d+ ended well/);
    expect(text).toContain(`runs              ${totals.ran + totals.late} ended well`);
    expect(text).toContain('held; every engine that was hit has succeeded since');
    expect(text).toContain(`Worst moment 1: ${worst[0]?.what}`);
    expect(text.indexOf('\nEngines\n')).toBeLessThan(text.indexOf('Worst moment 1'));
  });

  it('says what did not hold', () => {
    const text = reportText(broken('buyer: /buy/1 again').report, table);
    expect(text).toContain('what must hold    did not hold once');
    expect(text).toContain('0d 00:01:00  bought once: buyer: /buy/1 again');
  });
});
