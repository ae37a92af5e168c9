/**
 * A report with one of everything.
 */
import { type DailyReport, noCounts } from '../../../src/telemetry/daily-report.ts';

export const at = (text: string) => Date.parse(text);

export const emptyReport: DailyReport = {
  period: 'day',
  day: '2026-11-23',
  timeZone: 'Europe/Berlin',
  from: at('2026-11-22T06:00Z'),
  to: at('2026-11-23T06:00Z'),
  madeAt: at('2026-11-23T06:00Z'),
  totals: noCounts(),
  engines: [],
  healed: [],
  todo: [],
  incidents: [],
  incidentsOver: [],
  findings: [],
  errors: { times: 0, signatures: 0, counts: { new: 0, growing: 0, known: 0, gone: 0 }, errors: [] },
  slowest: [],
  flakiest: [],
  changes: [],
  forecasts: { disk: null, quotas: [] },
};

const lastAt = at('2026-11-23T02:00Z');
const counts = { ...noCounts(), ran: 3, late: 1, failed: 2, degraded: 1, retried: 1, odd: 1 };

export const fullReport: DailyReport = {
  ...emptyReport,
  totals: counts,
  engines: [
    {
      engine: 'orders',
      ...counts,
      reasons: [{ outcome: 'failed', reason: 'out of paper', times: 2, lastAt }],
      stepsLeftOut: ['announce'],
      abandoned: ["the step 'render'"],
      oddities: [{ run: 'orders.1', what: ['far smaller: 3, usually at least 120'], at: lastAt }],
      served: { llm: { groq: 1, ollama: 3 } },
    },
  ],
  healed: [{ engine: 'orders', failed: 2, retried: 1, reason: 'out of paper', wellAt: lastAt }],
  todo: [{ actor: 'token/shop', state: 'revoked', reason: 'invalid_grant', todo: 'put a valid grant in' }],
  incidents: [{ actor: 'incident/shop', state: 'open', reason: null, todo: null }],
  failing: [
    { actor: 'engine/stock', state: 'idle', reason: 'out of ink', nextAt: at('2026-11-24T02:00Z') },
    { actor: 'engine/labels', state: 'backoff', reason: 'out of glue', nextAt: null },
  ],
  incidentsOver: [
    { cause: 'breaker:mail', title: 'mail is down', times: 2, lastedMs: 5_399_988, endedAt: at('2026-11-23T03:30Z') },
  ],
  findings: [{ severity: 'high', what: 'Node 23 is over.', fix: 'Move.' }],
  errors: {
    times: 14,
    signatures: 2,
    counts: { new: 1, growing: 1, known: 0, gone: 0 },
    errors: [
      {
        signature: 'Error tray <n> is out of paper',
        trend: 'new',
        times: 2,
        before: null,
        firstAt: lastAt,
        lastAt,
        actors: ['engine/orders'],
        example: {
          actor: 'engine/orders',
          run: 'orders.1',
          at: lastAt,
          class: 'bug',
          code: 'Error',
          message: 'tray 7 is out of paper',
        },
      },
      {
        signature: 'HTTP_503 shop: the service answered <n>',
        trend: 'growing',
        times: 12,
        before: 3.5,
        firstAt: at('2026-11-01T02:00Z'),
        lastAt,
        actors: ['engine/orders', 'token/shop'],
        example: {
          actor: 'token/shop',
          at: lastAt,
          class: 'recoverable',
          code: 'HTTP_503',
          message: 'shop: the service answered 503',
        },
      },
    ],
  },
  slowest: [{ subject: 'step/orders/print', times: 4, p95Ms: { value: 61_234, before: 30_000, change: 1.04 } }],
  flakiest: [
    {
      engine: 'orders',
      runs: 6,
      successShare: { value: 0.667, before: 1, change: -0.333 },
      attemptsPerSuccess: { value: 1.25, before: null, change: null },
    },
  ],
  changes: [{ subject: 'process/self', figure: 'memoryBytes', value: 4e8, before: 2e8, change: 1 }],
  forecasts: {
    disk: { freeBytes: 12e9, fullAt: at('2026-12-05T11:00Z') },
    quotas: [
      {
        service: 'youtube',
        limit: 100,
        used: 60,
        resetsAt: at('2026-11-23T08:00Z'),
        usedUpAt: at('2026-11-23T07:20Z'),
        tightAt: null,
      },
    ],
  },
};
