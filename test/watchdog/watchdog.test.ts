import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { feedWatchdog, nobody, type Watchdog } from '../../src/watchdog/watchdog.ts';

function begin({ unreachable = false, only }: { unreachable?: boolean; only?: Watchdog } = {}) {
  const clock = new VirtualClock();
  const heard: string[] = [];
  const lines: string[] = [];
  const state: { wrong: string | null; unreachable: boolean } = { wrong: null, unreachable };
  const hear = async (word: string) => {
    if (state.unreachable) throw new Error('nobody there');
    heard.push(word);
  };
  const dog: Watchdog = {
    everyMs: 60_000,
    started: () => hear('start'),
    feed: () => hear('well'),
    failed: (reason) => hear(`fail: ${reason}`),
    stopping: (reason) => hear(`stop: ${reason}`),
  };
  const log = {
    warn: (_: object, event: string) => lines.push(event),
    error: (_: object, event: string) => lines.push(event),
  };
  const stop = feedWatchdog(only ?? dog, { clock, log, trouble: async () => state.wrong });
  return { clock, heard, lines, state, stop };
}

describe('a watchdog', () => {
  it('hears of the start, and then as often as it wants that all is well', async () => {
    const { clock, heard } = begin();
    await clock.advance(0);
    expect(heard).toEqual(['start', 'well']);
    await clock.advance(59_999);
    expect(heard).toHaveLength(2);
    await clock.advance(1);
    expect(heard).toEqual(['start', 'well', 'well']);
  });

  it('is not fed while something is wrong, and hears once what it is', async () => {
    const { clock, heard, lines, state } = begin();
    await clock.advance(0);
    state.wrong = 'the store takes no writes';
    for (let n = 0; n < 3; n++) await clock.advance(60_000);
    expect(heard).toEqual(['start', 'well', 'fail: the store takes no writes']);
    expect(lines).toEqual(['service.stands']);
    state.wrong = null;
    await clock.advance(60_000);
    expect(heard.at(-1)).toBe('well');
  });

  it('that cannot be reached is tried again when it is due, and logged once', async () => {
    const { clock, heard, lines, state } = begin({ unreachable: true });
    for (let n = 0; n < 3; n++) await clock.advance(60_000);
    expect(lines).toEqual(['watchdog.unreachable']);
    state.unreachable = false;
    await clock.advance(60_000);
    expect(heard).toEqual(['well']);
  });

  it('that there is not costs no look: the log says what is wrong', async () => {
    const { clock, lines, state } = begin({ only: nobody });
    await clock.advance(60_000);
    state.wrong = 'engine/job: nothing will wake it';
    await clock.advance(60_000);
    expect(lines).toEqual(['service.stands']);
  });

  it('hears of the end, and nothing after it', async () => {
    const { clock, heard, stop } = begin();
    await clock.advance(0);
    await stop('out of memory');
    await clock.advance(600_000);
    expect(heard).toEqual(['start', 'well', 'stop: out of memory']);
  });
});
