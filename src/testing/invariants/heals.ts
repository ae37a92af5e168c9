/**
 * Once the faults have stopped, every engine is healthy again within a bound, or says to a person what they must do.
 *
 * Healthy is an engine that has succeeded since. One that is held as its own settings ask for, by a window or a quota, is so too.
 * One that waits for a person has called one, who has not come yet: one that halts again once they have is not well.
 */
import type { Config, EngineConfig } from '../../config/config.ts';
import type { IncidentContext } from '../../machines/incident.ts';
import type { BackoffPolicy } from '../../policies/backoff.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { memoized } from '../../policies/memo.ts';
import { nextDue, type Schedule } from '../../policies/schedule.ts';
import { stateName } from '../../policies/state-name.ts';
import type { Address } from '../../stream.ts';
import type { Invariant, WatchedWorld, WorldEvent } from './invariant.ts';

const minuteMs = 60_000;
/** How long a token server has for its answer, as the token's own chart has it, and how long its slot is waited for. */
const refreshMs = 2 * minuteMs;
/** Looks at what nobody can say the end of, turns that many take one after the other, and the like. */
const slackMs = 10 * minuteMs;
const duesLookedAt = 100;
const schedulesKept = 256;

/**
 * How long after the last fault everything is well again, at the latest, in milliseconds.
 *
 * What was under way may still have to time out; then the slowest breaker lets a probe through, the slowest token is refreshed, and
 * the engine that comes round most seldom has to run, with every retry. A clock that is wrong when the faults stop, or a service
 * that has asked to be left alone for longer, is not in it.
 */
export function healingBoundMs({ engines, services, tokens, alerts }: Config): number {
  const breakers = [...services.values()].map(
    ({ timeoutMs, breaker }) =>
      timeoutMs + Math.max(breaker.cooldownMs, breaker.cooldownMsMax) + breaker.probeTimeoutMs,
  );
  const refreshes = [...tokens.values()].map(({ settings }) => refreshMs + longestWaitMs(settings.retry));
  const jobs = [...engines.values()].map(
    ({ settings }) =>
      intervalMs(settings.schedule) + settings.timeoutMs + settings.cooldownMs + retriesMs(settings.retry),
  );
  return longest(jobs) + longest(breakers) + longest(refreshes) + alerts.settings.afterMs + slackMs;
}

export const heals: Invariant = {
  name: 'heals',
  claim: 'once faults stop, every engine is healthy again within a bound, or has called a person',
  watch(world, broken) {
    const recovery = new Recovery(world);
    return {
      seen: (event) => recovery.seen(event),
      atEnd() {
        if (recovery.isTimeUp) for (const what of recovery.ills()) broken(what);
      },
    };
  },
};

/** How a world gets well once faults have stopped. */
export class Recovery {
  readonly #world: WatchedWorld;
  readonly #boundMs: number;
  #calmAt: number | undefined;
  /** What the wall clock was ahead of the true time by, at the most: what was worked out then may lie that far ahead. */
  #aheadMs = 0;
  /** Who has succeeded since faults have stopped. */
  readonly #succeeded = new Set<Address>();
  /** What people were told to do, by cause. */
  readonly #asked = new Set<string>();
  /** What people have done something about since faults have stopped, by cause. */
  readonly #helped = new Set<string>();

  constructor(world: WatchedWorld) {
    this.#world = world;
    this.#boundMs = healingBoundMs(world.config);
  }

  seen(event: WorldEvent): void {
    this.#aheadMs = Math.max(this.#aheadMs, this.#world.wallNow() - this.#world.now());
    switch (event.type) {
      case 'calm':
        this.#calmAt = event.at;
        this.#succeeded.clear();
        this.#helped.clear();
        return;
      case 'fault':
        // Somebody has begun anew.
        this.#calmAt = undefined;
        return;
      case 'ledger':
        if (event.entry.result === 'success') this.#succeeded.add(event.address);
        return;
      case 'alert':
        if (event.kind === 'resolved') this.#asked.delete(event.cause);
        else if (event.todo !== null) this.#asked.add(event.cause);
        return;
      case 'person':
        this.#helped.add(event.cause);
        return;
      default:
    }
  }

