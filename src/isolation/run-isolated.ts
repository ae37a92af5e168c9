/**
 * Runs a job in a process of its own: a leak, an endless loop or a native crash in it costs that run alone.
 *
 * The process has the job's code and nothing else. What the job does through its scope comes back here, where the steps are kept
 * and the calls are guarded as for any other job.
 */
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { createBirpc } from 'birpc';
import type { GuardedClient } from '../actors/effects/guarded-call.ts';
import type { CallNotes } from '../actors/effects/http-call.ts';
import { within } from '../actors/effects/step-place.ts';
import type { Clock } from '../clock.ts';
import type { EngineConfig } from '../config/config.ts';
import type { RunScope, StepScope } from '../config/run-scope.ts';
import type { Json } from '../json.ts';
import { ClassifiedError, type Failure } from '../policies/failure.ts';
import { memoryFailure } from '../policies/program-end.ts';
import { type Children, markName, newMark } from '../processes/children.ts';
import { watchMemory } from '../processes/memory-watch.ts';
import { outputLines, readToTheEnd } from '../processes/output-lines.ts';
import { ErrorsAcross } from './errors-across.ts';
import type { Answer, RunSide, ServiceSide } from './protocol.ts';

export interface IsolationPorts {
  clock: Clock;
  children: Children;
  env: NodeJS.ProcessEnv;
  /** The config file, which the process loads. */
  configFile: string;
  /** What of an error may leave this process. */
  explain: (error: unknown) => Failure;
  /** The run gave a sign of life. */
  alive: () => void;
}

/** What a job is given, with clients that tell what the guard wants to hear. */
export interface IsolatedScope extends RunScope {
  service(name: string): GuardedClient;
}

/** Of so many calls it is remembered whom to tell when their answers break off: more are never read at once. */
const callsMax = 1_000;
/** How long the process may take to say that it has heard of an abort. One that computes for ever hears nothing. */
const patienceMs = 5_000;
const entry = new URL(`./run-process${extname(import.meta.filename)}`, import.meta.url);

/**
 * Resolves with what the run returned, held against what the engine says of its output.
 *
 * @throws what the run threw; {@link ClassifiedError} for how its process ended before that; the signal's reason once the process
 *   has ended, with everything that it has started
 */
