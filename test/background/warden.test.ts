import { describe, expect, it } from 'vitest';
import { watchOver } from '../../src/background/warden.ts';
import { formatDuration } from '../../src/policies/duration.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import type { WardenWord } from '../../src/watchdog/warden.ts';

const silenceMs = 60_000;

function begin() {
  const clock = new VirtualClock();
  const said: string[] = [];
  const wards: { say(word: WardenWord): void; end(code: number | null): void; signals: string[] }[] = [];
  const warden = watchOver({
    clock,
    silenceMs,
    say: (line) => said.push(line),
    start() {
      const { promise: ended, resolve } = Promise.withResolvers<number | null>();
      const signals: string[] = [];
      const listeners: ((word: WardenWord) => void)[] = [];
      const say = (word: WardenWord) => {
        for (const hear of listeners) hear(word);
      };
      wards.push({ signals, end: resolve, say });
      return {
        ended,
        heard: (hear) => listeners.push(hear),
        signal(signal) {
          signals.push(signal);
          if (signal === 'SIGKILL') resolve(null);
        },
      };
    },
  });
  return { clock, warden, wards, said, last: () => wards.at(-1) as (typeof wards)[number] };
}

describe('the warden', () => {
  it('leaves a service alone that is heard of in time', async () => {
    const { clock, wards, last } = begin();
    last().say({ warden: 'ready' });
    for (let n = 0; n < 10; n++) {
      await clock.advance(silenceMs / 2);
      last().say({ warden: 'fed' });
    }
    expect(wards).toHaveLength(1);
    expect(last().signals).toEqual([]);
  });

  it('ends one that has fallen silent, and starts another ten seconds later', async () => {
    const { clock, wards, said } = begin();
    wards[0]?.say({ warden: 'ready' });
    await clock.advance(silenceMs - 1);
    expect(wards[0]?.signals).toEqual([]);
    await clock.advance(1);
    expect(wards[0]?.signals).toEqual(['SIGKILL']);
    await clock.advance(9_999);
    expect(wards).toHaveLength(1);
    await clock.advance(1);
    expect(wards).toHaveLength(2);
    expect(said[0]).toBe('nothing was heard of the service for 1m: it is ended');
  });

  it('gives a start three minutes', async () => {
    const { clock, wards } = begin();
    await clock.advance(3 * silenceMs - 1);
    expect(wards[0]?.signals).toEqual([]);
    await clock.advance(1);
    expect(wards[0]?.signals).toEqual(['SIGKILL']);
  });

  it('gives a stop as long as the service asks for', async () => {
    const { clock, wards } = begin();
    wards[0]?.say({ warden: 'stopping', patienceMs: 600_000 });
    await clock.advance(599_999);
    expect(wards[0]?.signals).toEqual([]);
    await clock.advance(1);
    expect(wards[0]?.signals).toEqual(['SIGKILL']);
  });

  it('waits twice as long after each end that follows another, five minutes at most, and begins anew after ten good ones', async () => {
    const { clock, last, said } = begin();
    const waits = [10, 20, 40, 80, 160, 300, 300].map((seconds) => seconds * 1_000);
    for (const ms of waits) {
      last().end(2);
      await clock.advance(ms);
    }
    last().say({ warden: 'ready' });
    for (let n = 0; n < 20; n++) {
      await clock.advance(silenceMs / 2);
      last().say({ warden: 'fed' });
    }
    last().end(1);
    await clock.advance(0);
    expect(said.map((line) => /starts again in (.*)/.exec(line)?.[1])).toEqual(
      [...waits, 10_000].map((ms) => formatDuration(ms)),
    );
  });

  it('starts one at once that has ended in good order, as for a reload', async () => {
    const { clock, wards, said } = begin();
    wards[0]?.end(0);
    await clock.advance(0);
    expect(wards).toHaveLength(2);
    expect(said).toEqual([]);
  });

  it('hands on a signal, and ends with the exit code of the service', async () => {
    const { clock, warden, wards } = begin();
    warden.stop('SIGTERM');
    expect(wards[0]?.signals).toEqual(['SIGTERM']);
    wards[0]?.end(0);
    expect(await warden.ended).toBe(0);
    await clock.advance(600_000);
    expect(wards).toHaveLength(1);
  });

  it('ends at once when it is told to between two services', async () => {
    const { clock, warden, wards } = begin();
    wards[0]?.end(3);
    await clock.advance(5_000);
    warden.stop('SIGTERM');
    expect(await warden.ended).toBe(3);
    expect(wards).toHaveLength(1);
  });
});
