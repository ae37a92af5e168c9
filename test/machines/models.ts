/**
 * The machines as the walk meets them: settings, and samples of everything that may happen.
 */
import type { EventObject } from 'xstate';
import type { Json } from '../../src/json.ts';
import { type BreakerContext, breakerMachine } from '../../src/machines/breaker.ts';
import { engineMachine } from '../../src/machines/engine.ts';
import { type HeartbeatContext, heartbeatMachine } from '../../src/machines/heartbeat.ts';
import { type IncidentContext, incidentMachine } from '../../src/machines/incident.ts';
import { type QuotaContext, quotaMachine } from '../../src/machines/quota.ts';
import { type TokenContext, tokenMachine } from '../../src/machines/token.ts';
import { leftOf } from '../../src/policies/budget.ts';
import type { EngineContext } from '../../src/policies/engine.ts';
import type { Failure } from '../../src/policies/failure.ts';
import type {
  AlertSettings,
  BreakerSettings,
  EngineSettings,
  HeartbeatSettings,
  QuotaSettings,
  TokenSettings,
} from '../../src/policies/settings.ts';
import { toldAt } from '../../src/policies/told.ts';
import type { Trouble } from '../../src/policies/trouble.ts';
import type { DurableSnapshot } from '../../src/stream.ts';
import { type Model, startAt } from '../../src/testing/paths/walk.ts';

const second = 1_000;
const hour = 3_600_000;
const event = (type: string, rest: object = {}): EventObject => ({ type, ...rest });

/** Every walk begins an hour earlier, epoch ms. */
const at9 = startAt + hour;

const failures = {
  rejected: { class: 'critical', code: 'HTTP_401', message: 'unauthorized', service: 'shop', token: 'key' },
  busy: { class: 'recoverable', code: 'HTTP_429', message: 'slow down', status: 429, retryAfterMs: 30_000 },
  ill: { class: 'recoverable', code: 'HTTP_500', message: 'ill', status: 500 },
  down: { class: 'degraded', code: 'BREAKER_OPEN', message: 'left alone', service: 'shop' },
  unfit: { class: 'degraded', code: 'EXIT_69', message: 'not now' },
  disk: { class: 'shared', code: 'ENOSPC', message: 'no space left' },
  broken: { class: 'fatal', code: 'EACCES', message: 'not allowed' },
  full: { class: 'degraded', code: 'LIMIT_REACHED', message: 'one run is under way', limit: '*' },
  shut: { class: 'degraded', code: 'WINDOW_CLOSED', message: 'not before nine', window: 'day', until: at9 },
  bug: { class: 'bug', code: 'TypeError', message: 'not a function' },
} as const satisfies Record<string, Failure>;

const retry = { baseMs: second, capMs: 60 * second, tries: 2, jitter: 'partial' } as const;

const engineSettings: EngineSettings = {
  schedule: { kind: 'every', everyMs: hour, offsetMs: 10 * second },
  window: null,
  windowName: null,
  retry,
  cooldownMs: 0,
  timeoutMs: 60 * second,
  graceMs: 60 * second,
  catchUp: 'once',
  catchUpWithinMs: null,
  overlap: 'skip',
  maxFailures: 2,
};

const stepEvents = [
  event('step.begun', { step: 'one' }),
  event('step.progressed', { step: 'one', progress: { page: 7 } }),
  event('step.completed', { step: 'one', output: 1 }),
  event('service.served', { served: { llm: ['groq'] } }),
  event('step.failed', { step: 'one' }),
  event('step.skipped', { step: 'two' }),
];

const abandoned = ({ context }: DurableSnapshot) => {
  const { run, last } = context as unknown as EngineContext;
  return event('work.abandoned', { run: run?.id ?? last?.run ?? 'none', what: "the step 'one'" });
};

