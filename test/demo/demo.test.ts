/**
 * The demo, for three quarters of a minute, with everything that belongs to it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runDemo } from '../../examples/demo/demo.ts';
import type { Healing } from '../../examples/demo/healing.ts';
import { summaryOf } from '../../examples/demo/summary.ts';
import { violationKinds } from '../../examples/hostile-world/judge.ts';
import { chromium, dovecot, mustHave } from './programs.ts';

const minuteMs = 60_000;
/** Seconds of the minute between which it may begin: the hours of the blog then begin in the middle of it. */
const [soonest, latest] = [28_000, 44_000];

it('heals what it meets with, and does nothing that must not be done', async () => {
  const second = Date.now() % minuteMs;
  if (second < soonest || second > latest) await wait((soonest - second + minuteMs) % minuteMs);
  const story: string[] = [];
  const outcome = await runDemo({
    durationMs: 45_000,
    seed: 7,
    signal: new AbortController().signal,
    tell: (who, what) => story.push(`${who} ${what}`),
  });
  const told = `${story.join('\n')}\n\n${summaryOf(outcome)}`;

  expect(outcome.violations, told).toEqual([]);
  expect(outcome.complaints).toEqual([]);
  expect(outcome.exit, told).toBe(0);
  expect(outcome.requests).toBeGreaterThan(50);
  expect(outcome.hostile).toBeGreaterThan(5);
  for (const kind of violationKinds) expect(told).toContain(`    0  ${kind}`);

  const always: Healing[] = ['killed', 'resumed', 'window', 'quota', 'fallback', 'retried', 'renewed'];
  const withMail: Healing[] = dovecot || mustHave ? ['mail', 'breaker'] : [];
  const withBrowser: Healing[] = chromium || mustHave ? ['pageSeven'] : [];
  const missing = [...always, ...withMail, ...withBrowser].filter((healing) => !outcome.healed.get(healing));
  expect(missing, told).toEqual([]);
  expect(outcome.leftOut.length).toBe((chromium || mustHave ? 0 : 1) + (dovecot || mustHave ? 0 : 1));
}, 180_000);
