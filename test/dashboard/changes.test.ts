import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Host } from '../../src/actors/host.ts';
import { Changes, type Frame } from '../../src/dashboard/changes.ts';
import { Unreadable } from '../../src/dashboard/unreadable.ts';
import type { CommittedTransition, HostObserver } from '../../src/stream.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

let clock: VirtualClock;
let observer: HostObserver;
let looks: number;
let failures: unknown[];
/** An actor whose context is not what its view is made from. */
let broken: string | undefined;
let changes: Changes;

beforeEach(() => {
  clock = new VirtualClock();
  looks = 0;
  failures = [];
  broken = undefined;
  const stand = { value: 'closed', context: { failedProbes: 0, openedAt: 0, recent: '' }, timers: {}, effects: {} };
  const host = {
    addresses: () => Array.from({ length: 600 }, (_, n) => `breaker/${n}`),
    standOf: (address: string) => {
      looks += 1;
      return { stand: address === broken ? { ...stand, context: null } : stand, halted: null };
    },
    quarantine: () => [],
    storeError: undefined,
    inspect: (watching: HostObserver) => {
      observer = watching;
      return () => {};
    },
  } as unknown as Host;
  changes = new Changes({
    host,
    store: { range: () => [] },
    clock,
    state: () => 'running',
    unreadable: new Unreadable((address, error) => failures.push([address, error])),
    failed: (error) => failures.push(error),
  });
});

afterEach(() => changes.stop());

const change = (n: number) =>
  observer.transition?.({
    address: `breaker/${n}`,
    at: clock.now(),
    from: 'open',
    path: ['closed'],
    snapshot: { value: 'closed', context: {} },
    facts: [],
    event: { type: 'breaker.reset' },
  } as unknown as CommittedTransition);

it('makes nothing while nobody watches', async () => {
  for (let n = 0; n < 100; n++) change(n);
  await clock.advance(60_000);
  expect(looks).toBe(0);
});

it('tells everybody of what changed within a tenth of a second at once, each actor once, and makes it once', async () => {
  const [one, other]: Frame[][] = [[], []];
  const stop = changes.watch((frame) => one?.push(frame));
  changes.watch((frame) => other?.push(frame));
  await clock.advance(1_000);
  const sizes = one?.flatMap(({ data }) => ('actors' in data ? [data.actors.length] : []));
  expect(sizes).toEqual([250, 250, 100]);
  looks = 0;
  for (const n of [1, 2, 1, 3, 1]) change(n);
  await clock.advance(100);
  expect(looks).toBe(3);
  expect(one?.at(-1)).toMatchObject({ name: 'actors', data: { actors: [{ id: '1' }, { id: '2' }, { id: '3' }] } });
  expect(one?.at(-1)).toBe(other?.at(-1));
  stop();
  change(4);
  await clock.advance(100);
  expect(one).toHaveLength((other?.length ?? 0) - 1);
});

it('remembers the way of an engine since it last rested', () => {
  const move = (from: unknown, ...path: unknown[]) =>
    observer.transition?.({
      address: 'engine/a',
      at: clock.now(),
      from,
      path,
      snapshot: { value: path.at(-1), context: {} },
      facts: [],
      event: { type: 'engine.trigger' },
    } as unknown as CommittedTransition);
  const idle = { idle: 'scheduled' };
  expect(changes.path('engine/a')).toEqual([]);
  move('running', 'failure', 'cooldown');
  move('cooldown', idle);
  move(idle, 'ready', 'running');
  move('running', { held: 'forActor' });
  expect(changes.path('engine/a')).toEqual(['idle.scheduled', 'ready', 'running', 'held.forActor']);
  for (let n = 0; n < 50; n++)
    move(n % 2 === 0 ? { held: 'forActor' } : 'running', n % 2 === 0 ? 'running' : { held: 'forActor' });
  expect(changes.path('engine/a')).toHaveLength(24);
  move({ held: 'forActor' }, 'running', 'success', idle);
  expect(changes.path('engine/a').slice(-3)).toEqual(['running', 'success', 'idle.scheduled']);
});

it('says that the past cannot be read, and reads it for the next who asks', async () => {
  const [first, second] = ['the disk is gone', 'it is still gone'];
  let reads = 0;
  const host = { addresses: () => ['engine/a'], inspect: () => () => {}, quarantine: () => [] } as unknown as Host;
  const store = {
    range: () => {
      reads += 1;
      throw new Error(reads === 1 ? first : second);
    },
  };
  const unreadable = new Unreadable(() => {});
  const blind = new Changes({ host, store, clock, state: () => 'running', unreadable, failed: () => {} });
  await expect(blind.entries('engine/a')).rejects.toThrow(first);
  await expect(blind.entries('engine/a')).rejects.toThrow(second);
  blind.stop();
});

it('tells of a watcher that throws, tells it no more, and goes on for the others', async () => {
  let frames = 0;
  changes.watch(() => {
    frames += 1;
    if (frames === 5) throw new Error('gone');
  });
  const heard: Frame[] = [];
  changes.watch((frame) => heard.push(frame));
  await clock.advance(1_000);
  heard.length = 0;
  for (const n of [1, 2]) {
    change(n);
    await clock.advance(100);
  }
  expect(failures).toMatchObject([{ message: 'gone' }]);
  expect(heard).toMatchObject([{ data: { actors: [{ id: '1' }] } }, { data: { actors: [{ id: '2' }] } }]);
  expect(frames).toBe(5);
});

it('shows an actor that cannot be read as that among the others, and says so once', async () => {
  broken = 'breaker/2';
  const heard: Frame[] = [];
  changes.watch((frame) => heard.push(frame));
  await clock.advance(1_000);
  expect(heard.flatMap(({ data }) => ('actors' in data ? data.actors : []))).toHaveLength(600);
  for (const n of [1, 2, 3]) change(n);
  await clock.advance(100);
  const reason = expect.stringContaining('TypeError');
  const unreadable = { kind: 'breaker', id: '2', state: 'unreadable', reason, since: clock.now() - 100 };
  expect(heard.at(-1)).toMatchObject({ data: { actors: [{ state: 'closed' }, unreadable, { state: 'closed' }] } });
  expect(failures).toEqual([['breaker/2', expect.any(TypeError)]]);
});

it('says every ten seconds that it lives, and at once that the store takes no writes', async () => {
  const frames: Frame[] = [];
  changes.watch((frame) => frames.push(frame));
  await clock.advance(1_000);
  frames.length = 0;
  await clock.advance(20_000);
  expect(frames.map(({ name }) => name)).toEqual(['beat', 'beat']);
  observer.storeFailing?.(new Error('disk is full'));
  expect(frames).toHaveLength(3);
});
