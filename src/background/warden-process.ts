/**
 * The process of the warden: `node warden-process.js start …` runs `nightshift start …` and watches over it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../clock.ts';
import { silenceVariable, type WardenWord } from '../watchdog/warden.ts';
import { type Ward, watchOver } from './warden.ts';

const silenceMsDefault = 60_000;

const main = fileURLToPath(new URL(`../main${extname(import.meta.filename)}`, import.meta.url));
const silenceMs = Number(process.env[silenceVariable]) || silenceMsDefault;

function start(): Ward {
  const child = spawn(process.execPath, [...process.execArgv, main, ...process.argv.slice(2)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [silenceVariable]: String(silenceMs) },
  });
  return {
    heard: (listener) => child.on('message', (word: WardenWord) => listener(word)),
    signal: (signal) => child.kill(signal),
    ended: once(child, 'exit').then(([code]) => code as number | null),
  };
}

const warden = watchOver({
  clock: systemClock,
  silenceMs,
  start,
  say: (line) => console.error(`${new Date(systemClock.now()).toISOString()} nightshift: ${line}`),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => warden.stop(signal));
process.exitCode = await warden.ended;
