import { engine, type RunScope } from 'nightshift';
import { afterEach, describe, expect, it } from 'vitest';
import { errorRow } from '../../../src/persistence/error-rows.ts';
import {
  ErrorBook,
  forgottenAfterMs,
  groupsMax,
  newPerDayMax,
  others,
} from '../../../src/telemetry/errors/error-book.ts';
import { actorsMax, hoursKept, readGroups } from '../../../src/telemetry/errors/error-group.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { Workplace } from '../../actors/effects/workplace.ts';
import { rowsInMemory } from './rows-in-memory.ts';
import { bookOf, error } from './some-errors.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A word of letters alone: nothing masks it. */
const wordOf = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('');

describe('on a real host and a real store', () => {
  let place: Workplace;
  let book: ErrorBook;
  afterEach(() => place[Symbol.asyncDispose]());

  async function opened() {
    book = bookOf(place);
    await book.start();
  }

  it('keeps what went wrong in every attempt, also those that another one mended, across a restart', async () => {
    let tries = 0;
    const run = () => {
      tries += 1;
      if (tries % 3 !== 0) throw Object.assign(new Error(`page ${tries} is missing`), { code: 'ECONNRESET' });
    };
    place = await Workplace.open({ engines: [engine('a', { retry: { base: '1s', cap: '1s' }, run })] });
    await opened();
    const firstAt = place.clock.now();
    for (let days = 0; days < 3; days++) {
      const well = place.reached('engine/a', ({ context }) => context.last !== null && tries === 3 * (days + 1));
      await place.trigger('a');
      for (let attempt = 0; attempt < 2; attempt++) {
        await place.state('engine/a', 'backoff');
        await place.clock.advance(2_000);
      }
      await well;
      await place.clock.advance(day);
    }
    await book.stop();
    const kept = await readGroups(place.store);
    expect(kept).toMatchObject([
      {
        signature: 'ECONNRESET page <n> is missing',
        firstAt,
        actors: { 'engine/a': { firstAt } },
        example: { actor: 'engine/a', class: 'recoverable', attempt: 2, message: 'page 8 is missing' },
      },
    ]);
    expect(Object.values(kept[0]?.hours ?? {})).toEqual([2, 2, 2]);

    await place.crash();
    await opened();
    const again = place.state('engine/a', 'backoff');
    await place.trigger('a');
    await again;
    await book.stop();
    expect(await readGroups(place.store)).toMatchObject([{ firstAt, example: { message: 'page 10 is missing' } }]);
  });

  it('puts a new signature on the disk within a second, and what is counted of it later within a minute', async () => {
    const run = () => {
      throw new Error('out of paper');
    };
    place = await Workplace.open({ engines: [engine('a', { maxFailures: 9, run })] });
    await opened();
    const times = async () => Object.values((await readGroups(place.store))[0]?.hours ?? {});
    await place.run('a');
    await place.clock.advance(1_000);
    expect(await times()).toEqual([1]);
    await place.run('a');
    await place.clock.advance(minute - 1_001);
    expect(await times()).toEqual([1]);
    await place.clock.advance(1_001);
    expect(await times()).toEqual([2]);
  });

  it('counts no error twice, and none for whoever only waits for a service that is down', async () => {
    const run = ({ service }: RunScope) =>
      service('shop').call(async () => {
        throw Object.assign(new Error('reset by shop'), { code: 'ECONNRESET' });
      });
    place = await Workplace.open({
      services: { shop: { breaker: { failures: 1, cooldown: '1h' } } },
      engines: [engine('a', { retry: { base: '1s', cap: '1s' }, run }), engine('b', { run })],
    });
    await opened();
    await place.trigger('a');
    await place.state('breaker/shop', 'open');
    await place.trigger('b');
    await place.state('engine/b', 'held.forActor');
    await book.stop();
    const groups = await readGroups(place.store);
    expect(groups.map(({ signature, actors }) => [signature, Object.keys(actors)])).toEqual([
      ['ECONNRESET shop: reset by shop', ['engine/a']],
    ]);
    expect(Object.values(groups[0]?.hours ?? {})).toEqual([1]);
  });
});

describe('bounds', () => {
  function bookOn(rows = rowsInMemory()) {
    const clock = new VirtualClock();
    const failures: unknown[] = [];
    const book = new ErrorBook({ clock, store: rows, write: rows.write, failed: (error) => failures.push(error) });
    return { book, clock, rows, failures };
  }

  it('counts signatures together that come in masses, and takes new ones again the next day', async () => {
    const { book, clock, rows } = bookOn();
    for (let n = 0; n < newPerDayMax + 50; n++) book.add(error(clock.now(), { message: `lost ${wordOf(n)}` }));
    book.add(error(clock.now() + day, { message: 'the next day' }));
    await book.stop();
    const groups = await readGroups(rows);
    expect(groups).toHaveLength(newPerDayMax + 2);
    const rest = groups.find(({ signature }) => signature === others);
    expect(Object.values(rest?.hours ?? {})).toEqual([50]);
    expect(groups.some(({ example }) => example.message === 'the next day')).toBe(true);
  });

  it('keeps so many signatures, two weeks of hours and so many engines of each, and forgets what nobody has seen for months', async () => {
    const { book, clock, rows } = bookOn();
    await rows.write(
      Array.from({ length: groupsMax + 10 }, (_, n) => {
        const at = clock.now() - n * minute;
        const group = { signature: `s${n}`, firstAt: at, lastAt: at, hours: {}, actors: {}, example: error(at) };
        return errorRow(group.signature, JSON.stringify(group));
      }),
    );
    await book.start();
    const old = clock.now() - (hoursKept + 2) * hour;
    for (let n = 0; n < actorsMax + 5; n++) book.add(error(old, { actor: `engine/${n}` }));
    book.add(error(clock.now()));
    await book.stop();
    const groups = await readGroups(rows);
    expect(groups).toHaveLength(groupsMax);
    const [one] = groups.filter(({ signature }) => signature === 'Error out of paper');
    expect(one?.firstAt).toBe(old);
    expect([Object.keys(one?.hours ?? {}).length, one?.actors]).toEqual([1, {}]);
    await clock.advance(forgottenAfterMs + 1);
    book.add(error(clock.now(), { message: 'another one' }));
    await book.stop();
    expect((await readGroups(rows)).map(({ signature }) => signature)).toEqual(['Error another one']);
  });

  it('tries again what the store did not take, and reads past rows that are damaged', async () => {
    const { book, clock, rows, failures } = bookOn();
    rows.refuse = new Error('full');
    book.add(error(clock.now()));
    await clock.advance(1_000);
    expect(failures).toEqual([rows.refuse]);
    rows.refuse = undefined;
    await book.stop();
    await rows.write(['{', 'null', '{"signature":"x"}', '7'].map((json, n) => errorRow(`damaged ${n}`, json)));
    expect((await readGroups(rows)).map(({ signature }) => signature)).toEqual(['Error out of paper']);
  });
});
