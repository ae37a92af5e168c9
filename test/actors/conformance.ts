/**
 * The conformance suite: what every host must do, written against the interface alone.
 *
 * A host is brought in as a bench: it opens hosts on one and the same storage, can make that storage refuse,
 * and can drop a host as a crash would, with everything that was not durable.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { currentEffect } from '../../src/actors/current-effect.ts';
import type { ActorKind, EffectRunner, Host } from '../../src/actors/host.ts';
import type { Json } from '../../src/json.ts';
import { effect } from '../../src/policies/effect.ts';
import type { CommittedTransition, HostObserver } from '../../src/stream.ts';
import { settled, type VirtualClock } from '../../src/testing/virtual-clock.ts';

/** What a host must bring along to be tested. */
export interface HostBench {
  clock: VirtualClock;
  /** Opens a host on the bench's storage. */
  open(kinds: Record<string, ActorKind>): Promise<Host>;
  /** Ends a host as a crash would: nothing more of it reaches the storage. */
  crash(host: Host): Promise<void>;
  /** Writes a record as a foreign or damaged one would stand in the storage. */
  tamper(address: string, change: (record: string) => string): Promise<void>;
  /** The ledger entries of an address, oldest first. */
  ledger(address: string): Promise<Json[]>;
  /** Makes the storage refuse every write, or the n-th row of the next one, until it is told otherwise. */
  refuse(what: 'nothing' | 'everything' | { row: number }): void;
  /** No write ends until the returned function is called. */
  hold(): () => void;
  dispose(): Promise<void>;
}

interface JobContext {
  settings: Json;
  log: string[];
  waitMs: number;
}

type JobEvent =
  | { type: 'job.begin' }
  | { type: 'job.note'; note: string }
  | { type: 'job.same' }
  | { type: 'job.break' }
  | { type: 'job.both' }
  | { type: 'settings.changed'; settings: Json };

/** A small chart with everything a host has to keep: a timer, an effect, a ledger entry. */
const jobMachine = setup({
  types: {
    context: {} as JobContext,
    events: {} as JobEvent,
    input: {} as { id: string; settings: Json; at: number },
    emitted: {} as { type: 'noted'; entries: Json[] },
    tags: {} as 'rest' | 'busy',
  },
  actors: { work: effect<{ n: number }, Json>() },
  actions: {
    note: assign({ log: ({ context, event }) => [...context.log, 'note' in event ? event.note : event.type] }),
    noteOutcome: assign({
      log: ({ context, event }) => {
        const { output, error } = event as { output?: Json; error?: { code: string } };
        return [...context.log, error ? `failed:${error.code}` : `done:${JSON.stringify(output)}`];
      },
    }),
    noteTimer: assign({ log: ({ context }) => [...context.log, 'timer'] }),
    touch: assign({}),
    explode: assign(() => {
      throw new Error('boom');
    }),
    settle: emit(({ context }) => ({ type: 'noted', entries: [{ noted: context.log.length }] })),
    takeSettings: assign({
      settings: ({ context, event }) => (event.type === 'settings.changed' ? event.settings : context.settings),
    }),
  },
  delays: { untilWoken: ({ context }) => context.waitMs },
}).createMachine({
  id: 'job',
  context: ({ input }) => ({ settings: input.settings, log: [], waitMs: wakeMs }),
  initial: 'waiting',
  on: {
    'job.same': { actions: 'touch' },
    'job.break': { actions: 'explode' },
    'settings.changed': { actions: 'takeSettings' },
  },
  states: {
    waiting: {
      description: 'A timer is armed.',
      after: { untilWoken: { target: 'working', actions: ['settle', 'noteTimer'] } },
      on: {
        'job.note': { actions: ['settle', 'note'] },
        'job.begin': 'working',
        'job.both': 'passing',
      },
    },
    passing: { description: 'Entered and left in one step, with its effect.', always: 'resting', invoke: work() },
    working: {
      description: 'An effect is running.',
      tags: 'busy',
      invoke: work(),
      on: { 'job.note': { actions: 'note' }, 'job.begin': { target: 'working', reenter: true } },
    },
    resting: { description: 'Nothing to do.', tags: 'rest', on: { 'job.begin': 'working' } },
  },
});

