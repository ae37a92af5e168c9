/**
 * The programs of a simulated world: what a command engine starts behaves as it is told, and is judged as a real one is.
 */
import type { Clock } from '../../clock.ts';
import type { CommandConfig } from '../../config/config.ts';
import type { RunLog } from '../../config/run-scope.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import { endFailure, memoryFailure } from '../../policies/program-end.ts';
import type { ProgramBehaviour } from '../faults/fault.ts';

/** How the program of an engine behaves when it is started, for the nth time, from 1. */
export type ProgramModel = (start: { nth: number; lastGood: unknown }) => ProgramBehaviour;

export interface ProgramStart {
  engine: string;
  command: CommandConfig;
  behaviour: ProgramBehaviour;
  log: RunLog;
  signal: AbortSignal;
}

/** How long a program may take to end after it was asked to, as `processes/end-tree` has it. */
const graceMs = 5_000;
const lookMs = 1_000;

/** Resolves with what it wrote, or how many lines it printed. @throws as `runCommand` */
export async function runProgram(
  { engine, command, behaviour, log, signal }: ProgramStart,
  clock: Clock,
): Promise<unknown> {
  const { runsMs = 1_000, exitCode = 0, lines = 1, output, ignoresSigterm = false, leaksPerSecond = 0 } = behaviour;
  let wakes: () => void = () => {};
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      wakes = () => {
        cancel();
        resolve();
      };
    });
  const abort = () => wakes();
  signal.addEventListener('abort', abort, { once: true });
  const since = clock.monotonic();
  let held = 0;
  try {
    while (clock.monotonic() - since < runsMs && !signal.aborted) {
      await wait(Math.min(lookMs, runsMs - (clock.monotonic() - since)));
      held = (leaksPerSecond * (clock.monotonic() - since)) / 1_000;
      if (command.memoryBytes !== undefined && held > command.memoryBytes) {
        if (ignoresSigterm) await wait(graceMs);
        throw new ClassifiedError(memoryFailure(`${engine}: its program`, held, command.memoryBytes));
      }
    }
    if (signal.aborted) {
      if (ignoresSigterm) await wait(graceMs);
      signal.throwIfAborted();
    }
    for (let line = 1; line <= lines; line++) log.info({ line: `line ${line}` }, 'command.out');
    const ended = behaviour.signal === undefined ? { exitCode } : { exitCode: null, signal: behaviour.signal };
    const failure = endFailure(engine, command.exitCodes, ended, '');
    if (failure) throw new ClassifiedError(failure);
    return output === undefined ? lines : output;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
