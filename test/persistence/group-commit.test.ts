import { describe, expect, it } from 'vitest';
import { GroupCommit } from '../../src/persistence/group-commit.ts';
import type { Store, Write } from '../../src/persistence/store.ts';
import { StoreError } from '../../src/persistence/store-error.ts';
import { settled, VirtualClock } from '../../src/testing/virtual-clock.ts';

/** A store whose every write ends when, and as, the test says. */
function heldStore() {
  const rows = new Map<string, string | null>();
  const writes: (readonly Write[])[] = [];
  const ends: { take: () => void; refuse: () => void }[] = [];
  let atOnce = 0;
  let atOnceMost = 0;
  const store: Pick<Store, 'write'> = {
    write(batch) {
      writes.push(batch);
      atOnce += 1;
      atOnceMost = Math.max(atOnceMost, atOnce);
      return new Promise((resolve, reject) => {
        ends.push({
          take() {
            atOnce -= 1;
            for (const [key, json] of batch) rows.set(key, json);
            resolve();
          },
          refuse() {
            atOnce -= 1;
            reject(new StoreError('STORE_UNWRITABLE', 'the disk is full'));
          },
        });
      });
    },
  };
  return {
    store: store as Store,
    rows,
    writes,
    atOnceMost: () => atOnceMost,
    async end(how: 'take' | 'refuse') {
      await settled();
      const end = ends.shift();
      if (!end) throw new Error('nothing is being written');
      end[how]();
      await settled();
    },
  };
}

function setUp() {
  const clock = new VirtualClock();
  const held = heldStore();
  const told: string[] = [];
  const commits = new GroupCommit(held.store, clock, {
    flushed: () => told.push('flushed'),
    failing: ({ message }) => told.push(`failing: ${message}`),
    recovered: () => told.push('recovered'),
  });
  const add = (key: string, json: string | null = '1') =>
    commits.add({ rows: [[key, json]], committed: () => told.push(key) });
  return { clock, commits, add, told, ...held };
}

describe('group commit', () => {
  it('writes what comes in one turn in one batch', async () => {
    const { add, writes, told, end } = setUp();
    add('a');
    add('b');
    add('c');
    await end('take');
    expect(writes.map((rows) => rows.map(([key]) => key))).toEqual([['a', 'b', 'c']]);
    expect(told).toEqual(['a', 'b', 'c', 'flushed']);
  });

  it('writes what comes during a flush in the next one, which begins when that has ended', async () => {
    const { add, writes, told, end } = setUp();
    add('a');
    await settled();
    add('b');
    add('c');
    await settled();
    expect(writes).toHaveLength(1);
    await end('take');
    expect(told).toEqual(['a', 'flushed']);
    expect(writes[1]?.map(([key]) => key)).toEqual(['b', 'c']);
    await end('take');
    expect(told).toEqual(['a', 'flushed', 'b', 'c', 'flushed']);
  });

  it('writes of a key that comes twice the later value, once', async () => {
    const { add, writes, rows, told, end } = setUp();
    add('key', '1');
    add('other', '1');
    add('key', '2');
    add('other', null);
    await end('take');
    expect(writes[0]).toHaveLength(2);
    expect(Object.fromEntries(rows)).toEqual({ key: '2', other: null });
    expect(told).toEqual(['key', 'other', 'key', 'other', 'flushed']);
  });

  it('keeps the rows of one change together', async () => {
    const { commits, writes, end } = setUp();
    const rows = Array.from({ length: 300 }, (_, n): Write => [`row-${n}`, '1']);
    commits.add({ rows, committed: () => {} });
    await end('take');
    expect(writes[0]).toHaveLength(300);
  });

  it('never writes twice at the same time', async () => {
    const { clock, add, end, atOnceMost } = setUp();
    for (let n = 0; n < 20; n++) {
      add(`${n}`);
      await end(n % 3 === 0 ? 'refuse' : 'take');
      await clock.advance(60_000);
      if (n % 3 === 0) await end('take');
    }
    expect(atOnceMost()).toBe(1);
  });

  it('resolves a write when it is durable', async () => {
    const { commits, end } = setUp();
    let durable = false;
    const write = commits.write([['key', '1']]).then(() => {
      durable = true;
    });
    await settled();
    expect(durable).toBe(false);
    await end('take');
    await write;
    expect(durable).toBe(true);
  });
});

