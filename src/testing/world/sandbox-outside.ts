/**
 * What reaches outside of the process: inside of a world, it is refused.
 *
 * Refused is whatever these modules have, but for what is known to reach nowhere: what a new Node adds to them is refused before
 * anybody has thought of it. Of classes, the methods are refused as well, because a job may use what was made before there was a
 * world: a database that its file has opened, a pool of connections.
 */

import { isAskedBy, loading, refused } from './refusal.ts';
import { guarded, insideRead } from './replacing.ts';

/** All of each module. */
export const outsideModules = [
  ...['child_process', 'cluster', 'dgram', 'dns', 'dns/promises', 'fs', 'fs/promises', 'http', 'http2', 'https'],
  ...['inspector', 'inspector/promises', 'net', 'node:sqlite', 'tls', 'trace_events', 'tty', 'wasi', 'worker_threads'],
];

/** What of those modules reaches nowhere. */
const harmless = new Set([
  ...['isIP', 'isIPv4', 'isIPv6', 'validateHeaderName', 'validateHeaderValue', 'isMainThread', 'checkServerIdentity'],
  ...['getDefaultSettings', 'getPackedSettings', 'getUnpackedSettings', 'getCiphers', 'createSecureContext'],
  ...['_toUnixTimestamp', 'toUnixTimestamp', 'structuredClone', 'markAsUntransferable', 'isMarkedAsUntransferable'],
  ...['markAsUncloneable', 'convertALPNProtocols', 'isatty', '_normalizeArgs', 'getEnvironmentData'],
  ...['BlockList', 'SocketAddress', 'SecureContext', 'Dirent', 'Stats', 'CloseEvent', 'MessageEvent', 'MessagePort'],
  ...['IncomingMessage', 'OutgoingMessage', 'ServerResponse', 'Http2ServerRequest', 'Http2ServerResponse'],
]);

/** Of other modules and of globals, what is named. */
const outsideNames: [owner: () => object | undefined, where: string, names: string[]][] = [
  [
    () => process,
    'process',
    [
      ...['kill', '_kill', 'abort', 'reallyExit', 'dlopen', 'execve', 'chdir', 'umask', 'send', 'disconnect'],
      ...['initgroups', 'setgroups', 'setegid', 'seteuid', 'setgid', 'setuid', 'loadEnvFile', 'openStdin'],
      ...['binding', '_linkedBinding', '_debugProcess', '_debugEnd'],
    ],
  ],
  [() => process.report, 'process.report', ['writeReport', 'getReport']],
  [() => globalThis, 'globalThis', ['WebSocket', 'EventSource', 'MessageChannel', 'BroadcastChannel']],
  [() => URL, 'URL', ['createObjectURL']],
  [() => loaded('module'), 'node:module', ['register']],
  [() => navigatorOf()?.locks?.constructor.prototype, 'LockManager', ['request', 'query']],
];

/** What there is one of in the process, and whoever reads it has it. */
const outsideThings: [owner: object, where: string, name: string][] = [
  [process, 'process', 'stdin'],
  [globalThis, 'globalThis', 'localStorage'],
];

export function installOutside(): void {
  /** Some are there under several names. */
  const forbidden = new Set<unknown>();
  for (const name of outsideModules) {
    const module = loaded(name);
    if (module) forbidAll(name.startsWith('node:') ? name : `node:${name}`, module, forbidden);
  }
  for (const [ownerOf, where, names] of outsideNames) {
    const owner = ownerOf() as Record<string, unknown> | undefined;
    for (const name of names) if (typeof owner?.[name] === 'function') forbid(where, owner, name);
  }
  for (const [owner, where, name] of outsideThings) {
    insideRead(owner, name, (life) => {
      throw refused(life, `${where}.${name}`);
    });
  }
}

/** A module of Node's; undefined where this Node has none of that name. What it says of itself at its loading is not our news. */
function loaded(name: string): object | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule(name);
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function forbidAll(module: string, owner: object, forbidden: Set<unknown>): void {
  for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
    // Of what is there only once it is read, classes matter; constants have warnings of their own.
    const found = get && /^[A-Z]\w*[a-z]/.test(name) ? get.call(owner) : value;
    if (typeof found !== 'function' || harmless.has(name)) continue;
    // One may be made of options alone; what matters is what it does then.
    if (name !== 'Agent') forbid(module, owner, name);
    if (/^[A-Z]/.test(name) && !forbidden.has(found)) forbidMethods(`${module}.${name}`, found.prototype);
    forbidden.add(found);
  }
}

/** Printing is let through. Read before there is a world: Node opens them when they are read for the first time. */
const printers: unknown[] = [process.stdout, process.stderr];

/** The classes of these, when they are pipes or terminals. */
const alsoPrints = /^node:(net\.(Socket|Stream)|tty\.WriteStream|tls\.TLSSocket)$/;

function forbidMethods(of: string, prototype: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof value !== 'function' || name === 'constructor') continue;
    if (!alsoPrints.test(of) || /^(connect|_writeGeneric)$/.test(name)) forbid(of, prototype, name);
  }
}

function forbid(where: string, owner: object, name: string): void {
  const reads = where.startsWith('node:fs') && /^(access|close|exists|fstat|lstat|open|read|realpath|stat)/.test(name);
  guarded(owner, name, (life, self) => {
    if (printers.includes(self)) return;
    if (reads && isAskedBy(loading)) return;
    throw refused(life, `${where}.${name}`);
  });
}

function navigatorOf(): { locks?: object } | undefined {
  return (globalThis as { navigator?: { locks?: object } }).navigator;
}
