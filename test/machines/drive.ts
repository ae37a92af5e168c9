/**
 * Takes the moves of a walk with a real actor: in the embedded host, on a SQLite file, under the virtual clock.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventObject } from 'xstate';
import { type EmbeddedHost, openHost } from '../../src/actors/embedded-host.ts';
import type { EffectRunner } from '../../src/actors/host.ts';
import { recordKey } from '../../src/persistence/record.ts';
import { openStore, type Store, type Write } from '../../src/persistence/store.ts';
import { ClassifiedError } from '../../src/policies/failure.ts';
import { chance, type Model, type Move, startAt, tickMs } from '../../src/testing/paths/walk.ts';
import { settled, VirtualClock } from '../../src/testing/virtual-clock.ts';

const address = 'actor/one';
/** Every step of a walk may cost the effect a life. */
const intensity = { maxRestarts: 1_000, withinMs: 60_000 };

interface Outcome {
  resolve: (output: unknown) => void;
  reject: (error: unknown) => void;
}

export class Drive {
  readonly #model: Model;
  readonly #folder: string;
  readonly #store: Store;
  readonly #clock = new VirtualClock(startAt);
  readonly #outcomes = new Map<string, Outcome>();
  #host!: EmbeddedHost;
  /** Cuts the present host off from the store, as death does. */
  #cut: () => void = () => {};

  constructor(model: Model, folder: string, store: Store) {
    this.#model = model;
    this.#folder = folder;
    this.#store = store;
  }

  static async begin(model: Model): Promise<Drive> {
    const folder = mkdtempSync(join(tmpdir(), 'nightshift-walk-'));
    const drive = new Drive(model, folder, await openStore(`sqlite://${join(folder, 'store.db')}`));
    await drive.#open();
    return drive;
  }

  async end(): Promise<void> {
    this.#cut();
    this.#host.drain();
    await this.#store.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** Makes the move; resolves once what it changed is on disk. */
  async take(move: Move): Promise<void> {
    await this.#approach(move);
    await this.#act(move);
  }

  /** The move happens in memory, and the process dies before its commit; then it happens again, and is committed. */
  async takeTwice(move: Move): Promise<void> {
    await this.#approach(move);
    this.#cut();
    void this.#act(move).catch(() => {});
    await settled();
    await this.reopen();
    await this.#act(move);
  }

  /** The process dies, and another comes back on the same file. */
  async reopen(): Promise<void> {
    this.#cut();
    this.#host.drain();
    await this.#open();
  }

  /** The record, as the store has it. */
  async record(): Promise<string> {
    return (await this.#store.get(recordKey(address))) ?? '';
  }

  /** Where the actor stands, without what differs from start to start. */
  async stand(): Promise<unknown> {
    const { value, context, timers, effects } = this.#host.read(address);
    const ledger = (await this.#store.scan(`ledger:${address}:`)).map(({ json }) => JSON.parse(json) as unknown);
    const deadlines = Object.fromEntries(Object.entries(timers).map(([id, { dueAt }]) => [id, dueAt]));
    const wanted = Object.entries(effects).map(([id, { src, input }]) => [id, src, input]);
    return JSON.parse(JSON.stringify({ value, context, deadlines, wanted, ledger }));
  }

  /** For each sample event: what the snapshot says about it, and what a host answers that is then thrown away. */
  async permissions(): Promise<{ event: EventObject; can: boolean; asked: boolean }[]> {
    const snapshot = this.#host.read(address);
    const answers: { event: EventObject; can: boolean; asked: boolean }[] = [];
    for (const sample of this.#model.events) {
      const event = typeof sample === 'function' ? sample(snapshot, this.#clock.now()) : sample;
      const host = await this.#hostOn({ ...this.#store, write: async () => {} });
      const can = snapshot.can({ ...event, at: this.#clock.now(), chance } as never);
      answers.push({ event, can, asked: await host.ask(address, event) });
      host.drain();
    }
    return answers;
  }

  async #open(): Promise<void> {
    let alive = true;
    this.#cut = () => {
      alive = false;
    };
    // A dead process writes nothing, and nobody is left to hear that.
    const write = (rows: readonly Write[]) => (alive ? this.#store.write(rows) : new Promise<void>(() => {}));
    this.#outcomes.clear();
    this.#host = await this.#hostOn({ ...this.#store, write });
    await settled();
  }

  async #hostOn(store: Store): Promise<EmbeddedHost> {
    const { machine, settings, outputs } = this.#model;
    const held: EffectRunner = (scope) => {
      const id = (scope as { key: string }).key.split('#')[1] ?? '';
      return new Promise((resolve, reject) => this.#outcomes.set(id, { resolve, reject }));
    };
    const effects = Object.fromEntries(Object.keys(outputs).map((src) => [src, held]));
    const kinds = { actor: { machine, version: 1, effects } };
    const host = await openHost({ store, clock: this.#clock, random: () => chance, kinds, intensity });
    await host.ensure([{ address, settings }]);
    return host;
  }

  /** Lets time pass until the move's moment. */
  async #approach(move: Move): Promise<void> {
    const now = this.#clock.now();
    const { dueAt = now } = move.kind === 'timer' ? (this.#host.read(address).timers[move.id] ?? {}) : {};
    const onTime = Math.max(dueAt, now);
    if ('outageMs' in move && move.outageMs) {
      this.#cut();
      this.#host.drain();
      this.#clock.jumpTo(onTime + move.outageMs);
      await this.#open();
    } else if (move.kind === 'timer') {
      this.#clock.jumpTo(onTime);
    } else {
      this.#clock.jumpTo(now + tickMs);
    }
  }

  async #act(move: Move): Promise<void> {
    switch (move.kind) {
      case 'event':
        await this.#host.send(address, move.event);
        break;
      case 'timer':
        await this.#clock.advance(0);
        break;
      case 'done':
        this.#outcomes.get(move.id)?.resolve(move.output);
        break;
      case 'error':
        this.#outcomes.get(move.id)?.reject(new ClassifiedError(move.error));
        break;
      default:
        return move satisfies never;
    }
    await settled();
  }
}
