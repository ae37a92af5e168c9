/**
 * The sandbox: inside of a simulated world, time, chance and the network are the world's, and anything else that reaches outside
 * of the process fails loudly.
 *
 * Whether code is inside is told by its asynchronous context, so a test runner and everything else in the same process go on as
 * they are.
 */
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import dnsPromises from 'node:dns/promises';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import workers from 'node:worker_threads';
import { type Life, never } from './life.ts';
import { inside, restoreAll } from './replacing.ts';
import { installChance } from './sandbox-chance.ts';
import { installTime } from './sandbox-time.ts';
import { installWork } from './sandbox-work.ts';
import { SimulationError } from './simulation-error.ts';

let users = 0;

/** Puts the sandbox up, for one more world. Returns a function that takes it down, once the last world has done so. */
export function enterSandbox(): () => void {
  users += 1;
  if (users === 1) install();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    users -= 1;
    if (users === 0) restoreAll();
  };
}

function install(): void {
  installTime();
  installChance();
  installWork();
  inside(globalThis, 'fetch', (life, _, input, init) => life.fetch(input as never, init as never));
  for (const [name, module] of Object.entries(outside)) forbid(name, module);
  syncBuiltinESMExports();
}

/** What reaches outside of the process, by module. */
const outside: Record<string, object> = {
  'node:fs': fs,
  'node:fs/promises': fsPromises,
  'node:child_process': childProcess,
  'node:dgram': dgram,
  'node:dns': dns,
  'node:dns/promises': dnsPromises,
  'node:http': http,
  'node:http2': http2,
  'node:https': https,
  'node:net': net,
  'node:tls': tls,
  'node:worker_threads': workers,
};

/** Functions of those modules that reach nowhere. */
const harmless = new Set([
  ...['isIP', 'isIPv4', 'isIPv6', 'validateHeaderName', 'validateHeaderValue', 'isMainThread', 'checkServerIdentity'],
  ...['getDefaultSettings', 'getPackedSettings', 'getUnpackedSettings', 'getCiphers', 'createSecureContext'],
  ...['_toUnixTimestamp', 'toUnixTimestamp', 'structuredClone', 'markAsUntransferable', 'isMarkedAsUntransferable'],
]);

function forbid(module: string, owner: object): void {
  for (const [name, value] of Object.entries(owner)) {
    const isClass = /^[A-Z]/.test(name);
    if (typeof value !== 'function' || harmless.has(name) || isClass) continue;
    inside(owner, name, (life, original, ...args) => {
      // Whoever imports a module inside of a run has Node read it.
      if (isLoading()) return original(...args);
      throw refused(life, `${module}.${name}`);
    });
  }
}

function isLoading(): boolean {
  return /node:internal\/modules\/(cjs|esm|package_json_reader|run_main)/.test(new Error('where').stack ?? '');
}

/** Code of a dead process is no news. */
function refused(life: Life, what: string): unknown {
  if (!life.alive) return never();
  const error = new SimulationError(
    'REAL_IO',
    `${what}: found a call of it in a simulated world, expected that everything outside goes through a service. Call it in service(…).call(…) of a service that the world answers for, or give the world a double of the step that does it.`,
  );
  life.refuse(error);
  return error;
}