function work() {
  return {
    id: 'work',
    src: 'work',
    input: { n: 1 },
    onDone: { target: 'resting', actions: 'noteOutcome' },
    onError: { target: 'resting', actions: 'noteOutcome' },
  } as const;
}

/** Holds back what effects do until the test lets them go on. */
class Gate {
  readonly started: { key: string; starts: number; signal: AbortSignal; send: (note: string) => Promise<void> }[] = [];
  readonly #open: { resolve: (output: Json) => void; reject: (error: unknown) => void }[] = [];

  readonly runner: EffectRunner = (scope) => {
    const { key, starts, signal, send } = scope as Parameters<EffectRunner>[0];
    this.started.push({ key, starts, signal, send: (note) => send({ type: 'job.note', note } as never) });
    return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
  };

  finish(n: number, output: Json) {
    this.#open[n]?.resolve(output);
  }

  fail(n: number, error: unknown) {
    this.#open[n]?.reject(error);
  }
}

const address = 'job/one';
const wakeMs = 10_000;
const wanted = [{ address, settings: { color: 'red' } }] as const;
const logOf = (host: Host) => (host.read(address).context as unknown as JobContext).log;

export function hostConformance(name: string, openBench: () => Promise<HostBench>): void {
  describe(`${name} conforms`, () => {
    let bench: HostBench;
    let gate: Gate;
    const hosts: Host[] = [];

    const kinds = (change: Partial<ActorKind> = {}) => ({
      job: { machine: jobMachine, version: 1, effects: { work: gate.runner }, ...change },
    });
    const open = async (change?: Partial<ActorKind>) => {
      const host = await bench.open(kinds(change));
      hosts.push(host);
      return host;
    };
    const begin = async () => {
      bench = await openBench();
      gate = new Gate();
      const host = await open();
      await host.ensure(wanted);
      return host;
    };
    const crash = async (host: Host) => {
      hosts.splice(hosts.indexOf(host), 1);
      await bench.crash(host);
    };
    const reopen = async (host: Host, change?: Partial<ActorKind>) => {
      await crash(host);
      const next = await open(change);
      await next.ensure(wanted);
      return next;
    };

    afterEach(async () => {
      bench.refuse('nothing');
      await Promise.allSettled(hosts.splice(0).map((host) => host.stop()));
      await bench.dispose();
    });

    it('takes one step at a time, in the order of sending', async () => {
      const host = await begin();
      await Promise.all(['a', 'b', 'c', 'd'].map((note) => host.send(address, { type: 'job.note', note } as never)));
      expect(logOf(host)).toEqual(['a', 'b', 'c', 'd']);
    });

    it('answers whether an event was taken', async () => {
      const host = await begin();
      expect(await host.ask(address, { type: 'job.same' })).toBe(true);
      expect(await host.ask(address, { type: 'job.unheard' })).toBe(false);
      expect(await host.ask(address, { type: 'job.begin' })).toBe(true);
    });

    it('starts nothing before its cause is durable', async () => {
      const host = await begin();
      bench.refuse('everything');
      const sent = host.send(address, { type: 'job.begin' });
      await settled();
      expect(host.read(address).value).toBe('working');
      expect(gate.started).toHaveLength(0);
      bench.refuse('nothing');
      await bench.clock.advance(1_000);
      await sent;
      expect(gate.started).toHaveLength(1);
    });

    it('answers nothing before it is durable', async () => {
      const host = await begin();
      bench.refuse('everything');
      let answered = false;
      const asked = host.ask(address, { type: 'job.note', note: 'x' } as never).then(() => {
        answered = true;
      });
      await settled();
      expect(answered).toBe(false);
      const unchanged = host.ask(address, { type: 'job.same' }).then(() => {
        answered = true;
      });
      await settled();
      expect(answered).toBe(false);
      bench.refuse('nothing');
      await bench.clock.advance(1_000);
      await Promise.all([asked, unchanged]);
      expect(answered).toBe(true);
    });

    it('writes a record and its ledger entries together or not at all', async () => {
      const host = await begin();
      bench.refuse({ row: 1 });
      void host.send(address, { type: 'job.note', note: 'a' } as never);
      await settled();
      bench.refuse('nothing');
      const after = await reopen(host);
      expect(logOf(after)).toEqual([]);
      expect(await bench.ledger(address)).toEqual([]);
      await after.send(address, { type: 'job.note', note: 'b' } as never);
      const again = await reopen(after);
      expect(logOf(again)).toEqual(['b']);
      expect(await bench.ledger(address)).toMatchObject([{ noted: 0 }]);
    });

    it('forgets nothing when a commit fails half-way, and goes on when the store recovers', async () => {
      const host = await begin();
      const told: string[] = [];
      host.inspect({ storeFailing: () => told.push('failing'), storeRecovered: () => told.push('recovered') });
      bench.refuse({ row: 1 });
      const sent = host.send(address, { type: 'job.note', note: 'a' } as never);
      await settled();
      expect(host.storeError).toBeDefined();
      bench.refuse('nothing');
      await bench.clock.advance(1_000);
      await sent;
      expect(host.storeError).toBeUndefined();
      expect(told).toEqual(['failing', 'recovered']);
      expect(logOf(await reopen(host))).toEqual(['a']);
    });

    it('fires no timer while the store takes no writes', async () => {
      const host = await begin();
      bench.refuse('everything');
      void host.send(address, { type: 'job.note', note: 'a' } as never);
      await bench.clock.advance(wakeMs + 5_000);
      expect(host.read(address).value).toBe('waiting');
      bench.refuse('nothing');
      await bench.clock.advance(30_000);
      expect(host.read(address).value).toBe('working');
    });

    it('brings a timer back with its original deadline', async () => {
      const host = await begin();
      const { dueAt } = Object.values(host.read(address).timers)[0] as { dueAt: number };
      await bench.clock.advance(wakeMs - 400);
      const after = await reopen(host);
      expect(Object.values(after.read(address).timers)[0]?.dueAt).toBe(dueAt);
      await bench.clock.advance(399);
      expect(after.read(address).value).toBe('waiting');
      await bench.clock.advance(1);
      expect(after.read(address).value).toBe('working');
    });

    it('fires a timer that ran out during an outage, once', async () => {
      const host = await begin();
      await crash(host);
      bench.clock.jumpTo(bench.clock.now() + 86_400_000);
      const after = await open();
      await after.ensure(wanted);
      await bench.clock.advance(500);
      expect(logOf(after)).toEqual(['timer']);
      expect(await bench.ledger(address)).toHaveLength(1);
    });

    it('drops the tick of a timer whose state has been left, though the disk still says otherwise', async () => {
      const host = await begin();
      const release = bench.hold();
      const sent = host.send(address, { type: 'job.begin' });
      await bench.clock.advance(wakeMs);
      release();
      await sent;
      expect(host.read(address).value).toBe('working');
      expect(logOf(host)).toEqual([]);
      expect(await bench.ledger(address)).toEqual([]);
    });

    it('fires what ran out during an outage in order of importance, whatever the order of the list', async () => {
      const many = [30, 10, 20, 0].map((importance) => ({
        address: `job/${importance}` as const,
        settings: {},
        importance,
      }));
      bench = await openBench();
      const host = await open();
      await host.ensure(many);
      await crash(host);
      bench.clock.jumpTo(bench.clock.now() + 86_400_000);
      const after = await open();
      const fired: string[] = [];
      after.inspect({ transition: (each) => fired.push(each.address) });
      await after.ensure(many);
      await bench.clock.advance(500);
      expect(fired).toEqual(['job/0', 'job/10', 'job/20', 'job/30']);
    });

    it('starts effects again in order of importance', async () => {
      const many = [30, 10, 20, 0].map((importance) => ({
        address: `job/${importance}` as const,
        settings: {},
        importance,
      }));
      const begun: string[] = [];
      const runner: EffectRunner = (scope) => {
        begun.push((scope as Parameters<EffectRunner>[0]).address);
        return new Promise(() => {});
      };
      bench = await openBench();
      const host = await open({ effects: { work: runner } });
      await host.ensure(many);
      for (const { address: each } of many) await host.send(each, { type: 'job.begin' });
      await crash(host);
      begun.length = 0;
      const after = await open({ effects: { work: runner } });
      await after.ensure(many);
      await settled();
      expect(begun).toEqual(['job/0', 'job/10', 'job/20', 'job/30']);
    });

    it('fires nothing that ran out during an outage while the store takes no writes', async () => {
      const host = await begin();
      await crash(host);
      bench.clock.jumpTo(bench.clock.now() + 86_400_000);
      const after = await open();
      await after.ensure([...wanted, { address: 'job/other', settings: {} }]);
      bench.refuse('everything');
      void after.send('job/other', { type: 'job.note', note: 'a' } as never);
      await settled();
      await bench.clock.advance(500);
      expect(after.read(address).value).toBe('waiting');
      bench.refuse('nothing');
      await bench.clock.advance(30_000);
      expect(after.read(address).value).toBe('working');
    });

    it('starts no effect that the machine has left again before its commit was over', async () => {
      const host = await begin();
      const release = bench.hold();
      const first = host.send(address, { type: 'job.begin' });
      await settled();
      const second = host.send(address, { type: 'job.begin' });
      release();
      await Promise.all([first, second]);
      await settled();
      expect(gate.started).toHaveLength(1);
    });

    it('starts an effect again after a crash, under the same key, and counts it', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.begin' });
      const after = await reopen(host);
      expect(gate.started.map(({ starts }) => starts)).toEqual([0, 1]);
      expect(gate.started[1]?.key).toBe(gate.started[0]?.key);
      gate.finish(1, 'second');
      await settled();
      expect(logOf(after)).toEqual(['done:"second"']);
      gate.finish(0, 'first');
      await settled();
      expect(logOf(after)).toEqual(['done:"second"']);
    });

    it('comes back in the same state from a crash before and after each commit', async () => {
      let host = await begin();
      for (const step of ['note', 'begin', 'finish'] as const) {
        const act = (on: Host) => {
          if (step === 'note') return on.send(address, { type: 'job.note', note: 'n' } as never);
          if (step === 'begin') return on.send(address, { type: 'job.begin' });
          gate.finish(gate.started.length - 1, step);
          return settled();
        };
        bench.refuse('everything');
        void act(host);
        await settled();
        const intended = JSON.stringify([host.read(address).value, host.read(address).context]);
        bench.refuse('nothing');
        host = await reopen(host);
        await act(host);
        host = await reopen(host);
        expect(JSON.stringify([host.read(address).value, host.read(address).context])).toBe(intended);
      }
      expect(logOf(host)).toEqual(['n', 'done:"finish"']);
    });

    it('does not count a stop as a crash', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.begin' });
      await host.stop();
      const after = await open();
      await after.ensure(wanted);
      expect(gate.started.map(({ starts }) => starts)).toEqual([0, 0]);
      expect(gate.started[0]?.signal.aborted).toBe(true);
    });

    it('counts a stop that is a crash as one', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.begin' });
      await host.stop({ crashed: true });
      const after = await open();
      await after.ensure(wanted);
      await settled();
      expect(gate.started.map(({ starts }) => starts)).toEqual([0, 1]);
    });

    it('counts no death for an effect of an actor that was given up, for it was not running', async () => {
      let host = await begin();
      await host.send(address, { type: 'job.begin' });
      for (let crashes = 0; crashes < 4; crashes++) await host.ask(address, { type: 'job.break' }).catch(() => {});
      for (let life = 0; life < 5; life++) host = await reopen(host);
      expect(gate.started).toHaveLength(1);
      await host.reset(address);
      await settled();
      expect(gate.started.map(({ starts }) => starts)).toEqual([0, 0]);
    });

    it('gives an actor that was given up the settings that have changed, once it is put back', async () => {
      const blue = [{ address, settings: { color: 'blue' } }] as const;
      const settingsOf = (host: Host) => (host.read(address).context as unknown as JobContext).settings;
      let host = await begin();
      for (let crashes = 0; crashes < 4; crashes++) await host.ask(address, { type: 'job.break' }).catch(() => {});
      for (let life = 0; life < 2; life++) {
        await crash(host);
        host = await open();
        await host.ensure(blue);
        expect(settingsOf(host)).toEqual({ color: 'red' });
      }
      await host.reset(address);
      expect(settingsOf(host)).toEqual({ color: 'blue' });
      await crash(host);
      host = await open();
      await host.ensure(blue);
      expect(settingsOf(host)).toEqual({ color: 'blue' });
    });

    it('fires nothing when it is drained while it comes back', async () => {
      const host = await begin();
      await crash(host);
      bench.clock.jumpTo(bench.clock.now() + 86_400_000);
      const after = await open();
      const back = after.ensure(wanted);
      after.drain();
      await back;
      await bench.clock.advance(1_000);
      expect(after.read(address).value).toBe('waiting');
    });

    it('lays what an abort listener does to its effect', async () => {
      const heard: unknown[] = [];
      const runner: EffectRunner = (scope) =>
        new Promise(() => {
          const { signal } = scope as Parameters<EffectRunner>[0];
          signal.addEventListener('abort', () => heard.push(currentEffect.getStore()?.address));
        });
      bench = await openBench();
      const host = await open({ effects: { work: runner } });
      await host.ensure(wanted);
      await host.send(address, { type: 'job.begin' });
      await host.send(address, { type: 'job.begin' });
      await host.stop();
      expect(heard).toEqual([address, address]);
    });

    it('tells what a failed effect has left behind that it is over', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.begin' });
      gate.fail(0, new Error('broken'));
      await settled();
      expect(gate.started[0]?.signal.aborted).toBe(true);
    });

    it('gives up an effect that was cut off by crashes too often, instead of starting it', async () => {
      let host = await begin();
      await host.send(address, { type: 'job.begin' });
      for (let crash = 0; crash < 4; crash++) {
        host = await reopen(host);
        await settled();
      }
      expect(gate.started).toHaveLength(4);
      expect(logOf(host)).toEqual(['failed:EFFECT_ABANDONED']);
    });

    it('gives up the one that kills the process, and no other that was under way with it', async () => {
      const two = [
        { address, settings: {} },
        { address: 'job/other', settings: {} },
      ] as const;
      // Who is under way in this life, by the address in its key.
      let running: string[] = [];
      const runner: EffectRunner = (scope) => {
        running.push((scope as Parameters<EffectRunner>[0]).address);
        return new Promise(() => {});
      };
      bench = await openBench();
      const start = async () => {
        running = [];
        const next = await open({ effects: { work: runner } });
        await next.ensure(two);
        await settled();
        return next;
      };
      let host = await start();
      for (const { address: each } of two) await host.send(each, { type: 'job.begin' });
      // 'job/other' kills the process as soon as it runs, whenever that is.
      const lives: string[][] = [running];
      for (let life = 1; life < 5; life++) {
        await crash(host);
        host = await start();
        if (life === 3) {
          expect(host.status('job/other').waits).toContain(
            "3 times while 'work' was running; it begins alone, after job/one",
          );
          await bench.clock.advance(60_000);
        }
        lives.push(running);
      }
      expect(lives).toEqual([...Array(3).fill([address, 'job/other']), [address, 'job/other'], [address]]);
      expect((host.read('job/other').context as unknown as JobContext).log).toEqual(['failed:EFFECT_ABANDONED']);
      expect(host.read(address)).toMatchObject({ value: 'working', effects: { work: { starts: 3 } } });
    });

    it('counts no death for who stood in line and had not begun', async () => {
      let host = await begin();
      await host.send(address, { type: 'job.begin' });
      for (let life = 0; life < 3; life++) host = await reopen(host);
      // Each of these lives ends before its turn is on disk.
      for (let life = 0; life < 3; life++) host = await reopen(host);
      await settled();
      expect(host.read(address).effects.work?.starts).toBe(3);
      expect(gate.started).toHaveLength(4);
    });

    it('lets who got somewhere, or is not wanted any more, give its turn to the next', async () => {
      const three = ['one', 'two', 'three'].map((id) => ({ address: `job/${id}` as const, settings: {} }));
      const begun: { address: string; send: (note: string) => Promise<void> }[] = [];
      const runner: EffectRunner = (scope) => {
        const { address, send } = scope as Parameters<EffectRunner>[0];
        begun.push({ address, send: (note) => send({ type: 'job.note', note } as never) });
        return new Promise(() => {});
      };
      bench = await openBench();
      let host = await open({ effects: { work: runner } });
      await host.ensure(three);
      for (const { address: each } of three) await host.send(each, { type: 'job.begin' });
      for (let life = 0; life < 3; life++) {
        await crash(host);
        begun.length = 0;
        host = await open({ effects: { work: runner } });
        await host.ensure(three);
        await settled();
      }
      const names = () => begun.map((each) => each.address);
      expect(names()).toEqual(['job/one']);
      await begun[0]?.send('progress');
      await settled();
      expect(names()).toEqual(['job/one', 'job/two']);
      await host.send('job/two', { type: 'job.begin' });
      await settled();
      expect(names()).toEqual(['job/one', 'job/two', 'job/two', 'job/three']);
      // Nobody's turn: a death now says nothing of any of them alone.
      await bench.clock.advance(60_000);
      await crash(host);
      host = await open({ effects: { work: runner } });
      await host.ensure(three);
      await settled();
      expect(three.map(({ address: each }) => host.read(each).effects.work?.starts)).toEqual([1, 1, undefined]);
    });

    it('forgives crashes once the effect has made progress', async () => {
      let host = await begin();
      await host.send(address, { type: 'job.begin' });
      for (let crash = 0; crash < 10; crash++) {
        host = await reopen(host);
        await gate.started.at(-1)?.send('progress');
      }
      expect(gate.started).toHaveLength(11);
    });

    it('drops the result of an effect that has been superseded, and aborts it', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.begin' });
      await host.send(address, { type: 'job.begin' });
      expect(gate.started).toHaveLength(2);
      expect(gate.started[0]?.signal.aborted).toBe(true);
      await expect(gate.started[0]?.send('late')).rejects.toThrow();
      gate.finish(0, 'late');
      await settled();
      expect(host.read(address).value).toBe('working');
      gate.finish(1, 'on time');
      await settled();
      expect(logOf(host)).toEqual(['done:"on time"']);
    });

    it('starts no effect of a state that was entered and left in one step', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.both' });
      expect(host.read(address).value).toBe('resting');
      expect(host.read(address).effects).toEqual({});
      expect(gate.started).toHaveLength(0);
    });

    it('turns what an effect throws into plain JSON for its chart', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.begin' });
      gate.fail(0, Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }));
      await settled();
      expect(logOf(host)).toEqual(['failed:EHOSTUNREACH']);
    });

    it('puts a record it cannot read into quarantine, and starts only that actor afresh', async () => {
      const host = await begin();
      const other = 'job/two';
      await host.ensure([{ address: other, settings: {} }]);
      await host.send(address, { type: 'job.note', note: 'mine' } as never);
      await host.send(other, { type: 'job.note', note: 'other' } as never);
      await crash(host);
      await bench.tamper(address, () => '{"machine":');
      const after = await open();
      const quarantined: string[] = [];
      after.inspect({ quarantined: ({ address, reason }) => quarantined.push(`${address} ${reason}`) });
      await after.ensure([...wanted, { address: other, settings: {} }]);
      expect(quarantined).toEqual([expect.stringContaining('job/one found {"machine":')]);
      expect(logOf(after)).toEqual([]);
      expect((after.read(other).context as unknown as JobContext).log).toEqual(['other']);
      expect((await reopen(after)).quarantine()).toMatchObject([{ address }]);
    });

    it.each([
      ['of a newer version', (record: string) => record.replace('"version":1', '"version":2'), 'expected at most 1'],
      ['of another machine', (record: string) => record.replace('"machine":"job"', '"machine":"x"'), "'x'"],
      ['in a state the chart does not have', (record: string) => record.replaceAll('waiting', 'dreaming'), 'dreaming'],
      ['whose timer is missing', (record: string) => record.replace(/"timers":\{.*?\}\}\}/, '"timers":{}'), 'ever end'],
      ['without its effects', (record: string) => record.replace('"effects":', '"effect":'), 'no timers or no effects'],
      [
        'whose timer is for no instant',
        (record: string) => record.replace(/"dueAt":\d+/, '"dueAt":"soon"'),
        'wrong with',
      ],
      [
        'with null for a timer',
        (record: string) => record.replace(/(untilWoken[^"]*":)\{.*?\}\}/, '$1null'),
        'wrong with',
      ],
      [
        'with a number for its context',
        (record: string) => record.replace(/"context":\{.*?\}\}?,/, '"context":5,'),
        'found',
      ],
      ['with a list of what went wrong', (record: string) => record.replace('"halted":null', '"halted":5'), 'halted'],
    ])('refuses a record %s', async (_, change, reason) => {
      const host = await begin();
      await crash(host);
      await bench.tamper(address, change);
      const after = await open();
      await after.ensure(wanted);
      expect(after.quarantine()[0]?.reason).toContain(reason);
      expect(after.read(address).value).toBe('waiting');
    });

    it('migrates a record of an older version', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.note', note: 'old' } as never);
      const migrations = {
        1: (state: Json) => {
          const { context, ...rest } = state as { context: JobContext } & { [key: string]: Json };
          return { ...rest, context: { ...context, log: [...context.log, 'migrated'] } as never };
        },
      };
      const after = await reopen(host, { version: 2, migrations });
      expect(logOf(after)).toEqual(['old', 'migrated']);
      expect(after.quarantine()).toEqual([]);
    });

    it('tells an actor of changed settings before anything else', async () => {
      const host = await begin();
      await crash(host);
      const after = await open();
      await after.ensure([{ address, settings: { color: 'blue' } }]);
      expect(after.read(address).context).toMatchObject({ settings: { color: 'blue' } });
    });

    it('keeps the old state when a transition throws, and the mailbox alive', async () => {
      const host = await begin();
      await host.send(address, { type: 'job.note', note: 'a' } as never);
      await expect(host.send(address, { type: 'job.break' })).rejects.toMatchObject({ code: 'TRANSITION_FAILED' });
      await host.send(address, { type: 'job.note', note: 'b' } as never);
      expect(logOf(host)).toEqual(['a', 'b']);
    });

    it('halts an actor that breaks too often, across crashes, and no other', async () => {
      let host = await begin();
      await host.ensure([{ address: 'job/two', settings: {} }]);
      for (let n = 0; n < 2; n++) await host.send(address, { type: 'job.break' }).catch(() => {});
      host = await reopen(host);
      await host.ensure([{ address: 'job/two', settings: {} }]);
      for (let n = 0; n < 2; n++) await host.send(address, { type: 'job.break' }).catch(() => {});
      expect(host.status(address).halted?.reason).toContain('boom');
      await expect(host.send(address, { type: 'job.same' })).rejects.toMatchObject({ code: 'ACTOR_HALTED' });
      expect(await host.ask('job/two', { type: 'job.same' })).toBe(true);
      host = await reopen(host);
      expect(host.status(address).halted).not.toBeNull();
      await bench.clock.advance(wakeMs);
      expect(host.read(address).value).toBe('waiting');
      await host.reset(address);
      await bench.clock.advance(0);
      expect(host.read(address).value).toBe('working');
    });

    it('waits for a tag until it is durable', async () => {
      const host = await begin();
      const seen: unknown[] = [];
      const signal = new AbortController();
      void host.until(address, 'busy', signal.signal).then(({ value }) => seen.push(value));
      bench.refuse('everything');
      void host.send(address, { type: 'job.begin' });
      await settled();
      expect(seen).toEqual([]);
      bench.refuse('nothing');
      await bench.clock.advance(1_000);
      expect(seen).toEqual(['working']);
    });

    it('ends a wait with the reason of its signal', async () => {
      const host = await begin();
      const signal = new AbortController();
      const waiting = host.until(address, 'busy', signal.signal);
      signal.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    });

    it('tells every committed transition once, in order, and survives an observer that throws', async () => {
      const host = await begin();
      const told: string[] = [];
      const observe = (observer: HostObserver) => host.inspect(observer);
      observe({
        transition: () => {
          throw new Error('observer');
        },
      });
      observe({
        transition: ({ event, from, path }: CommittedTransition) => told.push(`${event.type} ${from}>${path}`),
      });
      await host.send(address, { type: 'job.note', note: 'a' } as never);
      await host.send(address, { type: 'job.same' });
      await host.send(address, { type: 'job.both' });
      expect(told).toEqual(['job.note waiting>waiting', 'job.both waiting>passing,resting']);
    });

    it('writes nothing for a transition that changes nothing', async () => {
      const host = await begin();
      bench.refuse('everything');
      expect(await host.ask(address, { type: 'job.same' })).toBe(true);
      expect(host.storeError).toBeUndefined();
    });

    it('drains: no timer fires and no effect starts, what runs goes on', async () => {
      const host = await begin();
      await host.ensure([{ address: 'job/two', settings: {} }]);
      await host.send(address, { type: 'job.begin' });
      host.drain();
      await bench.clock.advance(10_000);
      expect(host.read('job/two').value).toBe('waiting');
      let idle = false;
      void host.idle().then(() => {
        idle = true;
      });
      await settled();
      expect(idle).toBe(false);
      gate.finish(0, 'in time');
      await settled();
      expect(idle).toBe(true);
      expect(logOf(host)).toEqual(['done:"in time"']);
    });

    it('stops with everything written', async () => {
      const host = await begin();
      void host.send(address, { type: 'job.note', note: 'last words' } as never);
      await host.stop();
      const after = await open();
      await after.ensure(wanted);
      expect(logOf(after)).toEqual(['last words']);
    });

    it('names an actor or a kind that it does not know', async () => {
      const host = await begin();
      await expect(host.send('job/nobody', { type: 'job.same' })).rejects.toMatchObject({ code: 'ACTOR_UNKNOWN' });
      await expect(host.ensure([{ address: 'wob/x', settings: {} }])).rejects.toMatchObject({ code: 'KIND_UNKNOWN' });
    });
  });
}