describe('a store that refuses', () => {
  it('is tried again after 1, 2, 4, 8, 16 and from then on every 30 s', async () => {
    const { clock, add, writes, end } = setUp();
    add('key');
    await end('refuse');
    for (const [n, seconds] of [1, 2, 4, 8, 16, 30, 30, 30].entries()) {
      await clock.advance(seconds * 1_000 - 1);
      expect(writes).toHaveLength(n + 1);
      await clock.advance(1);
      expect(writes).toHaveLength(n + 2);
      await end('refuse');
    }
  });

  it('is told of on every try, and once when it takes a batch again', async () => {
    const { clock, commits, add, told, end } = setUp();
    add('key');
    await end('refuse');
    expect(commits.failing?.message).toBe('the disk is full');
    await clock.advance(1_000);
    await end('refuse');
    await clock.advance(2_000);
    await end('take');
    expect(commits.failing).toBeUndefined();
    expect(told).toEqual(['failing: the disk is full', 'failing: the disk is full', 'recovered', 'key', 'flushed']);
  });

  it('begins with 1 s again when it has taken a batch in between', async () => {
    const { clock, add, writes, end } = setUp();
    add('a');
    await end('refuse');
    await clock.advance(1_000);
    await end('refuse');
    await clock.advance(2_000);
    await end('take');
    add('b');
    await end('refuse');
    await clock.advance(1_000);
    expect(writes).toHaveLength(5);
  });

  it('gets what was refused together with what has come since, in order', async () => {
    const { clock, add, writes, told, end } = setUp();
    add('a', 'first');
    await end('refuse');
    add('b');
    add('a', 'second');
    await clock.advance(1_000);
    expect(writes[1]).toEqual([
      ['a', 'second'],
      ['b', '1'],
    ]);
    await end('take');
    expect(told.slice(1)).toEqual(['recovered', 'a', 'b', 'a', 'flushed']);
  });
});

describe('closing', () => {
  it('waits for what is pending', async () => {
    const { commits, add, told, end } = setUp();
    add('a');
    await settled();
    add('b');
    const closed = commits.close().then(() => told.push('closed'));
    await end('take');
    await end('take');
    await closed;
    expect(told).toEqual(['a', 'flushed', 'b', 'flushed', 'closed']);
  });

  it('tries once more at once, and does not wait for the next try', async () => {
    const { clock, commits, add, told, end } = setUp();
    add('a');
    await end('refuse');
    const closed = commits.close();
    await end('take');
    await closed;
    expect(told).toContain('a');
    expect(clock.next()).toBeUndefined();
  });

  it('fails when the store still refuses, and leaves nothing behind that tries again', async () => {
    const { clock, commits, add, writes, end } = setUp();
    add('a');
    await end('refuse');
    const closed = commits.close();
    closed.catch(() => {});
    await end('refuse');
    await expect(closed).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
    await clock.advance(3_600_000);
    expect(writes).toHaveLength(2);
  });

  it('fails when the store begins to refuse only then', async () => {
    const { clock, commits, add, end } = setUp();
    add('a');
    await settled();
    const closed = commits.close();
    closed.catch(() => {});
    await end('refuse');
    await expect(closed).rejects.toMatchObject({ code: 'STORE_UNWRITABLE' });
    expect(clock.next()).toBeUndefined();
  });

  it('waits for a try that is under way', async () => {
    const { clock, commits, add, end, atOnceMost, told } = setUp();
    add('a');
    await end('refuse');
    await clock.advance(1_000);
    const closed = commits.close();
    await end('take');
    await closed;
    expect(atOnceMost()).toBe(1);
    expect(told).toContain('a');
  });

  it('with nothing pending is done at once', async () => {
    const { commits, writes } = setUp();
    await commits.close();
    expect(writes).toEqual([]);
  });
});

describe('beginning again', () => {
  it('writes a batch that got stuck once more, and what has come since after it', async () => {
    const { commits, add, writes, told, end } = setUp();
    add('a');
    await settled();
    add('b');
    commits.restart();
    await settled();
    expect(writes[1]?.map(([key]) => key)).toEqual(['a', 'b']);
    await end('take');
    expect(told).toEqual([]);
    await end('take');
    expect(told).toEqual(['a', 'b', 'flushed']);
  });

  it('leaves one flush at work, also when the old one was only waiting for its next try', async () => {
    const { clock, commits, add, writes, told, end } = setUp();
    add('a');
    await end('refuse');
    commits.restart();
    await end('take');
    await clock.advance(60_000);
    add('b');
    await end('take');
    expect(writes).toHaveLength(3);
    expect(told.slice(1)).toEqual(['recovered', 'a', 'flushed', 'b', 'flushed']);
  });

  it('with nothing under way changes nothing', async () => {
    const { commits, add, told, end } = setUp();
    commits.restart();
    add('a');
    await end('take');
    expect(told).toEqual(['a', 'flushed']);
  });
});