  /** Whether faults have stopped, and everything should be well by now. */
  get isTimeUp(): boolean {
    if (this.#calmAt === undefined) return false;
    const now = this.#world.now();
    const setBackMs = this.#aheadMs - (this.#world.wallNow() - now);
    return now - this.#calmAt >= this.#boundMs + setBackMs;
  }

  /** Whether faults have stopped, and every engine has succeeded since. */
  get isOver(): boolean {
    const { engines } = this.#world.config;
    const all = [...engines.keys()].every((id) => this.#succeeded.has(`engine/${id}`));
    return all && this.#calmAt !== undefined && this.ills().length === 0;
  }

  /** What is not well yet, in words; none while faults go on. */
  ills(): string[] {
    const world = this.#world;
    if (this.#calmAt === undefined) return [];
    if (!world.isReady()) return ['no process is there, and nothing keeps one away'];
    if (!world.storeWorks()) return ['the disk takes no writes, and nothing keeps it from that'];
    return [...this.#illEngines(), ...this.#openBreakers(), ...this.#illTokens(), ...this.#openIncidents()];
  }

  *#illEngines(): Iterable<string> {
    for (const engine of this.#world.config.engines.values()) {
      if (this.#succeeded.has(`engine/${engine.id}`)) continue;
      const what = illness(this.#world, engine, this.#asked, this.#helped.has(`engine:${engine.id}`));
      if (what !== undefined) yield `${engine.id}: ${what}`;
    }
  }

  *#openBreakers(): Iterable<string> {
    for (const name of this.#world.config.services.keys()) {
      if (stateIn(this.#world, `breaker/${name}`) === 'open') yield `the breaker of ${name} is still open`;
    }
  }

  *#illTokens(): Iterable<string> {
    for (const name of this.#world.config.tokens.keys()) {
      const state = stateIn(this.#world, `token/${name}`);
      if (state === 'expired' || state === 'retrying') yield `the token ${name} is still ${state}`;
      if ((state === 'revoked' || state === 'missing') && !this.#asked.has(`token:${name}`))
        yield `the token ${name} is ${state}, and nobody was told what to do about it`;
    }
  }

  *#openIncidents(): Iterable<string> {
    for (const address of this.#world.addresses()) {
      const what = address.startsWith('incident/') ? openIncident(this.#world, address, this.#asked) : undefined;
      if (what !== undefined) yield what;
    }
  }
}

/**
 * What keeps an engine from being well that should not; undefined for what may.
 *
 * @param helped somebody has done for it since what they were told to do
 */
function illness(
  world: WatchedWorld,
  { id, settings }: EngineConfig,
  asked: ReadonlySet<string>,
  helped: boolean,
): string | undefined {
  const found = world.standOf(`engine/${id}`);
  if (!found) return 'there is no such actor';
  const { value, context } = found.stand;
  const state = stateName(value);
  const { hold, due, failure } = context as unknown as EngineContext;
  if (found.halted || state === 'halted') {
    if (helped) return `it is ${state} again, though a person has resumed it${failure ? `: ${failure.message}` : ''}`;
    return asked.has(`engine:${id}`) ? undefined : `it is ${state}, and nobody was told what to do about it`;
  }
  if (state === 'paused') return undefined;
  // Nothing is due of what runs on demand, or after another one that does not succeed.
  if (settings.schedule === null && due === null && state.startsWith('idle')) return undefined;
  if (hold) {
    if (hold.kind === 'window' || failure?.code === 'WINDOW_CLOSED') return undefined;
    if (hold.kind === 'actor' && hold.address.startsWith('quota/')) return undefined;
    if (hold.kind === 'actor' && asked.has(hold.address.replace('/', ':'))) return undefined;
    return `it is still ${state}: ${hold.reason}`;
  }
  // Who keeps to a window may have had no turn at all.
  if (settings.window && due && due.at > world.wallNow() && !failure) return undefined;
  return `it has not succeeded since, and is ${state}${failure ? `: ${failure.message}` : ''}`;
}

function openIncident(world: WatchedWorld, address: Address, asked: ReadonlySet<string>): string | undefined {
  const found = world.standOf(address);
  const state = found && stateName(found.stand.value);
  if (!found || !state?.startsWith('open')) return undefined;
  const { id, trouble } = found.stand.context as unknown as IncidentContext;
  if (asked.has(id)) return undefined;
  return trouble?.todo
    ? `${id}: ${trouble.title}, and nobody was told what to do about it`
    : `${id}: ${trouble?.title} still, though nobody need do anything about it`;
}

function stateIn(world: WatchedWorld, address: Address): string {
  return stateName(world.standOf(address)?.stand.value ?? '');
}

function intervalMs(schedule: Schedule | null): number {
  if (schedule === null || schedule.kind === 'after') return 0;
  const spanMs = schedule.spread?.spanMs ?? 0;
  if (schedule.kind === 'every') return schedule.everyMs + spanMs;
  return longestIntervalMs(JSON.stringify(schedule)) + spanMs;
}

/**
 * The longest time from one due time to the next, by the schedule's JSON: every world of a config asks for that of the same few. What
 * comes later than a hundred due times from now is not looked at.
 */
const longestIntervalMs = memoized(schedulesKept, (json) => {
  const schedule = JSON.parse(json) as Schedule;
  let longestMs = 0;
  // Any instant will do, as long as it is always the same.
  let at = nextDue(schedule, 0, 0);
  for (let looked = 0; at !== null && looked < duesLookedAt; looked++) {
    const next = nextDue(schedule, 0, at);
    if (next !== null) longestMs = Math.max(longestMs, next - at);
    at = next;
  }
  return longestMs;
});

/** All waits of a run between its attempts, with the most that chance adds to them. */
function retriesMs(retry: BackoffPolicy): number {
  return (retry.tries - 1) * longestWaitMs(retry);
}

function longestWaitMs({ capMs }: BackoffPolicy): number {
  return 1.5 * capMs;
}

function longest(lengths: readonly number[]): number {
  return Math.max(0, ...lengths);
}