function engineModel(settings: EngineSettings, changed: EngineSettings): Model {
  return {
    machine: engineMachine,
    settings,
    events: [
      event('engine.trigger'),
      event('engine.pause'),
      event('engine.resume'),
      (_, at) => event('predecessor.succeeded', { engine: 'other', run: `other.${at}`, endedAt: at }),
      abandoned,
      event('settings.changed', { settings: changed }),
      event('settings.changed', { settings: changed, setBackMs: 4 * 3_600_000 }),
      ...stepEvents,
    ],
    outputs: { runEngine: [() => ({ made: 1 })], awaitActor: [() => null] },
    errors: Object.values(failures),
    abstract: (snapshot) => {
      const { run, failures, settings, due } = snapshot.context as unknown as EngineContext;
      return [
        run && [run.attempt < settings.retry.tries, run.refreshed, run.startedAt === null],
        Math.min(failures, settings.maxFailures),
        settings.cooldownMs,
        settings.windowName,
        due !== null,
      ];
    },
  };
}

/** Open from nine to ten at night, while every walk begins at eight in the morning. */
const window = { from: '21:00', to: '22:00', timeZone: 'UTC' };

/** Open when a walk begins, and closed at the next due time. */
const early = { from: '07:00', to: '08:30', timeZone: 'UTC' };

export const engineModels: Record<string, Model> = {
  engine: engineModel(engineSettings, { ...engineSettings, cooldownMs: 5 * second }),
  'engine with a rest': engineModel({ ...engineSettings, cooldownMs: 5 * second }, engineSettings),
  'engine with a window': engineModel({ ...engineSettings, window, windowName: 'night' }, engineSettings),
  'engine that misses': engineModel({ ...engineSettings, catchUpWithinMs: hour / 2 }, engineSettings),
  'engine that catches up with all': engineModel(
    { ...engineSettings, catchUp: 'all', catchUpWithinMs: hour / 2, overlap: 'queue' },
    engineSettings,
  ),
  'engine that cancels': engineModel({ ...engineSettings, overlap: 'cancel', timeoutMs: 2 * hour }, engineSettings),
  'engine that cancels in its window': engineModel(
    { ...engineSettings, overlap: 'cancel', timeoutMs: 2 * hour, window: early, windowName: 'early' },
    engineSettings,
  ),
  'engine that cancels soon': engineModel(
    { ...engineSettings, overlap: 'cancel', schedule: { kind: 'every', everyMs: 2, offsetMs: 0 } },
    engineSettings,
  ),
  'engine after another': engineModel(
    { ...engineSettings, schedule: null, after: 'other', overlap: 'queue' },
    engineSettings,
  ),
  'engine that has to begin': engineModel({ ...engineSettings, startWithinMs: 1 }, engineSettings),
  'engine that has to begin in its window': engineModel(
    { ...engineSettings, startWithinMs: hour, window, windowName: 'night' },
    engineSettings,
  ),
  'engine that has to be over': engineModel({ ...engineSettings, endWithinMs: 1.5 * second }, engineSettings),
  'engine that has to be over at once': engineModel({ ...engineSettings, endWithinMs: 2 }, engineSettings),
  'engine on demand': engineModel({ ...engineSettings, schedule: null }, engineSettings),
};

const breakerSettings: BreakerSettings = {
  failures: 2,
  rate: 0.5,
  of: 3,
  atLeast: 3,
  withinMs: null,
  slowCallMs: 500,
  slowRate: 0.6,
  cooldownMs: 10 * second,
  cooldownMsMax: 20 * second,
  probeTimeoutMs: 5 * second,
};

const call =
  (type: string, rest: object = {}, epochs = 0) =>
  (snapshot: DurableSnapshot) => {
    const { epoch } = snapshot.context as unknown as BreakerContext;
    return event(type, { epoch: epoch - epochs, id: 'a', durationMs: 10, ...rest });
  };

function breakerModel(settings: BreakerSettings): Model {
  return {
    machine: breakerMachine,
    settings,
    events: [
      call('call.started'),
      call('call.started', { id: 'b' }),
      call('call.started', {}, 1),
      call('call.succeeded'),
      call('call.succeeded', { durationMs: 900 }),
      call('call.succeeded', {}, 1),
      call('call.failed', { failure: failures.ill }),
      call('call.failed', { failure: failures.busy }),
      call('call.failed', { failure: failures.disk }),
      call('call.failed', { failure: failures.ill }, 1),
      call('call.failed', { failure: failures.ill, late: true }, 1),
      call('call.abandoned'),
      event('breaker.isolate', { reason: 'maintenance' }),
      event('breaker.reset'),
      event('settings.changed', { settings: { ...settings, cooldownMs: 15 * second } }),
    ],
    outputs: {},
    errors: [],
    abstract: (snapshot) => {
      const { recent, tally = [], probe } = snapshot.context as unknown as BreakerContext;
      const few = tally.map(({ calls, failed, slow }) => [calls, failed, slow].map((count) => Math.min(count, 3)));
      return [settings.withinMs === null ? recent : few, probe?.id ?? null];
    },
  };
}

