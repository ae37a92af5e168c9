/**
 * The kinds of actors there are: the chart of each, and what its effects do.
 */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Random } from '../random.ts';
import type { CallMade } from '../stream.ts';
import { actorCharts } from './actor-charts.ts';
import { awaitActor } from './effects/await-actor.ts';
import { jobLog } from './effects/job-log.ts';
import { refreshToken } from './effects/refresh-token.ts';
import type { CommandPorts } from './effects/run-command.ts';
import { runEngine } from './effects/run-engine.ts';
import { sendAlert } from './effects/send-alert.ts';
import { HeardQuotas } from './heard-quotas.ts';
import type { ActorKind } from './host.ts';
import { Slots } from './slots.ts';
import type { TokenSecrets } from './token-secrets.ts';
import { Troubles } from './troubles.ts';

export interface KindPorts {
  config: Pick<Config, 'timeZone' | 'engines' | 'services' | 'fallbacks' | 'tokens' | 'windows' | 'limits' | 'alerts'>;
  clock: Clock;
  random: Random;
  secrets: TokenSecrets;
  fetch: typeof fetch;
  log: Logger;
  /** What programs run with. */
  commands: Omit<CommandPorts, 'clock'>;
  /** Absolute. */
  configFile: string;
  /** Hears of each call that a service answers. Default: nobody does. */
  answered?: (service: string) => void;
  /** Hears of each call that has ended. Default: nobody does. */
  called?: (call: CallMade) => void;
  /** The engines that wait for a cause of trouble at present, by name. Default: none are known. */
  waiting?: (cause: string) => readonly string[];
}

/** By the first part of an address. `host` is what the effects call through. */
export function actorKinds({
  config,
  clock,
  random,
  secrets,
  fetch,
  log,
  commands,
  configFile,
  answered,
  called,
  waiting = () => [],
}: KindPorts): Record<string, ActorKind> {
  const { timeZone, engines, services, fallbacks, tokens, windows, limits, alerts } = config;
  const slots = new Slots(limits, clock);
  const troubles = new Troubles(clock);
  const calls = {
    clock,
    secrets,
    tokens,
    fetch,
    heard: new HeardQuotas(),
    ...(answered && { answered }),
    ...(called && { called }),
  };
  return {
    engine: {
      ...actorCharts.engine,
      effects: {
        runEngine: runEngine({
          ...calls,
          engines,
          services,
          fallbacks,
          windows,
          limits,
          slots,
          troubles,
          commands: { ...commands, clock },
          configFile,
          logOf: (engine, run) => jobLog(log, engine, run),
        }),
        awaitActor: awaitActor({ clock, random, slots, troubles, engines }),
      },
    },
    breaker: { ...actorCharts.breaker, effects: {} },
    heartbeat: { ...actorCharts.heartbeat, effects: {} },
    incident: {
      ...actorCharts.incident,
      effects: { sendAlert: sendAlert({ ...calls, timeZone, services, channels: alerts.channels, waiting }) },
    },
    quota: { ...actorCharts.quota, effects: {} },
    token: { ...actorCharts.token, effects: { refreshToken: refreshToken(calls) } },
  };
}
