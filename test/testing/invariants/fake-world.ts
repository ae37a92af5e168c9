/**
 * A world that is told what to say: an invariant watches it, and the test tells of things that a sound runtime would not do.
 */
import { engine, oauth2 } from 'nightshift';
import type { Config } from '../../../src/config/config.ts';
import type { ConfigDefinition } from '../../../src/config/definition.ts';
import { resolveConfig } from '../../../src/config/resolve.ts';
import type { Address, CommittedTransition, DurableSnapshot } from '../../../src/stream.ts';
import type {
  Invariant,
  RunWork,
  StepWork,
  WatchedWorld,
  WorldEvent,
} from '../../../src/testing/invariants/invariant.ts';
import type { Exchange, WorldRequest } from '../../../src/testing/world/network.ts';

/** Without the instant, which the world adds. */
type Untimed<Event> = Event extends { at: number } ? Omit<Event, 'at'> : never;

/** Monday, 5 January 2026, 08:00 UTC. */
export const startAt = Date.UTC(2026, 0, 5, 8);

export const fakeConfig: ConfigDefinition = {
  timeZone: 'UTC',
  windows: { day: { from: '09:00', to: '17:00' } },
  tokens: {
    shop: oauth2({
      tokenUrl: 'https://tokens.world/token',
      clientId: 'me',
      clientSecret: 'a secret',
      refreshToken: 'a grant',
    }),
  },
  services: { shop: { url: 'https://shop.world', token: 'shop' } },
  engines: [
    engine('job', { every: '10m', run: () => 1 }),
    engine('office', { every: '10m', window: 'day', run: () => 1 }),
    engine('next', { after: 'job', run: () => 1 }),
  ],
  builtIn: {
    health: false,
    resources: false,
    backup: false,
    logCleanup: false,
    logAnalysis: false,
    dailyReport: false,
    updates: false,
  },
};

export interface Stand {
  value: unknown;
  context?: object;
  timers?: DurableSnapshot['timers'];
  effects?: DurableSnapshot['effects'];
  halted?: boolean;
}

export class FakeWorld implements WatchedWorld {
  readonly config: Config;
  readonly startedAt = startAt;
  readonly found: string[] = [];
  readonly stands = new Map<Address, Stand>();
  readonly rows = new Map<string, unknown>();
  readonly stored = new Map<string, number>();
  at = startAt;
  /** What the wall is ahead of the true time. */
  ahead = 0;
  works = true;
  readonly #watching: ReturnType<Invariant['watch']>;
  #calls = 0;
  #life = 1;
  #ready = false;

  constructor(invariant: Invariant, config: ConfigDefinition = fakeConfig) {
    this.config = resolveConfig(config, {});
    this.#watching = invariant.watch(this, (what) => this.found.push(what));
  }

  tell(event: Untimed<WorldEvent>): void {
    if (event.type === 'process.ready') this.#ready = true;
    if (event.type === 'process.ended') this.#ready = false;
    this.#watching.seen?.({ ...event, at: this.at } as WorldEvent);
  }

  /** Lets so many milliseconds pass, and comes to rest every second. */
  pass(ms: number): void {
    const until = this.at + ms;
    while (this.at < until) {
      this.at = Math.min(until, this.at + 1_000);
      this.#watching.atRest?.();
    }
  }

  end(): void {
    this.#watching.atEnd?.();
  }

  /** A process begins and is ready. */
  begin(life = 1): void {
    this.#life = life;
    this.tell({ type: 'process.began', life });
    this.tell({ type: 'process.ready', life });
  }

  /** An actor stands there, in memory and on disk, and the world is told of how it came to. */
  transition(
    address: Address,
    { value, context = {}, timers = {}, effects = {} }: Stand,
    { event = { type: 'some.event' }, tags = [] }: { event?: { type: string }; tags?: string[] } = {},
  ): void {
    this.stands.set(address, { value, context, timers, effects });
    this.rows.set(`actor:${address}`, { state: { value, context, timers, effects } });
    const hasTag = (tag: string) => tags.includes(tag);
    const snapshot = { status: 'active', value, context, timers, effects, hasTag } as never;
    const transition: CommittedTransition = {
      address,
      at: this.wallNow(),
      from: 'x',
      path: [],
      event,
      snapshot,
      facts: [],
    };
    this.tell({ type: 'transition', life: this.#life, transition });
  }

  runBegan(work: Partial<RunWork> = {}, life = 1): RunWork {
    const begun: RunWork = {
      engine: 'job',
      run: 'job.1',
      dueAt: startAt,
      ticket: 't1',
      signal: new AbortController().signal,
      ...work,
    };
    this.tell({ type: 'run.began', life, work: begun });
    return begun;
  }

  stepBegan(step: Partial<StepWork> = {}, life = 1): void {
    this.tell({
      type: 'step.began',
      life,
      step: { engine: 'job', run: 'job.1', name: 'load', key: 'k1', attempt: 1, ...step },
    });
  }

  callSent(request: Partial<Omit<WorldRequest, 'headers'>> & { headers?: Record<string, string> } = {}): WorldRequest {
    this.#calls += 1;
    const { headers, ...rest } = request;
    const sent: WorldRequest = {
      number: this.#calls,
      nth: this.#calls,
      service: 'shop',
      method: 'GET',
      url: new URL('https://shop.world/'),
      body: '',
      sentAt: this.at,
      ...rest,
      headers: new Headers(headers),
    };
    this.tell({ type: 'call.sent', life: this.#life, request: sent });
    return sent;
  }

  callEnded(request: WorldRequest, rest: Partial<Exchange> = { status: 200 }): void {
    this.tell({ type: 'call.ended', exchange: { request, ...rest } });
  }

  now(): number {
    return this.at;
  }

  wallNow(): number {
    return this.at + this.ahead;
  }

  monotonicNow(): number {
    return this.at - startAt;
  }

  addresses(): Address[] {
    return [...this.stands.keys()];
  }

  standOf(address: Address) {
    const stand = this.stands.get(address);
    if (!stand) return undefined;
    const { value, context = {}, timers = {}, effects = {}, halted = false } = stand;
    return { stand: { value, context, timers, effects } as never, halted };
  }

  can(): boolean {
    return false;
  }

  waitsInLine(): boolean {
    return false;
  }

  onDisk(key: string): unknown {
    return this.rows.get(key);
  }

  isReady(): boolean {
    return this.#ready;
  }

  storeWorks(): boolean {
    return this.works;
  }

  newestToken(token: string): number {
    return this.stored.get(token) ?? 0;
  }

  storedToken(token: string): number {
    return this.stored.get(token) ?? 0;
  }

  /** As the world's servers give them out. */
  tokenOf({ headers }: WorldRequest): { token: string; version: number } | undefined {
    const [, token = '', version] = /^Bearer access-(.+)-(\d+)$/.exec(headers.get('authorization') ?? '') ?? [];
    return version === undefined ? undefined : { token, version: Number(version) };
  }

  refreshOf({ url }: WorldRequest): string | undefined {
    return url.host === 'tokens.world' ? 'shop' : undefined;
  }
}
