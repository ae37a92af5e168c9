import { expect, it } from 'vitest';
import { type DailyReport, noCounts } from '../../src/telemetry/daily-report.ts';
import { dailyReportPage } from '../../src/telemetry/daily-report-page.ts';

const at = (text: string) => Date.parse(text);
const empty: DailyReport = {
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
};

it('of a day on which nothing was due says so, and nothing else', () => {
  expect(dailyReportPage(empty)).toBe(
    '# Nightshift, 2026-11-23\n\nFrom 2026-11-22 07:00 to 2026-11-23 07:00 (Europe/Berlin): 0 runs ended well.\n',
  );
});

it('begins with what needs a person, and ends with the numbers', () => {
  const lastAt = at('2026-11-23T02:00Z');
  const counts = { ...noCounts(), ran: 3, late: 1, failed: 2, degraded: 1, retried: 1, odd: 1 };
  const page = dailyReportPage({
    ...empty,
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
    incidentsOver: [
      { cause: 'breaker:mail', title: 'mail is down', times: 2, lastedMs: 5_400_000, endedAt: at('2026-11-23T03:30Z') },
    ],
    findings: [{ severity: 'high', what: 'Node 23 is over.', fix: 'Move.' }],
  });
  expect(page).toBe(`# Nightshift, 2026-11-23

From 2026-11-22 07:00 to 2026-11-23 07:00 (Europe/Berlin): 4 runs ended well, 1 of them late, 1 of them without a step, 1 of them unusual, 2 failed.

## A person is needed (2026-11-23 07:00)

- **token/shop**: revoked: invalid\\_grant → put a valid grant in

## Open incidents (2026-11-23 07:00)

- **incident/shop**: open

## Incidents that are over

| incident | what | times | lasted | over |
| --- | --- | --- | --- | --- |
| breaker:mail | mail is down | 2 | 1h30m | 2026-11-23 04:30 |

## What did not run, or failed

| engine | what | times | last | why |
| --- | --- | --- | --- | --- |
| orders | failed | 2 | 2026-11-23 03:00 | out of paper |

## What mended itself

- **orders**: failed 2 times, needed another attempt once; well at 2026-11-23 03:00: out of paper

## Runs that went on without a step

- **orders**: once: announce

## What did not stop when it was told to

- **orders**: the step 'render'

## Runs that were unusual

| engine | when | in what |
| --- | --- | --- |
| orders | 2026-11-23 03:00 | far smaller: 3, usually at least 120 |

## Which services answered

- **orders**: llm: groq in 1 run, ollama in 3 runs

## Updates

- high: Node 23 is over. Move.

## Runs

| engine | ran | late | failed | retried | degraded | odd | coalesced | skipped | missed |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| orders | 3 | 1 | 2 | 1 | 1 | 1 | 0 | 0 | 0 |
`);
});

it('takes nothing that an error says for Markdown', () => {
  const reason = 'a | b\n# not a title <b>[x](y)</b> `c` \u001b[2J';
  const page = dailyReportPage({ ...empty, todo: [{ actor: 'engine/a', state: 'halted', reason, todo: null }] });
  expect(page.split('\n').at(-2)).toBe(
    '- **engine/a**: halted: a \\| b # not a title \\<b\\>\\[x\\](y)\\</b\\> \\`c\\`  \\[2J',
  );
});