export const breakerModels: Record<string, Model> = {
  breaker: breakerModel(breakerSettings),
  // Its window is so long that all calls of a walk are in one tenth of it.
  'breaker over a length of time': breakerModel({ ...breakerSettings, failures: 3, withinMs: 100 * hour }),
};

const quotaSettings: QuotaSettings = { limit: 2, per: 'minute', periodMs: 60 * second, resets: null };

/** The chart reads the time from the event: until when, counted from where the actor stands. */
const told =
  (left: number, ms: number, rest: object = {}) =>
  (_: DurableSnapshot, at: number) =>
    event('quota.told', { left, until: at + ms, ...rest });
const refused = (ms: number) => (_: DurableSnapshot, at: number) => event('quota.refused', { until: at + ms });

function quotaModel(settings: QuotaSettings): Model {
  return {
    machine: quotaMachine,
    settings,
    events: [
      event('quota.take'),
      told(0, 30 * second),
      told(2, 30 * second),
      told(0, -second),
      told(1, 30 * second, { limit: 2, lengthMs: 30 * second }),
      refused(90 * second),
      refused(-second),
      event('quota.refused', { spent: 'rate' }),
      event('quota.answered'),
      event('quota.reset'),
      event('settings.changed', { settings: { ...settings, limit: 1 } }),
      event('settings.changed', { settings: { ...settings, limit: 3 } }),
    ],
    outputs: {},
    errors: [],
    abstract: (snapshot, now) => {
      const { settings, spent, told, refusedUntil, refusedSince } = snapshot.context as unknown as QuotaContext;
      const counting = toldAt(told, now);
      return [
        settings.limit,
        leftOf(spent, settings, now),
        counting && [counting.left, counting.limit !== undefined],
        refusedUntil > now,
        typeof refusedSince === 'number',
      ];
    },
  };
}

export const quotaModels: Record<string, Model> = {
  quota: quotaModel(quotaSettings),
};

const tokenSettings: TokenSettings = {
  grant: 'refresh_token',
  refreshBeforeMs: 300 * second,
  retry,
  fingerprint: 'one',
};

const refusals: Failure[] = [
  failures.ill,
  { class: 'shared', code: 'invalid_grant', message: 'the grant was taken back' },
  { class: 'shared', code: 'TOKEN_MISSING', message: 'there is no grant' },
];

/** A token that lives for this long; null for one that the server says nothing about. */
const refreshed = (lifeMs: number | null) => (snapshot: DurableSnapshot, at: number) => {
  const { version } = snapshot.context as unknown as TokenContext;
  return { version: version + 1, obtainedAt: at, expiresAt: lifeMs === null ? null : at + lifeMs } as Json;
};

const rejected = (versions: number) => (snapshot: DurableSnapshot) => {
  const { version } = snapshot.context as unknown as TokenContext;
  return event('token.rejected', { version: version - versions });
};

function tokenModel(settings: TokenSettings): Model {
  return {
    machine: tokenMachine,
    settings,
    eventsAfterOutage: [event('token.renew')],
    events: [
      event('token.use'),
      event('token.renew'),
      rejected(0),
      rejected(1),
      event('token.provided'),
      event('settings.changed', { settings: { ...settings, refreshBeforeMs: 200 * second } }),
      event('settings.changed', { settings: { ...settings, fingerprint: 'two' } }),
    ],
    // The short one expires between a failed refresh and its retry.
    outputs: { refreshToken: [refreshed(hour), refreshed(2 * second), refreshed(null)] },
    errors: refusals,
    abstract: (snapshot, now) => {
      const { expiresAt, obtainedAt, rejected, settings } = snapshot.context as unknown as TokenContext;
      const life = expiresAt === null ? null : [expiresAt - obtainedAt, now < expiresAt];
      return [life, rejected, settings.fingerprint];
    },
  };
}

