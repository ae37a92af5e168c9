/**
 * The machine inside of a world: it has a name, a number for each process and one processor. What a real one says of its own
 * load and memory is refused, because it is another at each look.
 */
import os from 'node:os';
import v8 from 'node:v8';
import vm from 'node:vm';
import type { Life } from './life.ts';
import { isAskedBy, refused } from './refusal.ts';
import { guarded, inside, insideRead } from './replacing.ts';

/** What is another at each look, or on each machine. */
const looks: [owner: object, where: string, names: string[]][] = [
  [
    os,
    'node:os',
    ['loadavg', 'freemem', 'totalmem', 'cpus', 'networkInterfaces', 'userInfo', 'getPriority', 'setPriority'],
  ],
  [process, 'process', ['memoryUsage', 'cpuUsage', 'threadCpuUsage', 'resourceUsage', 'availableMemory']],
  [
    v8,
    'node:v8',
    [
      ...['getHeapSnapshot', 'getHeapStatistics', 'getHeapSpaceStatistics', 'getHeapCodeStatistics'],
      ...[
        'getCppHeapStatistics',
        'writeHeapSnapshot',
        'takeCoverage',
        'stopCoverage',
        'startCpuProfile',
        'queryObjects',
      ],
      ...['setHeapSnapshotNearHeapLimit', 'GCProfiler'],
    ],
  ],
  // Another realm has a clock and a chance of its own.
  [vm, 'node:vm', ['createContext', 'runInContext', 'runInNewContext', 'measureMemory']],
  [vm.Script.prototype, 'node:vm.Script', ['runInContext', 'runInNewContext']],
];

/** Node itself makes a realm to have regular expressions that nobody has changed. */
const ofItsOwn = /node:internal\/util:/;

export function installMachine(): void {
  for (const [owner, where, names] of looks) {
    for (const name of names) {
      if (!(name in owner)) continue;
      guarded(owner, name, (life) => {
        if (isAskedBy(ofItsOwn)) return;
        throw refused(life, `${where}.${name}`);
      });
    }
  }
  inside(os, 'hostname', () => 'world');
  inside(os, 'availableParallelism', () => 1);
  inside(os, 'uptime', ({ clock }) => clock.monotonic() / 1e3);
  insideRead(process, 'pid', ({ number }: Life) => 1_000 + number);
  insideRead(process, 'ppid', () => 1);
  const { navigator } = globalThis as { navigator?: object };
  if (navigator) insideRead(Object.getPrototypeOf(navigator), 'hardwareConcurrency', () => 1);
}
