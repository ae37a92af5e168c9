/**
 * The simulated world: one process, seeded, in which the real host, the real machines and the user's own jobs live through whatever
 * the chaos does to them.
 *
 * Time stands still until nothing can happen any more without it, and then goes on to the next instant at which something will.
 * The same seed gives the same history, on any machine with the same Node. A crash ends everything that was under way: what
 * was not on the world's disk is gone, and what the dead process still does reaches nobody.
 */
import type { Config } from '../../config/config.ts';
import type { ConfigDefinition } from '../../config/definition.ts';
import { found } from '../../config/found.ts';
import { StoreLockedError } from '../../persistence/lock.ts';
import type { Store, Write } from '../../persistence/store.ts';
import { type Random, seededRandom } from '../../random.ts';
import type { Address } from '../../stream.ts';
import type { System } from '../../system.ts';
import type { CallFault, DiskFault, KillFault, Machine, MachineFault } from '../faults/fault.ts';
import { defaultInvariants } from '../invariants/default-invariants.ts';
import type { Invariant, Violation, Watching, WorldEvent } from '../invariants/invariant.ts';
import { AlertInbox, type Help, type Person } from './alert-inbox.ts';
import { Authority } from './authority.ts';
import { type Chaos, type Injection, planned } from './chaos.ts';
import { worldConfig } from './config-for-world.ts';
import { DiskTrouble } from './disk-trouble.ts';
import { History, type Keep } from './history.ts';
import type { Inhabitant } from './inhabitant.ts';
import { as, type Life } from './life.ts';
import { type Lodger, openIn } from './lodger.ts';
import { type Handler, WorldNetwork } from './network.ts';
import { Observed, type StepDoubles } from './observed-engines.ts';
import { checkNames, checkOptions, lengthOf } from './options.ts';
import { routesOf } from './routes.ts';
import { enterSandbox } from './sandbox.ts';
import { SimulationError } from './simulation-error.ts';
import { needsTurn, still, turn } from './stillness.ts';
import { StoredTokens } from './stored-tokens.ts';
import { watched } from './watched.ts';
import { WorldClock } from './world-clock.ts';
import type { ProgramModel } from './world-programs.ts';
import { WorldDisk } from './world-store.ts';

export interface WorldOptions {
  /** What a config file exports. Variables of the environment that it asks for are made up. */
  config: ConfigDefinition;
  /** Decides every chance there is. Default 1. */
  seed?: number;
  /** When the world begins, epoch ms. Default: Monday, 5 January 2026, 00:00 UTC. */
  startAt?: number;
  /** What services answer, by name. Default: 200 and an empty object. Each asks for its token and keeps to its quota by itself. */
  services?: Readonly<Record<string, Handler>>;
  /** How the programs of command engines behave, by engine. Default: they print a line and end well after a second. */
  programs?: Readonly<Record<string, ProgramModel>>;
  /** What is done in place of steps that reach outside of the process, by engine and step. */
  steps?: Readonly<Record<string, StepDoubles>>;
  /** What goes wrong, and when. Default: nothing. */
  faults?: readonly Injection[] | Chaos;
  /** A program that lives in the world in place of Nightshift: nobody is there for `host` and `ask` then. */
  inhabitant?: Inhabitant;
  /** What must hold. Default: all that this module has, and nothing where somebody else lives than Nightshift. */
  invariants?: readonly Invariant[];
  /** What the person does who is alerted. Default: nothing. */
  person?: Person;
  /** How long the disk takes for a write, in milliseconds. Default 0. */
  writeMs?: (random: Random) => number;
  /** What is kept of its history. Default `'lines'`, all of it. */
  history?: Keep;
}

export interface Stretch {
  days?: number;
  hours?: number;
  minutes?: number;
  ms?: number;
}

const startDefault = Date.UTC(2026, 0, 5);
/** How long nobody looks at the world at the most, by its own time, in milliseconds. */
const lookEveryMs = 600_000;
/** Turns without anything real going on, after which a wait is taken for what it is. */
const stuckAfterTurns = 100_000;

/** Where the lock of the world's data folder would be. */
const lockFile = '/world/data/lock.db';

