/**
 * The catalogue of faults. Each says what must hold afterwards; whoever needs another writes an object of the same shape.
 */
import * as call from './call-faults.ts';
import * as disk from './disk-faults.ts';
import type { Fault } from './fault.ts';
import * as machine from './machine-faults.ts';
import { kill } from './process-faults.ts';
import * as program from './program-faults.ts';
import { grantRevoked, grantTakenBack, tokenServerDown, tokensRejected } from './token-faults.ts';

export const faults = {
  status: call.status,
  quotaExceeded: call.quotaExceeded,
  emptyOk: call.emptyOk,
  garbageOk: call.garbageOk,
  truncatedBody: call.truncatedBody,
  slowDrip: call.slowDrip,
  silence: call.silence,
  resetBefore: call.resetBefore,
  resetAfter: call.resetAfter,
  dns: call.dns,
  tls: call.tls,
  noNetwork: call.noNetwork,
  tokenRejected: call.tokenRejected,
  tokenServerDown,
  grantRevoked,
  tokensRejected,
  grantTakenBack,
  diskFull: disk.diskFull,
  busy: disk.busy,
  tornBatch: disk.tornBatch,
  kill,
  clockForward: machine.clockForward,
  clockBack: machine.clockBack,
  asleep: machine.asleep,
  dstChange: machine.dstChange,
  duplicateTimer: machine.duplicateTimer,
  doubleStart: machine.doubleStart,
  exitsEmpty: program.exitsEmpty,
  exitsOne: program.exitsOne,
  exitsBySignal: program.exitsBySignal,
  hangs: program.hangs,
  ignoresSigterm: program.ignoresSigterm,
  leaks: program.leaks,
} as const;

/**
 * Every fault of the catalogue, those with settings once or more with usual ones; but `tokensRejected` and `grantTakenBack`, which
 * name a token of a config.
 */
export const allFaults: readonly Fault[] = [
  call.status(503),
  call.status(429, { retryAfter: 60 }),
  call.status(403),
  call.status(404),
  call.quotaExceeded(),
  call.quotaExceeded({ as: 403 }),
  call.emptyOk,
  call.garbageOk,
  call.truncatedBody,
  call.slowDrip,
  call.silence,
  call.resetBefore,
  call.resetAfter,
  call.dns,
  call.tls,
  call.noNetwork,
  call.tokenRejected,
  tokenServerDown,
  grantRevoked,
  disk.diskFull,
  disk.busy,
  disk.tornBatch,
  kill('before'),
  kill('during'),
  kill('after'),
  machine.clockForward(),
  machine.clockBack(),
  machine.asleep(),
  machine.dstChange(),
  machine.duplicateTimer,
  machine.doubleStart,
  program.exitsEmpty,
  program.exitsOne,
  program.exitsBySignal(),
  program.hangs,
  program.ignoresSigterm,
  program.leaks,
];
