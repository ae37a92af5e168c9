/**
 * The kinds of actors there are: which chart, which version of its records, and what its effects do.
 *
 * A chart whose states, context or timers change in a way that an older record does not fit gets the next
 * version here, and a migration.
 */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { breakerMachine } from '../machines/breaker.ts';
import { engineMachine } from '../machines/engine.ts';
import { heartbeatMachine } from '../machines/heartbeat.ts';
import { incidentMachine } from '../machines/incident.ts';
import { quotaMachine } from '../machines/quota.ts';
import { tokenMachine } from '../machines/token.ts';
import type { Random } from '../random.ts';
import type { CallMade } from '../stream.ts';
import { awaitActor } from './effects/await-actor.ts';
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
  config: Pick<Config, 'engines' | 'services' | 'fallbacks' | 'tokens' | 'windows' | 'limits' | 'alerts'>;
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
  const { engines, services, fallbacks, tokens, windows, limits, alerts } = config;
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
  const logOf = (engine: string, run: string) => log.child({ engine, run });
  return {
    engine: {
      machine: engineMachine,
      version: 1,
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
          logOf,
        }),
        awaitActor: awaitActor({ clock, random, slots, troubles, engines }),
      },
    },
    breaker: { machine: breakerMachine, version: 1, effects: {}, volatile: ['tally'] },
    heartbeat: { machine: heartbeatMachine, version: 1, effects: {} },
    incident: {
      machine: incidentMachine,
      version: 1,
      effects: { sendAlert: sendAlert({ ...calls, services, channels: alerts.channels, waiting }) },
    },
    quota: { machine: quotaMachine, version: 1, effects: {} },
    token: { machine: tokenMachine, version: 1, effects: { refreshToken: refreshToken(calls) } },
  };
}
