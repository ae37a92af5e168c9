/**
 * Runs a program to its end: without a shell unless one was asked for, in a group of its own, so that all of it can be ended, with
 * what it prints read line by line.
 */
import type { Clock } from '../../clock.ts';
import type { CommandConfig } from '../../config/config.ts';
import { ClassifiedError, type Failure } from '../../policies/failure.ts';
import { endFailure, memoryFailure, type ProgramEnd } from '../../policies/program-end.ts';
import type { Child } from '../../processes/children.ts';
import { watchMemory } from '../../processes/memory-watch.ts';
import { type Listener, type OutputLines, outputLines, readToTheEnd } from '../../processes/output-lines.ts';
import { programObstacle } from './program-obstacle.ts';

export interface ProgramRun {
  /** Whose program it is: what is said of it begins with that. */
  name: string;
  command: CommandConfig;
  /** Its whole environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** Takes down what was started. */
  started: (pid: number) => StartedProgram;
  out: Listener;
  err: Listener;
  clock: Clock;
  signal: AbortSignal;
}

export interface StartedProgram {
  child: Child;
  /** Ends it with all that it has started. */
  end: () => Promise<unknown>;
}

/** How a program ended; or why it could not be started. */
interface Ended extends ProgramEnd {
  code?: string | undefined;
  message?: string;
}

/**
 * Resolves when it has ended with a success, and nothing is left of what it started.
 *
 * @returns how many lines it has printed on stdout
 * @throws {ClassifiedError} as its exit code says; the signal's reason once the whole tree has been told to end
 */
export async function runProgram(what: ProgramRun): Promise<number> {
  const { name, command, env, signal, clock } = what;
  const { execa } = await import('execa');
  const running = execa(command.program, command.args, {
    cwd: command.cwd,
    env,
    extendEnv: false,
    shell: command.shell,
    ...(command.stdin === undefined ? { stdin: 'ignore' } : { input: command.stdin }),
    buffer: false,
    reject: false,
    // A group of its own, so that all of it can be ended.
    detached: true,
    cleanup: false,
  });
  const exited = new Promise<Ended>((resolve) => {
    running.nodeChildProcess.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    // Whose output somebody else holds open has exited long before that.
    running.then(({ exitCode, code, shortMessage }) => {
      if (exitCode === undefined) resolve({ code, message: shortMessage ?? '' });
    });
  });
  const { pid } = running;
  const noted = pid === undefined ? undefined : what.started(pid);
  const end = () => noted?.end() ?? Promise.resolve();
  const stop = () => void end();
  const out = outputLines(running.stdout, what.out);
  const err = outputLines(running.stderr, what.err);
  const memory = watchMemory(noted?.child, command.memoryBytes, clock, stop);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ended = await exited;
    // Whatever it has left behind would go on for ever.
    await end();
    await readToTheEnd([out, err], clock);
    signal.throwIfAborted();
    if (memory.exceeded !== undefined)
      throw new ClassifiedError(memoryFailure(`${name}: its program`, memory.exceeded, command.memoryBytes ?? 0));
    refuse(what, ended, err);
    return out.count();
  } finally {
    memory.stop();
    signal.removeEventListener('abort', stop);
  }
}

/** What a program inherits and is given, with secrets in the clear. */
export function commandEnvironment(
  { inherit, env: own }: CommandConfig,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const inherited = inherit.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const given = [...own].map(([name, value]) => [name, typeof value === 'string' ? value : value.reveal()] as const);
  return Object.fromEntries([...inherited, ...given]);
}

function refuse({ name, command, env }: ProgramRun, ended: Ended, err: OutputLines) {
  const { exitCode, signal, code, message } = ended;
  if (!signal && typeof exitCode !== 'number')
    throw new ClassifiedError(notStarted(name, obstacleTo(command, env.PATH, code, message), code));
  const failure = endFailure(name, command.exitCodes, ended, err.tail());
  if (failure) throw new ClassifiedError(failure);
}

function obstacleTo(command: CommandConfig, path: string | undefined, code?: string, message = ''): string {
  const { program, shell } = command;
  if (code === 'EACCES') return `'${program}' may not be executed`;
  if (code !== 'ENOENT') return message;
  const script = shell ? message : `'${program}' is there, and what its first line names (#!) is not`;
  return programObstacle(command, path) ?? script;
}

function notStarted(name: string, why: string, code = 'UNSTARTED'): Failure {
  return { class: 'fatal', code, message: `${name}: its program could not be started: ${why}.` };
}
