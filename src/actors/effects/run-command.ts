/**
 * Runs a command engine: any program, started without a shell, in a group of its own, with a folder for what it wants to
 * keep between attempts.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import type { CommandConfig } from '../../config/config.ts';
import type { RunLog } from '../../config/run-scope.ts';
import type { Json } from '../../json.ts';
import { FileKindError, textOf } from '../../persistence/file-kind.ts';
import { ClassifiedError } from '../../policies/failure.ts';
import type { Run } from '../../policies/run.ts';
import { formatSize } from '../../policies/size.ts';
import { type Children, markName, newMark } from '../../processes/children.ts';
import { commandEnvironment, runProgram } from './program.ts';
import { placeKey } from './step-place.ts';

export interface CommandPorts {
  clock: Clock;
  children: Children;
  /** Where runs have their folders. */
  folder: string;
  env: NodeJS.ProcessEnv;
}

export interface CommandRun {
  engine: string;
  command: CommandConfig;
  run: Run;
  lastGood: Json;
  log: RunLog;
  signal: AbortSignal;
  /** It gave a sign of life. */
  alive: () => void;
}

const outputBytesMax = 256 * 1_024;

/**
 * Resolves with what the program has written as JSON to the file that `NIGHTSHIFT_OUTPUT` names, or else with the number of lines
 * it has printed.
 *
 * @throws {ClassifiedError} as its exit code says; the signal's reason once the whole tree has been told to end
 */
export async function runCommand(what: CommandRun, ports: CommandPorts): Promise<Json> {
  const { engine, command, run, log, signal, alive } = what;
  // An attempt before this one may be ending still.
  await ports.children.ended(run.id);
  signal.throwIfAborted();
  const folder = folderOf(engine, run.id, ports.folder);
  const files = filesIn(folder, what);
  const mark = newMark(run.id);
  const lines = await runProgram({
    name: engine,
    command,
    env: { ...environmentOf(what, files, ports.env), [markName]: mark },
    started: (pid) => {
      const child = ports.children.note(pid, { engine, run: run.id, mark });
      return { child, end: () => ports.children.end(child) };
    },
    out: { line: (line) => log.info({ line }, 'command.out'), leftOut: leftOut(log, 'stdout'), alive },
    err: { line: (line) => log.warn({ line }, 'command.err'), leftOut: leftOut(log, 'stderr'), alive },
    clock: ports.clock,
    signal,
  });
  const output = outputOf(engine, files.output) ?? lines;
  rmSync(folder, { recursive: true, force: true });
  return output;
}

interface Files {
  checkpoint: string;
  output: string;
  lastGood: string;
}

/** What earlier runs have left is of no use any more. */
function folderOf(engine: string, run: string, root: string): string {
  const ofEngine = join(root, engine);
  mkdirSync(ofEngine, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(ofEngine))
    if (name !== run) rmSync(join(ofEngine, name), { recursive: true, force: true });
  const folder = join(ofEngine, run);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function filesIn(folder: string, { lastGood }: CommandRun): Files {
  const files = {
    checkpoint: join(folder, 'checkpoint'),
    output: join(folder, 'output.json'),
    lastGood: join(folder, 'last-good.json'),
  };
  // The attempt before may have left there what is no file, and would never take what is written.
  for (const file of [files.output, files.lastGood]) rmSync(file, { recursive: true, force: true });
  if (lastGood !== null) writeFileSync(files.lastGood, JSON.stringify(lastGood), { mode: 0o600 });
  return files;
}

function environmentOf({ engine, command, run, lastGood }: CommandRun, files: Files, env: NodeJS.ProcessEnv) {
  return {
    ...commandEnvironment(command, env),
    NIGHTSHIFT_ENGINE: engine,
    NIGHTSHIFT_RUN_ID: run.id,
    NIGHTSHIFT_DUE_AT: new Date(run.dueAt).toISOString(),
    NIGHTSHIFT_ATTEMPT: String(run.attempt),
    NIGHTSHIFT_IDEMPOTENCY_KEY: placeKey(run.id, null),
    NIGHTSHIFT_CHECKPOINT: files.checkpoint,
    NIGHTSHIFT_OUTPUT: files.output,
    ...(lastGood !== null && { NIGHTSHIFT_LAST_GOOD: files.lastGood }),
  };
}

function outputOf(engine: string, file: string): Json | undefined {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  const what = `${engine}: what its program wrote to NIGHTSHIFT_OUTPUT`;
  if (size > outputBytesMax) {
    const message = `${what}: found ${formatSize(size)}, expected at most ${formatSize(outputBytesMax)}.`;
    throw new ClassifiedError({ class: 'bug', code: 'OUTPUT_INVALID', message });
  }
  try {
    return JSON.parse(textOf(file)) as Json;
  } catch (cause) {
    const message = `${what}: found ${wordsFor(cause, size)}, expected JSON.`;
    throw new ClassifiedError({ class: 'bug', code: 'OUTPUT_INVALID', message }, { cause });
  }
}

function wordsFor(error: unknown, size: number): string {
  if (error instanceof FileKindError) return 'something that is no file';
  return size === 0 ? 'nothing' : 'something that is not JSON';
}

function leftOut(log: RunLog, stream: string) {
  return (count: number) => log.warn({ stream, count }, 'command.lines.left.out');
}
