/**
 * The demo on a machine that has neither a browser nor a mail server.
 */
import { expect, it, vi } from 'vitest';
import { runDemo } from '../../examples/demo/demo.ts';
import { summaryOf } from '../../examples/demo/summary.ts';

vi.mock('../../examples/demo/programs.ts', () => ({ findProgram: () => undefined }));

it('works all the same, and says which jobs it leaves out', async () => {
  const story: string[] = [];
  const outcome = await runDemo({
    durationMs: 10_000,
    seed: 3,
    signal: new AbortController().signal,
    tell: (who, what) => story.push(`${who} ${what}`),
  });
  const told = `${story.join('\n')}\n\n${summaryOf(outcome)}`;
  expect([outcome.violations, outcome.complaints, outcome.exit], told).toEqual([[], [], 0]);
  expect(outcome.requests, told).toBeGreaterThan(5);
  const left = [
    'scraper: there is no chromium, chromium-browser or google-chrome',
    'mailbox: there is no dovecot',
  ] as const;
  expect(outcome.leftOut).toEqual(left);
  for (const each of left) {
    expect(story).toContain(each.replace(':', ' is left out:'));
    expect(summaryOf(outcome)).toContain(`left out: ${each}`);
  }
}, 120_000);