export async function runIsolated(engine: EngineConfig, scope: IsolatedScope, ports: IsolationPorts): Promise<Json> {
  const { clock, children, configFile, alive } = ports;
  const { runId, signal, log } = scope;
  // An attempt before this one may be ending still.
  await children.ended(runId);
  signal.throwIfAborted();
  const mark = newMark(runId);
  const child = fork(entry, {
    env: { ...environmentOf(ports.env, runId), [markName]: mark },
    execArgv: process.execArgv.filter((flag) => !flag.startsWith('--inspect')),
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own, so that all of it can be ended.
    detached: true,
  });
  const exited = Promise.withResolvers<Ended>();
  child.once('error', exited.reject);
  child.once('exit', (code, signal) => exited.resolve({ code, signal }));
  const { pid } = child;
  const noted = pid === undefined ? undefined : children.note(pid, { engine: engine.id, run: runId, mark });

  const leftOut = (stream: string) => (count: number) => log.warn({ stream, count }, 'run.lines.left.out');
  // Both are pipes: see stdio.
  const { stdout, stderr } = child as typeof child & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream };
  const out = outputLines(stdout as never, {
    line: (line) => log.info({ line }, 'run.out'),
    leftOut: leftOut('stdout'),
    alive,
  });
  const err = outputLines(stderr as never, {
    line: (line) => log.warn({ line }, 'run.err'),
    leftOut: leftOut('stderr'),
    alive,
  });

  let ending: Promise<unknown> | undefined;
  // Once only: whatever has the pid later is no part of this.
  const ended = () => {
    ending ??= (noted ? children.end(noted) : Promise.resolve()).then(() => readToTheEnd([out, err], clock));
    return ending;
  };
  const full = Promise.withResolvers<never>();
  full.promise.catch(() => {});
  const memoryBytes = engine.isolation?.memoryBytes;
  const memory = watchMemory(noted, memoryBytes, clock, () => {
    // Before it is told to end: a job that heeds that fails as well, and not by this.
    full.reject(new ClassifiedError(memoryFailure(`${engine.id}: its run`, memory.exceeded ?? 0, memoryBytes ?? 0)));
    void ended();
  });
  const died = exited.promise.then(async (how) => {
    await ended();
    signal.throwIfAborted();
    throw new ClassifiedError(deathOf(engine.id, how, err.tail()));
  });
  died.catch(() => {});

  const errors = new ErrorsAcross(ports.explain);
  const deaf = Promise.withResolvers<never>();
  deaf.promise.catch(() => {});
  const remote = createBirpc<RunSide, ServiceSide>(serviceSide(), {
    post: (message) => child.connected && child.send(message),
    on: (hear) => child.on('message', hear),
    // What is under way may take as long as its own limits say.
    timeout: -1,
  });

  function serviceSide(): ServiceSide {
    const steps = new Map<number, StepScope>();
    const calls = new Map<number, CallNotes>();
    return {
      step: (name, options, work) =>
        errors.answer(() =>
          scope.step(
            name as string,
            async (step) => {
              const { signal, idempotencyKey, attempt, resume } = step;
              steps.set(work, step);
              const begin = () => remote.step(work, { idempotencyKey, attempt, resume });
              return heeding(work, signal, begin, name as string);
            },
            options,
          ),
        ),
      checkpoint: (work, progress) => errors.answer(async () => steps.get(work)?.checkpoint(progress)),
      call: (service, key, work) =>
        errors.answer(() =>
          within(key, () =>
            scope.service(service).call(async ({ signal, ...call }, notes) => {
              calls.set(work, notes);
              calls.delete(work - callsMax);
              await heeding(work, signal, () => remote.call(work, call));
            }),
          ),
        ),
      headers: (work, headers) => calls.get(work)?.headers(new Headers(headers)),
      failedLate: (work, thrown) => void calls.get(work)?.failedLate(errors.in(thrown)),
      log: (level, line) => (log[level] as (...line: unknown[]) => void)(...line),
    };
  }

  /** Work over there, which hears of an abort. A process that does not even take that in stands still, and is given up. */
  async function heeding<T>(
    work: number,
    signal: AbortSignal,
    begin: () => Promise<Answer<T>>,
    step?: string,
  ): Promise<T> {
    const abort = () => {
      const { reason } = signal;
      const cancel = clock.after(patienceMs, () => deaf.reject(stoodStill(ports.explain(reason), step, reason)));
      remote.abort(work, errors.out(reason)).then(cancel, cancel);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return errors.taken(await begin());
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  const stop = () => {
    remote.abort.asEvent(null, errors.out(signal.reason)).catch(() => {});
    void ended();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const run = remote.run({
      config: configFile,
      engine: engine.id,
      run: runId,
      dueAt: scope.dueAt,
      lastGood: scope.lastGood as Json,
    });
    return errors.taken(await Promise.race([run, died, deaf.promise, full.promise]));
  } finally {
    signal.removeEventListener('abort', stop);
    memory.stop();
    // Whatever it has left behind would go on for ever.
    await ended();
    remote.$close();
  }
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** It is the job's own code, so it sees what the service sees; but not the key of the vault. */
function environmentOf(env: NodeJS.ProcessEnv, run: string): NodeJS.ProcessEnv {
  const { NIGHTSHIFT_KEY, ...rest } = env;
  return { ...rest, NIGHTSHIFT_RUN_ID: run };
}

function deathOf(engine: string, { code, signal }: Ended, tail: string): Failure {
  const said = tail ? ` It said: ${tail}` : '';
  if (signal) {
    const message = `${engine}: the process of its run was ended by ${signal}.${said}`;
    return { class: 'recoverable', code: `SIGNAL_${signal}`, message };
  }
  const message = `${engine}: the process of its run ended with the exit code ${code}, before the run was over.${said}`;
  return { class: 'bug', code: 'PROCESS_EXIT', message };
}

function stoodStill(failure: Failure, step: string | undefined, cause: unknown): ClassifiedError {
  return new ClassifiedError({ ...failure, ...(step !== undefined && { step }) }, { cause });
}
