/**
 * A measurement in a process of its own, so that none disturbs the next.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../src/clock.ts';

export interface Told<Result> {
  /** What the process wrote, as JSON in one line. */
  result: Result;
  /** From its start, seen from outside, to that line, in milliseconds. */
  ms: number;
}

/** Runs a script of `measures/`. @throws when it ends without a word */
export function measure<Result>(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Told<Result>> {
  return inProcess([...process.execArgv, join(import.meta.dirname, 'measures', `${name}.ts`), ...args], env);
}

/** What Node itself takes to start and say something. */
export async function bareStartMs(): Promise<number> {
  return (await inProcess(['--eval', "console.log('{}')"], {})).ms;
}

async function inProcess<Result>(args: string[], env: NodeJS.ProcessEnv): Promise<Told<Result>> {
  const startedAt = systemClock.monotonic();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let told: Told<Result> | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    told = { ms: systemClock.monotonic() - startedAt, result: JSON.parse(line) as Result };
  }
  await ended;
  if (!told) throw new Error(`${args.join(' ')} ended with ${child.exitCode} and without a result`);
  return told;
}