export const tokenModels: Record<string, Model> = {
  token: tokenModel(tokenSettings),
  'static token': tokenModel({ ...tokenSettings, grant: 'static', refreshBeforeMs: 0 }),
};

const alertSettings: AlertSettings = { afterMs: 300 * second, quiet: null, remindMs: [hour, 4 * hour] };
const down: Trouble = {
  severity: 'canWait',
  title: 'shop is down',
  what: '3 failures in a row',
  tried: null,
  todo: null,
};
const revoked: Trouble = { ...down, severity: 'now', title: 'the token is revoked', todo: 'put in another' };

function incidentModel(settings: AlertSettings): Model {
  return {
    machine: incidentMachine,
    settings,
    events: [
      event('incident.opened', { trouble: down }),
      event('incident.opened', { trouble: revoked }),
      event('incident.updated', { trouble: { ...down, tried: 'a probe' } }),
      event('incident.updated', { trouble: revoked }),
      event('incident.resolved'),
      event('incident.acknowledge'),
      event('alert.sent', { channel: 'ops' }),
      event('settings.changed', { settings: { ...settings, afterMs: 60 * second } }),
    ],
    outputs: { sendAlert: [() => null] },
    errors: [failures.ill],
    abstract: (snapshot, now) => {
      const { trouble, informed, reminders, settings, occurrence, endedAt } =
        snapshot.context as unknown as IncidentContext;
      return [
        trouble?.severity ?? null,
        // An end that nobody took grows old in steps as long as an outage.
        endedAt === null ? null : Math.min(Math.floor((now - endedAt) / (3.5 * hour)), 7),
        informed.length,
        Math.min(reminders, 1),
        settings.afterMs,
        Math.min(occurrence, 2),
      ];
    },
  };
}

export const incidentModels: Record<string, Model> = {
  incident: incidentModel(alertSettings),
  // Every walk begins at eight.
  'incident in quiet hours': incidentModel({
    ...alertSettings,
    // Before the next try.
    remindMs: [20 * second],
    quiet: { from: '07:00', to: '09:30', timeZone: 'UTC' },
  }),
  'incident in hours that are always quiet': incidentModel({
    ...alertSettings,
    quiet: { from: '00:00', to: '24:00', timeZone: 'UTC' },
  }),
};

const heartbeatSettings: HeartbeatSettings = {
  schedule: { kind: 'every', everyMs: hour, offsetMs: 0 },
  window: null,
  graceMs: hour,
};

function heartbeatModel(settings: HeartbeatSettings): Model {
  return {
    machine: heartbeatMachine,
    settings,
    events: [
      event('heartbeat.beat'),
      event('heartbeat.anchored', { anchorAt: startAt + 60 * second }),
      event('heartbeat.told', { reason: 'its last run failed' }),
      event('heartbeat.suspend', { reason: 'the engine is paused' }),
      event('heartbeat.suspend', { reason: 'the engine is halted' }),
      event('heartbeat.suspend', { reason: 'its window is closed', held: true }),
      event('heartbeat.resume'),
      event('settings.changed', { settings: { ...settings, graceMs: 2 * hour } }),
      event('settings.changed', { settings: { ...settings, schedule: { ...settings.schedule, offsetMs: second } } }),
    ],
    outputs: {},
    errors: [],
    abstract: (snapshot) => {
      const { settings, beatAt, expectedAt, stoppedAt, reason } = snapshot.context as unknown as HeartbeatContext;
      const isStopped = typeof stoppedAt === 'number';
      return [settings.graceMs, settings.schedule.offsetMs, beatAt === null, expectedAt === null, isStopped, reason];
    },
  };
}

export const heartbeatModels: Record<string, Model> = {
  heartbeat: heartbeatModel(heartbeatSettings),
  // Shut again after an outage.
  'heartbeat in a window': heartbeatModel({
    ...heartbeatSettings,
    window: { from: '08:00', to: '10:30', timeZone: 'UTC' },
  }),
  'heartbeat of a schedule that ends': heartbeatModel({
    ...heartbeatSettings,
    schedule: { kind: 'after', times: [startAt + hour], offsetMs: 0 },
  }),
};
