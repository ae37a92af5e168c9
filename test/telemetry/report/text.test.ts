import { expect, it } from 'vitest';
import { oneLine } from '../../../src/cli/output.ts';
import { table } from '../../../src/cli/table.ts';
import type { DailyReport } from '../../../src/telemetry/daily-report.ts';
import { reportMessage } from '../../../src/telemetry/report/message.ts';
import { textReport } from '../../../src/telemetry/report/text.ts';
import { emptyReport, fullReport } from './some-report.ts';

const shown = (report: DailyReport, hasColours = false) => textReport(report, { hasColours, table, oneLine });

it('says first whether all is well', () => {
  expect(shown(emptyReport).split('\n')).toEqual([
    'Nightshift, 2026-11-23',
    'From 2026-11-22 07:00 to 2026-11-23 07:00 (Europe/Berlin): 0 runs ended well.',
    'Nothing needs a person, and nothing was due or ran',
  ]);
  const some = (totals: object) =>
    shown({ ...emptyReport, totals: { ...emptyReport.totals, ...totals } }).split('\n')[2];
  expect(some({ ran: 3 })).toBe('All is well');
  expect(some({ ran: 3, missed: 1 })).toBe('Nothing needs a person, but not everything ran when it was due');
  expect(some({ ran: 3, failed: 1 })).toBe('Nothing needs a person: what failed is well again');
  expect(shown(fullReport).split('\n')[2]).toBe('1 thing needs a person');
  expect(shown({ ...fullReport, todo: [] }).split('\n')[2]).toBe('1 open incident, and nobody is needed yet');
  expect(shown({ ...fullReport, todo: [], incidents: [] }).split('\n')[2]).toBe(
    '2 engines failed and are not well again yet',
  );
});

it('lays out tables in columns, and has what to do behind an arrow', () => {
  const text = shown(fullReport);
  expect(text).toContain('  token/shop: revoked: invalid_grant → put a valid grant in\n');
  expect(text).toMatch(
    /\n {2}ENGINE {2}WHAT {4}TIMES {2}LAST {14}WHY\n {2}orders {2}failed {2}2 {6}2026-11-23 03:00 {2}out of paper\n/,
  );
});

it('says when nobody was there', () => {
  const upsets = [
    { kind: 'slept', from: Date.parse('2026-11-23T01:10Z'), to: Date.parse('2026-11-23T05:55Z') } as const,
  ];
  expect(
    shown({ ...emptyReport, upsets })
      .split('\n')
      .slice(-2),
  ).toEqual([
    'When nobody was there, or the clock was set',
    '  slept: the machine slept from 2026-11-23 02:10 to 2026-11-23 06:55: 4h45m',
  ]);
});

it('says instants in reasons as all others', () => {
  const reason = 'used up until 2026-11-23T09:30:00.000Z';
  const report = { ...emptyReport, todo: [{ actor: 'quota/shop', state: 'exhausted', reason, todo: null }] };
  expect(shown(report)).toContain('quota/shop: exhausted: used up until 2026-11-23 10:30');
  expect(reportMessage(report).text).toContain('quota/shop: exhausted: used up until 2026-11-23 10:30');
});

it('has colours for a terminal alone, and lets no error repaint it', () => {
  const reason = 'bad \u001b[2J\nline';
  const report = { ...emptyReport, todo: [{ actor: 'engine/a', state: 'halted', reason, todo: null }] };
  expect(shown(report)).not.toContain('\u001b');
  expect(shown(report, true)).toContain('\u001b[31m1 thing needs a person\u001b[0m');
  expect(shown(report, true)).not.toContain('\u001b[2J');
  expect(shown(report).split('\n').at(-1)).toBe('  engine/a: halted: bad  [2J line');
});

it('is sent in a few lines', () => {
  const { title, text, isWell } = reportMessage(fullReport);
  expect([title, isWell]).toEqual(['Nightshift, 2026-11-23: 1 thing needs a person', false]);
  expect(text.split('\n').slice(1)).toEqual([
    'A person is needed:',
    '- token/shop: revoked: invalid_grant → put a valid grant in',
    'Open incidents:',
    '- incident/shop: open',
    'Not well again yet:',
    '- engine/stock: failed: out of ink',
    '- engine/labels: backoff: out of glue',
    'Mended itself: orders.',
    'Errors that are new, or grow:',
    '- new, 2: Error tray <n> is out of paper',
    '- growing, 12: HTTP_503 shop: the service answered <n>',
    'The disk is full at 2026-12-05 12:00 at this pace.',
    'All of it: nightshift report --day 2026-11-23',
  ]);
  const many = Array.from({ length: 300 }, (_, n) => ({
    actor: `engine/${n}`,
    state: 'halted',
    reason: 'x'.repeat(2_000),
    todo: null,
  }));
  expect(reportMessage({ ...emptyReport, todo: many }).text).toContain('- and 290 more');
  expect(reportMessage({ ...emptyReport, todo: many }).text.length).toBeLessThan(4_000);
});

it('says of a quota that is used up until when that is, and foretells nothing of it', () => {
  const quota = { limit: 100, resetsAt: null, usedUpAt: null, tightAt: null };
  const text = shown({
    ...emptyReport,
    usedUp: [{ service: 'shop', until: Date.parse('2026-11-23T08:00Z'), reason: 'its 100 calls per day are used up' }],
    forecasts: {
      disk: null,
      quotas: [
        { ...quota, service: 'shop', used: 100 },
        { ...quota, service: 'other', used: 20 },
      ],
    },
  });
  expect(text.split('\n').slice(3)).toEqual([
    '',
    'Quotas that are used up (2026-11-23 07:00)',
    '  quota of shop: used up until 2026-11-23 09:00: its 100 calls per day are used up',
    '',
    'Forecasts',
    '  quota of other: 20 of 100 used',
  ]);
});
