/**
 * The sandbox: inside of a simulated world, time, chance and the network are the world's, and anything else that reaches outside
 * of the process fails loudly.
 *
 * Whether code is inside is told by its asynchronous context, so a test runner and everything else in the same process go on as
 * they are.
 */
import { syncBuiltinESMExports } from 'node:module';
import { inside, restoreAll } from './replacing.ts';
import { installChance } from './sandbox-chance.ts';
import { installKeys } from './sandbox-keys.ts';
import { installMachine } from './sandbox-machine.ts';
import { installOutside } from './sandbox-outside.ts';
import { installTime } from './sandbox-time.ts';
import { installTimers } from './sandbox-timers.ts';
import { watchHandles } from './sandbox-watch.ts';
import { installWork } from './sandbox-work.ts';

let users = 0;
let stopWatching = () => {};

/** Puts the sandbox up, for one more world. Returns a function that takes it down, once the last world has done so. */
export function enterSandbox(): () => void {
  users += 1;
  if (users === 1) install();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    users -= 1;
    if (users > 0) return;
    stopWatching();
    restoreAll();
  };
}

function install(): void {
  installTime();
  installTimers();
  installChance();
  installWork();
  installKeys();
  installMachine();
  inside(globalThis, 'fetch', (life, _, input, init) => life.fetch(input as never, init as never));
  installOutside();
  stopWatching = watchHandles();
  syncBuiltinESMExports();
}