export class World {
  readonly config: Config;
  readonly startedAt: number;
  readonly history: History;
  /** What happened of its own accord, as a list that can be given as `faults` again. */
  readonly injected: Injection[] = [];
  readonly violations: Violation[] = [];
  readonly authority: Authority;
  /** What a person can do, whether or not an alert has told them to. */
  readonly help: Help;
  readonly #clock: WorldClock;
  readonly #disk = new WorldDisk();
  readonly #diskTrouble = new DiskTrouble();
  readonly #stored: StoredTokens;
  readonly #network: WorldNetwork;
  readonly #inbox: AlertInbox;
  readonly #observed: Observed;
  readonly #options: WorldOptions;
  readonly #seed: number;
  readonly #leaveSandbox: () => void;
  readonly #watching: Watching[] = [];
  readonly #seen: ((event: WorldEvent) => void)[] = [];
  readonly #atRest: (() => void)[] = [];
  #chaos: Chaos;
  #life: Lodger | undefined;
  #lives = 0;
  #refused: Error | undefined;
  #isDown = false;
  #isClosed = false;

  /** @throws {SimulationError} `WORLD_MISUSED` for options that lead nowhere @throws {ConfigError} */
  constructor(options: WorldOptions) {
    checkOptions(options);
    this.#options = options;
    this.#seed = options.seed ?? 1;
    this.startedAt = options.startAt ?? startDefault;
    this.#clock = new WorldClock(this.startedAt);
    this.history = new History(this.startedAt, options.history ?? 'lines');
    this.#leaveSandbox = enterSandbox();
    try {
      const { faults = [] } = options;
      this.#chaos = isPlan(faults) ? planned(faults, this.startedAt) : faults;
      this.#observed = new Observed({
        life: () => this.#life?.number ?? 0,
        ticketOf: (engine) => this.#ticketOf(engine),
        tell: (event) => this.#tell(event),
        at: () => this.#clock.trueNow,
        program: (engine, nth) => this.#programFault(engine, nth),
        doubles: options.steps ?? {},
        programs: options.programs ?? {},
        clock: () => (this.#life as Life).clock,
      });
      this.config = worldConfig(options.config, this.#observed);
      this.authority = new Authority(this.config.tokens.values());
      this.#stored = new StoredTokens(this.#disk, this.authority);
      this.help = this.#helpOf();
      this.#inbox = new AlertInbox({
        clock: this.#clock,
        person: options.person,
        tell: (event) => this.#tell(event),
        help: this.help,
      });
      const routes = routesOf({
        config: this.config,
        services: options.services ?? {},
        authority: this.authority,
        inbox: this.#inbox,
        offended: (offence, request, detail) =>
          this.#tell({ type: 'offence', at: this.#clock.trueNow, offence, request, detail }),
      });
      checkNames(
        options,
        this.config,
        routes.map(({ name }) => name),
      );
      this.#network = new WorldNetwork({
        clock: this.#clock,
        random: this.#randomFor('network'),
        routes,
        fault: (request) => this.#callFault(request),
        placeOf: () => this.#observed.place(),
        sent: (request) =>
          this.#tell({ type: 'call.sent', at: this.#clock.trueNow, life: this.#life?.number ?? 0, request }),
        ended: (exchange) => this.#tell({ type: 'call.ended', at: this.#clock.trueNow, exchange }),
      });
      this.#watch();
      this.#lookAgain();
      this.#awaitMachine();
    } catch (error) {
      this.#leaveSandbox();
      throw error;
    }
  }

  /** True time, epoch ms. */
  get now(): number {
    return this.#clock.trueNow;
  }

  /** The host of the process that lives. @throws {SimulationError} `WORLD_MISUSED` when none does */
  get host(): System['host'] {
    const host = this.#life?.system?.host;
    if (host) return host;
    throw new SimulationError('WORLD_MISUSED', 'No process lives in this world at present. Run it first.');
  }

  /** The rows of its disk whose keys begin with the prefix. */
  rows(prefix: string): { key: string; json: string }[] {
    return this.#disk.keys(prefix).map((key) => ({ key, json: this.#disk.get(key) as string }));
  }

  /** Somebody at the machine puts a row on its disk, or takes it away with null. */
  put(key: string, json: string | null): void {
    this.#disk.put([[key, json]]);
  }

  /** Whether the disk takes writes at present. */
  get isDiskWell(): boolean {
    return this.#diskTrouble.isWell;
  }

  /**
   * Goes on for so long. Resolves at the end of it, with everything settled that can be at that instant.
   *
   * @throws {SimulationError} when a job reached outside of the world, or waits for what is real; `WORLD_MISUSED` for what is no length
   */
  async run(stretch: Stretch): Promise<void> {
    const length = lengthOf(stretch);
    await this.runUntil(() => false, this.#clock.trueNow + length);
  }

  /** Goes on until that is so, at the latest until an instant (true time, epoch ms). Resolves with whether it was. */
  async runUntil(isSo: () => boolean, latest: number): Promise<boolean> {
    if (this.#isClosed) throw new SimulationError('WORLD_CLOSED', 'The world has been closed.');
    if (typeof latest !== 'number' || Number.isNaN(latest)) {
      throw new SimulationError(
        'WORLD_MISUSED',
        `runUntil: found ${found(latest)}, expected the latest instant, epoch ms.`,
      );
    }
    if (!this.#life && !this.#isDown) this.#begin();
    await this.#settle();
    while (!isSo()) {
      const next = this.#clock.next;
      if (next === undefined || next > latest) {
        this.#clock.goTo(latest);
        return false;
      }
      this.#clock.ring();
      await this.#settle();
    }
    return true;
  }

  /** Sends an event to an actor of the process that lives, as somebody at the command line does. Resolves with whether it was taken. */
  async ask(address: Address, event: { type: string }): Promise<boolean> {
    const answered = as(this.#life as Life, () => this.host.ask(address, event));
    const outcome = await this.settled(answered);
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  /** Goes on until a promise of the world is settled; a minute of its time at the most, and then throws. */
  async settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
    const outcomes: PromiseSettledResult<T>[] = [];
    void Promise.allSettled([promise]).then((settled) => outcomes.push(...settled));
    await this.runUntil(() => outcomes.length > 0, this.#clock.trueNow + 60_000);
    const [outcome] = outcomes;
    if (outcome) return outcome;
    throw new SimulationError('WORLD_STUCK', 'Nothing came of it within a minute of the world.');
  }

  /** Kills the process, as `kill -9` does; it is there again after so many milliseconds. Default 2,000. */
  crash(downMs = 2_000): void {
    const life = this.#life;
    if (!life) return;
    life.alive = false;
    this.#life = undefined;
    this.#isDown = true;
    this.#observed.killed();
    this.#clock.sweep();
    this.#tell({ type: 'process.ended', at: this.#clock.trueNow, life: life.number, how: 'killed' });
    this.#clock.atTrue(this.#clock.trueNow + downMs, () => this.#begin());
  }

  /** Has a fault happen to the process or the machine, now. */
  happen(fault: KillFault | MachineFault): void {
    this.#noteInjection({ fault, afterMs: this.#clock.trueNow - this.startedAt });
    this.#happen(fault);
  }

  /** Sets the wall clock of the machine, by so many milliseconds. */
  setWall(byMs: number): void {
    this.#clock.setWall(byMs);
  }

  /** Puts the machine to sleep, for so many milliseconds. */
  sleep(ms: number): void {
    this.#clock.sleep(ms);
  }

  /** From now on nothing goes wrong any more, and what was wrong is mended. */
  calm(): void {
    this.#chaos = {};
    this.#diskTrouble.mend();
    this.#tell({ type: 'calm', at: this.#clock.trueNow });
  }

  /** Looks at everything for the last time, and says what was found to be wrong. */
  judged(): readonly Violation[] {
    for (const each of this.#watching) each.atEnd?.();
    return this.violations;
  }

  /** Ends the world and lets go of what it put in place. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#life) this.#life.alive = false;
    this.#life = undefined;
    this.#leaveSandbox();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A source of chance of its own: what one part of the world draws moves nothing in the others. */
  #randomFor(what: string): Random {
    let hash = this.#seed >>> 0;
    for (const letter of what) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    return seededRandom(hash);
  }

  #begin(): void {
    // Somebody else may have started one meanwhile.
    if (this.#life) return;
    this.#lives += 1;
    const number = this.#lives;
    const isAlive = () => life.alive;
    const life: Lodger = {
      number,
      alive: true,
      bornAt: this.#clock.trueNow,
      ready: false,
      immediates: new Set(),
      elsewhere: 0,
      clock: this.#clock.forProcess(isAlive),
      random: this.#randomFor(`life ${number}`),
      fetch: (...args) => this.#network.fetchOf(life)(...args),
      refuse: (error) => {
        this.#refused ??= placed(error, this.#observed.place());
      },
    };
    this.#life = life;
    this.#isDown = false;
    this.#tell({ type: 'process.began', at: this.#clock.trueNow, life: number });
    as(life, () => this.#moveIn(life)).catch((error: unknown) => {
      if (life.alive) this.#refused ??= error as Error;
    });
  }

  /** The disk as the process has it open. */
  #storeOf(life: Life): Store {
    return this.#disk.open(() => life.alive, {
      synced: () => this.#synced(life),
      fate: (rows, number) => this.#diskTrouble.fate(this.#clock.trueNow, () => this.#diskFault(rows, number)),
      committed: (rows) => this.#committed(rows),
      kill: (downMs) => this.crash(downMs),
    });
  }

  /** Nightshift begins, or another program in its place. */
  async #moveIn(life: Lodger): Promise<void> {
    const store = this.#storeOf(life);
    const { inhabitant } = this.#options;
    if (inhabitant) {
      const { number, clock, random, fetch } = life;
      await inhabitant({ life: number, clock, random, fetch, store });
    } else {
      await openIn(life, {
        config: this.config,
        store,
        vaultKey: this.#stored.vaultKey,
        at: () => this.#clock.trueNow,
        tell: (event) => this.#tell(event),
      });
    }
    if (!life.alive) return;
    life.ready = true;
    this.#tell({ type: 'process.ready', at: this.#clock.trueNow, life: life.number });
  }

  /** Resolves once nothing goes on without time, and nothing real is under way. */
  async #settle(): Promise<void> {
    await still();
    for (let turns = 0; this.#takeTurn() || this.#isBusyElsewhere(); turns++) {
      if (turns > stuckAfterTurns) throw stuck();
      if (this.#isBusyElsewhere()) await turn(turns);
      await still();
    }
    if (this.#refused) {
      const error = this.#refused;
      this.#refused = undefined;
      throw error;
    }
    for (const look of this.#atRest) look();
  }

  /** Does what the process has asked to do on the next turn. @returns whether there was something */
  #takeTurn(): boolean {
    const { immediates } = this.#life ?? {};
    if (!immediates?.size) return false;
    const now = [...immediates];
    for (const ring of now) {
      // An earlier one may have taken it back, or ended the process.
      if (immediates.delete(ring) && this.#life?.immediates === immediates) ring();
    }
    return true;
  }

  /** Whether Node works at something, and the event loop has to turn before it is heard of. */
  #isBusyElsewhere(): boolean {
    return (this.#life?.elsewhere ?? 0) > 0 || needsTurn();
  }

  #tell(event: WorldEvent): void {
    this.history.add(event);
    for (const seen of this.#seen) {
      try {
        seen(event);
      } catch (error) {
        // It must not look as if what it was told of had failed.
        this.#refused ??= error as Error;
      }
    }
  }

  #watch(): void {
    const world = watched({
      config: this.config,
      startedAt: this.startedAt,
      clock: this.#clock,
      disk: this.#disk,
      diskTrouble: this.#diskTrouble,
      authority: this.authority,
      stored: this.#stored,
      life: () => this.#life,
    });
    const { inhabitant, invariants = inhabitant ? [] : defaultInvariants } = this.#options;
    for (const { name, watch } of invariants) {
      const watching = watch(world, (what) => {
        const violation = { invariant: name, what, at: this.#clock.trueNow };
        this.violations.push(violation);
        this.history.note(`VIOLATION ${name}: ${what}`, violation.at);
      });
      this.#watching.push(watching);
      if (watching.seen) this.#seen.push(watching.seen.bind(watching));
      if (watching.atRest) this.#atRest.push(watching.atRest.bind(watching));
    }
  }

  /** A world in which nothing happens any more has to be looked at as well. */
  #lookAgain(): void {
    if (this.#atRest.length > 0) this.#clock.atTrue(this.#clock.trueNow + lookEveryMs, () => this.#lookAgain());
  }

  #ticketOf(engine: string): string {
    const { effects } = this.host.read(`engine/${engine}`);
    return effects.run?.ticket ?? '';
  }

  #callFault(request: Parameters<NonNullable<Chaos['call']>>[0]): CallFault | undefined {
    const fault = this.#chaos.call?.(request, this.#clock.trueNow);
    if (fault) this.#noteInjection({ fault, call: { service: request.service, nth: request.nth } });
    return fault;
  }

  #programFault(engine: string, nth: number) {
    const fault = this.#chaos.program?.({ engine, nth, at: this.#clock.trueNow });
    if (fault) this.#noteInjection({ fault, program: { engine, nth } });
    return fault;
  }

  async #synced(life: Life): Promise<void> {
    const ms = this.#options.writeMs?.(life.random) ?? 0;
    if (ms > 0) await new Promise<void>((resolve) => life.clock.after(ms, resolve));
  }

  #diskFault(rows: readonly Write[], number: number): DiskFault | KillFault | undefined {
    const keys = rows.map(([key]) => key);
    const fault = this.#chaos.write?.({ number, keys, rows, at: this.#clock.trueNow });
    if (fault) this.#noteInjection({ fault, write: number });
    return fault;
  }

  #committed(rows: readonly Write[]): void {
    const at = this.#clock.trueNow;
    this.#tell({ type: 'committed', at, keys: rows.map(([key]) => key) });
    for (const [key, json] of rows) {
      if (json === null || !key.startsWith('ledger:')) continue;
      const address = /^ledger:(.*):\d+:\d+$/s.exec(key)?.[1] as Address;
      this.#tell({ type: 'ledger', at, address, entry: JSON.parse(json) });
    }
  }

  /** Waits for what next happens to the machine by itself. */
  #awaitMachine(): void {
    const next = this.#chaos.next?.(this.#clock.trueNow);
    if (!next) return;
    const chaos = this.#chaos;
    this.#clock.atTrue(next.at, () => {
      if (this.#chaos !== chaos) return;
      this.#noteInjection({ fault: next.fault, afterMs: this.#clock.trueNow - this.startedAt });
      this.#happen(next.fault);
      this.#awaitMachine();
    });
  }

  #happen(fault: KillFault | MachineFault): void {
    if (fault.kind === 'kill') this.crash(fault.downMs);
    else void fault.happen(this.#machine());
  }

  #machine(): Machine {
    return {
      now: () => this.#clock.trueNow,
      setWall: (byMs) => this.#clock.setWall(byMs),
      sleep: (ms) => this.#clock.sleep(ms),
      startSecond: () => this.#startSecond(),
      ringTwice: () => this.#clock.ringTwice(),
      rejectToken: (token) => this.authority.reject(token),
      revokeGrant: (token) => this.authority.revoke(token),
    };
  }

  /**
   * The lock of the data folder keeps a second service away while the first one lives, and goes with it, as the operating system's
   * does. The refusal is the real one.
   */
  #startSecond(): Error | undefined {
    if (this.#life) return new StoreLockedError(lockFile, { pid: this.#life.number, since: this.#life.bornAt });
    this.#begin();
    return undefined;
  }

  #noteInjection(injection: Injection): void {
    this.injected.push(injection);
    this.#tell({ type: 'fault', at: this.#clock.trueNow, injection });
  }

  #helpOf(): Help {
    return {
      resume: async (address: Address) => this.#order(address, { type: 'engine.resume' }),
      restoreGrant: async (token: string) => {
        this.authority.restore(token);
        await this.#order(`token/${token}`, { type: 'token.provided' });
      },
      makeRoom: async () => this.#diskTrouble.mend(),
    };
  }

  async #order(address: Address, event: { type: string }): Promise<void> {
    const life = this.#life;
    if (!life?.ready) return;
    await as(life, async () => {
      await life.system?.host.reset(address);
      await life.system?.host.ask(address, event);
    }).catch(() => {});
  }
}

function isPlan(faults: readonly Injection[] | Chaos): faults is readonly Injection[] {
  return Array.isArray(faults);
}

/** The error, with the part of the job that met it. */
function placed(error: Error, place: SimulationError['place']): Error {
  if (error instanceof SimulationError && place) error.place ??= place;
  return error;
}

function stuck(): SimulationError {
  return new SimulationError(
    'WORLD_STUCK',
    'Found that something real is under way for ever, expected that a simulated world waits for its own time alone.',
  );
}
