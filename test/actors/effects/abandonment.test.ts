import { describe, expect, it } from 'vitest';
import { reportAbandoned } from '../../../src/actors/effects/abandonment.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

function begin() {
  const clock = new VirtualClock();
  const lines: unknown[] = [];
  const line =
    (level: string) =>
    (facts: object | string, event = '') =>
      lines.push([level, facts, event]);
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const [over, quiet] = [new AbortController(), new AbortController()];
  const noted: string[] = [];
  const note = (what: string) => noted.push(what);
  reportAbandoned(promise, over.signal, "the step 'render'", { clock, log, quiet: quiet.signal, note });
  return { clock, lines, noted, resolve, reject, over, quiet };
}

describe('work that was told to stop', () => {
  it('and does not is reported, and again when it has ended after all', async () => {
    const { clock, lines, noted, over, reject } = begin();
    over.abort();
    await clock.advance(4_999);
    expect(lines).toEqual([]);
    await clock.advance(1);
    expect(lines).toEqual([['warn', expect.objectContaining({ what: "the step 'render'" }), 'work.abandoned']]);
    expect(noted).toEqual(["the step 'render'"]);
    await clock.advance(60_000);
    reject(new Error('at last'));
    await clock.advance(0);
    expect(lines[1]).toEqual(['info', { what: "the step 'render'", durationMs: 65_000 }, 'work.ended.late']);
  });

  it('and does within five seconds is not', async () => {
    const { clock, lines, over, resolve } = begin();
    over.abort();
    await clock.advance(4_000);
    resolve();
    await clock.advance(60_000);
    expect(lines).toEqual([]);
  });

  it('because the whole service stops is not', async () => {
    const { clock, lines, over, quiet } = begin();
    quiet.abort();
    over.abort();
    await clock.advance(60_000);
    expect(lines).toEqual([]);
  });
});
