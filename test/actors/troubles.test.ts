import { describe, expect, it } from 'vitest';
import { Troubles } from '../../src/actors/troubles.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

const seconds = 1_000;

function line() {
  const clock = new VirtualClock();
  const troubles = new Troubles(clock);
  const turns: string[] = [];
  const wait = (who: string, signal = new AbortController().signal) =>
    void troubles.turn('network', `engine/${who}`, signal).then(
      (turn) => turns.push(`${who} ${turn}`),
      () => turns.push(`${who} left`),
    );
  return { clock, troubles, turns, wait };
}

describe('a trouble that everybody has', () => {
  it('is looked at by one at a time, in the order of coming', async () => {
    const { clock, troubles, turns, wait } = line();
    for (const who of ['a', 'b', 'c']) {
      troubles.met('network', `engine/${who}`);
      wait(who);
    }
    await clock.advance(30 * seconds - 1);
    expect(turns).toEqual([]);
    await clock.advance(1);
    expect(turns).toEqual(['a look']);
    troubles.met('network', 'engine/a');
    wait('a');
    await clock.advance(60 * seconds);
    expect(turns).toEqual(['a look', 'b look', 'c look']);
  });

  it('is looked at in time, however many meet it meanwhile', async () => {
    const { clock, troubles, turns, wait } = line();
    for (let n = 0; n < 10; n++) {
      troubles.met('network', `engine/${n}`);
      wait(String(n));
      await clock.advance(5 * seconds);
    }
    expect(turns).toEqual(['0 look']);
  });

  it('is over for all when the one that looked got on, and for nobody by the luck of another', async () => {
    const { clock, troubles, turns, wait } = line();
    troubles.met('network', 'engine/a');
    for (const who of ['a', 'b', 'c']) wait(who);
    troubles.gotOn('engine/other');
    await clock.advance(30 * seconds);
    troubles.gotOn('engine/a');
    await clock.advance(0);
    expect(turns).toEqual(['a look', 'b over', 'c over']);
    await clock.advance(600 * seconds);
    expect(turns).toHaveLength(3);
  });

  it('is looked at at once by who comes first after a restart', async () => {
    const { clock, turns, wait } = line();
    wait('a');
    wait('b');
    await clock.advance(0);
    expect(turns).toEqual(['a look']);
    await clock.advance(30 * seconds);
    expect(turns).toEqual(['a look', 'b look']);
  });

  it('is not waited for any more by who was told to stop', async () => {
    const { clock, troubles, turns, wait } = line();
    troubles.met('network', 'engine/a');
    const over = new AbortController();
    wait('a', over.signal);
    wait('b');
    over.abort();
    await clock.advance(30 * seconds);
    expect(turns).toEqual(['a left', 'b look']);
  });
});
