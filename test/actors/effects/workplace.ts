/**
 * A workplace for engines under test: the real host with the real kinds of actors on a real SQLite file, and
 * a clock that stands still. It can be left as a crash leaves it, and opened again.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import type { EmbeddedHost } from '../../../src/actors/embedded-host.ts';
import { systemClock } from '../../../src/clock.ts';
import { channelServices } from '../../../src/config/alert-schema.ts';
import type { ConfigDefinition } from '../../../src/config/definition.ts';
import { resolveConfig } from '../../../src/config/resolve.ts';
import type { BreakerContext } from '../../../src/machines/breaker.ts';
import type { HeartbeatContext } from '../../../src/machines/heartbeat.ts';
import type { IncidentContext } from '../../../src/machines/incident.ts';
import type { QuotaContext } from '../../../src/machines/quota.ts';
import type { TokenContext } from '../../../src/machines/token.ts';
import type { LedgerEntry } from '../../../src/persistence/ledger.ts';
import { createRedactor } from '../../../src/persistence/redact.ts';
import { openStore, type Store } from '../../../src/persistence/store.ts';
import type { EngineContext } from '../../../src/policies/engine.ts';
import { Children } from '../../../src/processes/children.ts';
import { type Random, seededRandom } from '../../../src/random.ts';
import type { Address, CallMade, DurableSnapshot } from '../../../src/stream.ts';
import { openSystem, type System } from '../../../src/system.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { readLedger } from '../../persistence/read-ledger.ts';

interface Contexts {
  engine: EngineContext;
  breaker: BreakerContext;
  token: TokenContext;
  quota: QuotaContext;
  incident: IncidentContext;
  heartbeat: HeartbeatContext;
}

type Kind = keyof Contexts;
type Seen<K extends Kind> = Omit<DurableSnapshot, 'context'> & { value: unknown; context: Contexts[K] };

export class Workplace {
  readonly clock = new VirtualClock();
  /** The keys of each write, in order. */
  readonly writes: string[][] = [];
  /** What was logged: the facts of each line, with the event as `msg`. */
  readonly lines: Record<string, unknown>[] = [];
  /** What isolated runs load, absolute. */
  configFile = '';
  /** How long whoever waits for a breaker or a token is held back in the end, as a share of the longest: at once. */
  chance: Random = () => 0;
  /** Hears of each call of a service. */
  called: (call: CallMade) => void = () => {};
  /** The data folder. */
  readonly folder = mkdtempSync(join(tmpdir(), 'nightshift-work-'));
  readonly #key = randomBytes(32);
  readonly #random = seededRandom(11);
  #definition: ConfigDefinition;
  #store: Store | undefined;
  #system: System | undefined;
  #children: Children | undefined;
  #cut = () => {};
  #written: (keys: string[]) => void = () => {};
  #held: PromiseWithResolvers<void> | undefined;

  constructor(definition: ConfigDefinition) {
    this.#definition = definition;
  }

  static async open(definition: ConfigDefinition): Promise<Workplace> {
    const workplace = new Workplace(definition);
    await workplace.opened();
    return workplace;
  }

  async opened(): Promise<void> {
    await this.#open();
  }

  get host(): EmbeddedHost {
    if (!this.#system) throw new Error('the workplace is closed');
    return this.#system.host;
  }

  get store(): Store {
    if (!this.#store) throw new Error('the workplace is closed');
    return this.#store;
  }

  at<K extends Kind>(address: `${K}/${string}`): Seen<K> {
    return this.host.read(address as Address) as unknown as Seen<K>;
  }

  /** Resolves with the first durable snapshot that is as wanted, the present one included. */
  async reached<K extends Kind>(address: `${K}/${string}`, wanted: (seen: Seen<K>) => boolean): Promise<Seen<K>> {
    const now = this.at(address);
    if (wanted(now)) {
      // Answered once nothing of the actor is only in memory.
      await this.host.ask(address as Address, { type: 'nothing' });
      return now;
    }
    return new Promise((resolve) => {
      const end = this.host.inspect({
        transition: ({ address: where, snapshot }) => {
          const seen = snapshot as unknown as Seen<K>;
          if (where !== address || !wanted(seen)) return;
          end();
          resolve(seen);
        },
      });
    });
  }

  /** Resolves once the actor is as wanted in memory, whatever the disk says. */
  async inMemory<K extends Kind>(address: `${K}/${string}`, wanted: (seen: Seen<K>) => boolean): Promise<void> {
    for (let turns = 0; !wanted(this.at(address)); turns++) {
      if (turns > 10_000) throw new Error(`${address} is still ${stateText(this.at(address).value)}`);
      await nextTurn();
    }
  }

  /** Resolves once the actor is in the state, as in `backoff`. */
  state<K extends Kind>(address: `${K}/${string}`, state: string): Promise<Seen<K>> {
    return this.reached(address, ({ value }) => stateText(value) === state);
  }

  trigger(engine: string): Promise<void> {
    return this.host.send(`engine/${engine}`, { type: 'engine.trigger' });
  }

  /** Triggers a run and resolves when it has ended. */
  async run(engine: string): Promise<EngineContext> {
    const before = this.at(`engine/${engine}`).context.last?.run;
    const over = this.reached(
      `engine/${engine}`,
      ({ context }) => context.last !== null && context.last.run !== before,
    );
    await this.trigger(engine);
    return (await over).context;
  }

  /** Ends as a crash would: nothing more reaches the disk. Opens again later, with another configuration if there is one. */
  async crash(definition = this.#definition, downMs = 0): Promise<void> {
    this.#cut();
    this.host.drain();
    await this.#store?.close();
    await this.clock.advance(downMs);
    this.#definition = definition;
    await this.#open();
  }

  /** Stops in order, and opens again. */
  async restart(definition = this.#definition): Promise<void> {
    this.host.drain();
    await this.host.idle();
    await this.host.stop();
    await this.#children?.ended();
    await this.#store?.close();
    this.#definition = definition;
    await this.#open();
  }

  ledger(address: string): Promise<LedgerEntry[]> {
    return readLedger(this.#store as Store, address);
  }

  /** No write ends until the returned function is called. */
  holdWrites(): () => void {
    const held = Promise.withResolvers<void>();
    this.#held = held;
    return () => {
      this.#held = undefined;
      held.resolve();
    };
  }

  /** Resolves once the store has taken such a write; no other one ends until the returned function is called. */
  afterWrite(such: (keys: string[]) => boolean): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    this.#written = (keys) => {
      if (!such(keys)) return;
      this.#written = () => {};
      resolve(this.holdWrites());
    };
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#held?.resolve();
    await this.host.stop();
    // None of its programs may write into a folder that is removed.
    await this.#children?.ended();
    await this.#store?.close();
    rmSync(this.folder, { recursive: true });
  }

  async #open() {
    const config = resolveConfig(this.#definition, {});
    const store = await openStore(`sqlite://${join(this.folder, 'store.db')}`);
    this.#store = store;
    const channels = channelServices(config.alerts.channels.keys()).map((each) => [each.name, each] as const);
    const { folder } = this;
    // Processes live in real time.
    const children = new Children(join(folder, 'children'), systemClock);
    this.#children = children;
    this.#system = await openSystem({
      config: { ...config, services: new Map([...config.services, ...channels]) },
      store: this.#guarded(store),
      vaultKey: this.#key,
      redactor: createRedactor(),
      clock: this.clock,
      random: () => this.chance(),
      hostRandom: this.#random,
      fetch,
      log: pino({ level: 'debug' }, { write: (line) => this.lines.push(JSON.parse(line)) }),
      commands: { children, folder: join(folder, 'commands'), env: process.env },
      configFile: this.configFile,
      called: (call) => this.called(call),
    });
    await this.#system.rehydrate();
  }

  #guarded(store: Store): Store {
    let alive = true;
    this.#cut = () => {
      alive = false;
    };
    return {
      ...store,
      write: async (rows) => {
        await this.#held?.promise;
        // A dead process writes nothing and hears nothing.
        if (!alive) return new Promise(() => {});
        await store.write(rows);
        const keys = rows.map(([key]) => key);
        this.writes.push(keys);
        this.#written(keys);
      },
    };
  }
}

function stateText(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(value as Record<string, unknown>)
    .map(([parent, child]) => `${parent}.${stateText(child)}`)
    .join(',');
}
