/**
 * Changes, for whoever has the page open: the views of actors that changed, some at a time, made once for all who watch. While
 * nobody watches, no view is made; what the page shows of the past is noted all the same.
 */
import type { Host } from '../actors/host.ts';
import type { Cancel, Clock } from '../clock.ts';
import type { LedgerEntry } from '../persistence/ledger.ts';
import { loopTurn, type RowSource } from '../persistence/row-pages.ts';
import { stateName } from '../policies/state-name.ts';
import type { Address, CommittedTransition } from '../stream.ts';
import { type HealedAnswer, HealedDay } from './healed-day.ts';
import { type PageView, pageView } from './page-view.ts';
import { RunHistory } from './run-history.ts';
import { type RunSpan, RunSpans } from './run-spans.ts';
import { type Unreadable, unreadableView } from './unreadable.ts';

export interface ChangesPorts {
  host: Host;
  store: RowSource;
  clock: Clock;
  /** The supervisor's state. */
  state: () => string;
  unreadable: Unreadable;
  /** Hears of what kept a watcher from being told. */
  failed: (error: unknown) => void;
}

/** What a watcher is told. `actors`: as they are now, those that it knows and others. `beat`: how the service is. */
export type Frame = { name: 'actors'; data: { at: number; actors: PageView[] } } | { name: 'beat'; data: Beat };

export interface Beat {
  /** The service's clock, epoch ms. */
  at: number;
  state: string;
  /** Why the store takes no writes; null while it does. */
  storeError: string | null;
  quarantine: number;
}

type Watcher = (frame: Frame) => void;

/** Changes are gathered for so long, and everybody hears at least so often, ms. */
const gatherMs = 100;
const beatMs = 10_000;
const viewsToAFrame = 250;
/** Most states of a way that are remembered. */
const pathMax = 24;

export class Changes {
  readonly #ports: ChangesPorts;
  readonly #watchers = new Set<Watcher>();
  readonly #changed = new Set<Address>();
  readonly #moves = new Map<Address, { since: number; path: string[] }>();
  readonly #history: RunHistory;
  readonly #spans = new RunSpans();
  readonly #healed: HealedDay;
  readonly #unwatch: () => void;
  #filled: Promise<void> | undefined;
  #gathering: Cancel | undefined;
  #beating: Cancel | undefined;

  constructor(ports: ChangesPorts) {
    this.#ports = ports;
    this.#history = new RunHistory(ports.store);
    this.#healed = new HealedDay(ports.store);
    const beat = () => this.#beat();
    this.#unwatch = ports.host.inspect({
      transition: (transition) => this.#take(transition),
      crashed: ({ address }) => this.#note(address),
      reset: (address) => this.#note(address),
      quarantined: beat,
      storeFailing: beat,
      storeRecovered: beat,
    });
  }

  /** The ledger entries of an engine's latest runs, the oldest first. */
  async entries(engine: Address): Promise<LedgerEntry[]> {
    await this.#history.know(engine, this.#ports.clock.now());
    return this.#history.entries(engine);
  }

  /** What healed by itself within a day. @param at the present instant, epoch ms */
  healed(at: number): Promise<HealedAnswer> {
    return this.#healed.upTo(at);
  }

  /** Steps and waits of a run, as far as they are known. */
  spans(engine: Address, run: string): readonly RunSpan[] {
    return this.#spans.of(engine, run);
  }

  /** The states that it came through since it last rested, the present one at the end; empty when it has not moved since the start. */
  path(address: Address): readonly string[] {
    return this.#moves.get(address)?.path ?? [];
  }

  /**
   * Tells the watcher of everybody, and from then on of whoever changes.
   *
   * @returns a function that ends it
   */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    this.#tellOne(watcher, this.#beatFrame());
    if (!this.#beating) this.#beatLater();
    this.#tellAll(watcher)
      .then(() => this.#fill())
      .catch((error) => this.#ports.failed(error));
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#gathering?.();
      this.#beating?.();
      this.#gathering = undefined;
      this.#beating = undefined;
      this.#changed.clear();
    };
  }

  stop(): void {
    this.#unwatch();
    this.#gathering?.();
    this.#beating?.();
    this.#watchers.clear();
  }

  #take(transition: CommittedTransition) {
    const { address, at, from, snapshot } = transition;
    this.#history.take(transition);
    this.#spans.take(transition);
    this.#healed.take(transition);
    // Most transitions note something and stay where they are.
    if (from !== snapshot.value) this.#moves.set(address, { since: at, path: this.#pathOn(transition) });
    this.#note(address);
  }

  /** On from where it was, and anew from where an engine rests. */
  #pathOn({ address, from, path }: CommittedTransition): string[] {
    const start = from === undefined ? [] : [stateName(from)];
    const known = this.#moves.get(address)?.path ?? [];
    const before = start[0]?.startsWith('idle') || known.at(-1) !== start[0] ? start : known;
    return [...before, ...path.map(stateName)].slice(-pathMax);
  }

  #note(address: Address) {
    if (this.#watchers.size === 0) return;
    this.#changed.add(address);
    this.#gathering ??= this.#ports.clock.after(gatherMs, () => this.#tellChanges());
  }

  #tellChanges() {
    this.#gathering = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#tell(this.#actorsFrame(changed));
  }

  async #tellAll(watcher: Watcher) {
    const addresses = this.#ports.host.addresses();
    for (let from = 0; from < addresses.length && this.#watchers.has(watcher); from += viewsToAFrame) {
      this.#tellOne(watcher, this.#actorsFrame(addresses.slice(from, from + viewsToAFrame)));
      await loopTurn();
    }
  }

  /** Reads the history for the first who asks. */
  #fill() {
    const engines = this.#ports.host.addresses().filter((address) => address.startsWith('engine/'));
    this.#filled ??= this.#history
      .fill(engines, this.#ports.clock.now(), (engine) => this.#note(engine))
      .catch((error) => {
        // What could not be read is read for the next who asks.
        this.#filled = undefined;
        this.#ports.failed(error);
      });
  }

  #beatLater() {
    this.#beating = this.#ports.clock.after(beatMs, () => {
      this.#beat();
      this.#beatLater();
    });
  }

  #beat() {
    if (this.#watchers.size > 0) this.#tell(this.#beatFrame());
  }

  #tell(frame: Frame) {
    for (const watcher of [...this.#watchers]) this.#tellOne(watcher, frame);
  }

  /** One who cannot be told is told no more: it comes back and begins anew. The others hear it all the same. */
  #tellOne(watcher: Watcher, frame: Frame) {
    try {
      watcher(frame);
    } catch (error) {
      this.#watchers.delete(watcher);
      this.#ports.failed(error);
    }
  }

  #beatFrame(): Frame {
    const { host, clock, state } = this.#ports;
    const storeError = host.storeError?.message ?? null;
    return {
      name: 'beat',
      data: { at: clock.now(), state: state(), storeError, quarantine: host.quarantine().length },
    };
  }

  #actorsFrame(addresses: readonly Address[]): Frame {
    const { host, clock, unreadable } = this.#ports;
    const at = clock.now();
    const actors = addresses.map((address) => {
      const known = this.#known(address);
      return unreadable.or<PageView>(
        address,
        () => pageView(host, address, known, at),
        (reason) => ({ ...unreadableView(address, reason), since: known.since }),
      );
    });
    return { name: 'actors', data: { at, actors } };
  }

  #known(address: Address) {
    const history = this.#history;
    const { since = null } = this.#moves.get(address) ?? {};
    return { since, marks: history.marks(address), p95Ms: history.p95Ms(address) };
  }
}
