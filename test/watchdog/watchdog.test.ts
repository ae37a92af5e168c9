import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { feedWatchdog, nobody, type Watchdog } from '../../src/watchdog/watchdog.ts';

interface Begin {
  unreachable?: boolean;
  only?: Watchdog;
  /** It ends a process that it hears nothing of. */
  ends?: boolean;
  /** It knows what a reload is. */
  reloads?: boolean;
}

function begin({ unreachable = false, only, ends = false, reloads = false }: Begin = {}) {
  const clock = new VirtualClock();
  const heard: string[] = [];
  const lines: string[] = [];
  const state: { wrong: string | null; restartHelps: boolean; unreachable: boolean } = {
    wrong: null,
    restartHelps: false,
    unreachable,
  };
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
    ...(ends && { endures: () => hear('endures') }),
    ...(reloads && { reloading: () => hear('reload') }),
  };
  const log = {
    warn: (_: object, event: string) => lines.push(event),
    error: (_: object, event: string) => lines.push(event),
  };
  const trouble = async () => (state.wrong === null ? null : { what: state.wrong, restartHelps: state.restartHelps });
  const feeding = feedWatchdog(only ?? dog, { clock, log, trouble });
  return { clock, heard, lines, state, ...feeding };
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

  it('that could not be told what is wrong hears it as soon as it can be reached, and the log once', async () => {
    const { clock, heard, lines, state } = begin();
    await clock.advance(0);
    Object.assign(state, { wrong: 'broken', unreachable: true });
    for (let n = 0; n < 3; n++) await clock.advance(60_000);
    state.unreachable = false;
    for (let n = 0; n < 3; n++) await clock.advance(60_000);
    expect(heard).toEqual(['start', 'well', 'fail: broken']);
    expect(lines).toEqual(['service.stands', 'watchdog.unreachable']);
  });

  it('hears of the same trouble again when it was over in between', async () => {
    const { clock, heard, lines, state } = begin();
    await clock.advance(0);
    for (const wrong of ['broken', null, 'broken']) {
      state.wrong = wrong;
      await clock.advance(60_000);
    }
    expect(heard).toEqual(['start', 'well', 'fail: broken', 'well', 'fail: broken']);
    expect(lines).toEqual(['service.stands', 'service.stands']);
  });

  it.each([
    ['is kept quiet while a restart would mend nothing', false, ['fail: broken', 'endures', 'endures']],
    ['is not fed when a restart may help', true, ['fail: broken']],
  ])('that would end the process %s', async (_, restartHelps, expected) => {
    const { clock, heard, state } = begin({ ends: true });
    await clock.advance(0);
    heard.length = 0;
    Object.assign(state, { wrong: 'broken', restartHelps });
    for (let n = 0; n < 2; n++) await clock.advance(60_000);
    expect(heard).toEqual(expected);
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

  it('that knows what a reload is hears of it, and when nothing came of it, and is fed meanwhile', async () => {
    const { clock, heard, reloading, stays, stop } = begin({ reloads: true });
    await clock.advance(0);
    await reloading();
    await clock.advance(60_000);
    await stays();
    expect(heard.slice(2)).toEqual(['reload', 'well', 'start']);
    await stop(null);
    await stays();
    expect(heard.at(-1)).toBe('stop: null');
  });

  it('that knows nothing of reloads hears nothing of them', async () => {
    const { clock, heard, reloading, stays } = begin();
    await clock.advance(0);
    await reloading();
    await stays();
    expect(heard).toHaveLength(2);
  });

  it('is left without a word when another process goes on with it', async () => {
    const { clock, heard, rest, stop } = begin();
    await clock.advance(0);
    rest();
    await clock.advance(600_000);
    await stop('never told');
    expect(heard).toHaveLength(2);
  });
});
