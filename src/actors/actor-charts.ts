/**
 * The chart behind each kind of actor, and which version of its records this is.
 *
 * A chart whose states, context or timers change in a way that an older record does not fit gets the next
 * version here, and a migration. Whether one fits is tried with the stores of all releases: `test/persistence/recorded`.
 */
import { breakerMachine } from '../machines/breaker.ts';
import { engineMachine } from '../machines/engine.ts';
import { heartbeatMachine } from '../machines/heartbeat.ts';
import { incidentMachine } from '../machines/incident.ts';
import { quotaMachine } from '../machines/quota.ts';
import { tokenMachine } from '../machines/token.ts';
import type { ActorKind } from './host.ts';

type ActorChart = Omit<ActorKind, 'effects'>;

/** By the first part of an address. */
export const actorCharts = {
  engine: { machine: engineMachine, version: 1 },
  breaker: { machine: breakerMachine, version: 1, volatile: ['tally'] },
  heartbeat: { machine: heartbeatMachine, version: 1 },
  incident: { machine: incidentMachine, version: 1 },
  quota: { machine: quotaMachine, version: 1 },
  token: { machine: tokenMachine, version: 1 },
} satisfies Readonly<Record<string, ActorChart>>;
