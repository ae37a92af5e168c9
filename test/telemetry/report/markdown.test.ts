import { expect, it } from 'vitest';
import { markdownReport } from '../../../src/telemetry/report/markdown.ts';
import { emptyReport, fullReport } from './some-report.ts';

it('of a day on which nothing was due says so, and nothing else', () => {
  expect(markdownReport(emptyReport)).toBe(
    '# Nightshift, 2026-11-23\n\nFrom 2026-11-22 07:00 to 2026-11-23 07:00 (Europe/Berlin): 0 runs ended well.\n',
  );
});

it('of a week says so', () => {
  expect(markdownReport({ ...emptyReport, period: 'week' })).toMatch(/^# Nightshift, the week up to 2026-11-23\n/);
});

it('begins with what needs a person, and ends with the numbers', () => {
  expect(markdownReport(fullReport)).toBe(`# Nightshift, 2026-11-23

From 2026-11-22 07:00 to 2026-11-23 07:00 (Europe/Berlin): 4 runs ended well, 1 of them late, 1 of them without a step, 1 of them unusual, 2 failed.

## A person is needed (2026-11-23 07:00)

- **token/shop**: revoked: invalid\\_grant → put a valid grant in

## Open incidents (2026-11-23 07:00)

- **incident/shop**: open

## Not well again yet (2026-11-23 07:00)

- **engine/stock**: failed, runs next at 2026-11-24 03:00: out of ink
- **engine/labels**: backoff: out of glue

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

## Errors

| trend | times | before | first seen | whom | error | an example |
| --- | --- | --- | --- | --- | --- | --- |
| new | 2 | - | 2026-11-23 03:00 | orders | Error tray \\<n\\> is out of paper | orders.1: tray 7 is out of paper |
| growing | 12 | 3.5 | 2026-11-01 03:00 | orders, token/shop | HTTP\\_503 shop: the service answered \\<n\\> | 2026-11-23 03:00: shop: the service answered 503 |

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

## Slowest

| who | times | p95 | trend |
| --- | --- | --- | --- |
| orders/print | 4 | 1m1.2s | +104 % |

## Flakiest

| engine | runs | success | trend | attempts each | trend |
| --- | --- | --- | --- | --- | --- |
| orders | 6 | 66.7 % | -33 % | 1.25 |  |

## What has changed against the week before

| who | what | now | before | change |
| --- | --- | --- | --- | --- |
| the process | memory | 400MB | 200MB | +100 % |

## Forecasts

- **disk**: 12GB free: full at 2026-12-05 12:00, at the pace of the last week
- **quota of youtube**: 60 of 100 used, filled up again at 2026-11-23 09:00: used up at 2026-11-23 08:20 at this pace

## Updates

- **high**: Node 23 is over. → Move.

## Runs

| engine | ran | late | failed | retried | degraded | odd | coalesced | skipped | missed |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| orders | 3 | 1 | 2 | 1 | 1 | 1 | 0 | 0 | 0 |
`);
});

it('takes nothing that an error says for Markdown', () => {
  const reason = 'a | b\n# not a title <b>[x](y)</b> `c` \u001b[2J';
  const page = markdownReport({ ...emptyReport, todo: [{ actor: 'engine/a', state: 'halted', reason, todo: null }] });
  expect(page.split('\n').at(-2)).toBe(
    '- **engine/a**: halted: a \\| b # not a title \\<b\\>\\[x\\](y)\\</b\\> \\`c\\`  \\[2J',
  );
});
