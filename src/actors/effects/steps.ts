/**
 * Steps: the named, checkpointed parts of a run. Work that is on disk is never done again.
 */
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/config.ts';
import { alternatives, found } from '../../config/found.ts';
import { nearest } from '../../config/nearest.ts';
import type { Step, StepOptions, StepScope } from '../../config/run-scope.ts';
import type { Json } from '../../json.ts';
import { classify } from '../../policies/classify.ts';
import { parseDuration } from '../../policies/duration.ts';
import { type EngineContext, hasTriesLeft } from '../../policies/engine.ts';
import { ClassifiedError, type Failure } from '../../policies/failure.ts';
import { closedCode } from '../../policies/hold.ts';
import type { Run } from '../../policies/run.ts';
import { isOpen, nextOpening } from '../../policies/window.ts';
import { type EffectScope, gaveWay } from '../host.ts';
import { plainJson } from './plain-json.ts';
import type { ServedBy } from './served-by.ts';
import { placeKey, within } from './step-place.ts';
import { TimedOut, withTimeout } from './with-timeout.ts';

type Windows = Config['windows'];

export interface StepPorts {
  clock: Clock;
  windows: Windows;
  /** Looks after work that has begun, as in `the step 'render'`: it may go on after it was told to stop. */
  watch: (work: Promise<unknown>, signal: AbortSignal, what: string) => void;
}

const checkpointBytesMax = 256 * 1024;
const nameLengthMax = 200;

/**
 * The `step` function of one start of one run, and the steps that are under way: whoever returns before they are over
 * has forgotten to wait for them.
 */
export function stepsOf(
  scope: EffectScope,
  engine: string,
  served: ServedBy,
  { clock, windows, watch }: StepPorts,
): { step: Step; unfinished: Set<string> } {
  const used = new Set<string>();
  const unfinished = new Set<string>();

  const step = async (
    name: string,
    work: (scope: StepScope) => unknown,
    options: StepOptions = {},
  ): Promise<unknown> => {
    refuseBadName(engine, name, used);
    if (scope.hasSecret(name))
      throw bug(
        'STEP_NAME_SECRET',
        `${engine}: found a secret in the name of a step, expected none, for it is kept on disk.`,
      );
    refuseMisuse(engine, name, work, options, windows);
    used.add(name);
    return under(name, () => result(name, work, options));
  };

  async function result(name: string, work: (scope: StepScope) => unknown, options: StepOptions): Promise<unknown> {
    const run = runOf(scope);
    if (Object.hasOwn(run.steps, name)) return run.steps[name];
    if (run.skipped.includes(name)) return undefined;
    scope.draining.throwIfAborted();
    refuseClosed(engine, name, options.window, windows, clock.now());
    const once = options.onInterrupted === 'fail';
    if (once && run.begun.includes(name)) throw interrupted(engine, name);
    if (once) await scope.send({ type: 'step.begun', step: name } as never);
    const begunAt = clock.monotonic();
    let output: Json;
    try {
      output = stepOutput(engine, name, await attempt(run, name, work, options), scope.hasSecret);
    } catch (error) {
      scope.signal.throwIfAborted();
      if (gaveWay(scope, error)) throw error;
      // Nobody knows whether it still gets there.
      if (once && error instanceof TimedOut) throw interrupted(engine, name);
      const failure = classify(error, clock.now());
      if (options.whenDown === 'skip' && isDown(failure, scope)) {
        await scope.send({ type: 'step.skipped', step: name } as never);
        return undefined;
      }
      if (once) await scope.send({ type: 'step.failed', step: name } as never);
      const stepMs = clock.monotonic() - begunAt;
      // One within it that failed has said so already.
      const where = failure.step === undefined ? { step: name, stepMs } : {};
      throw new ClassifiedError({ ...failure, ...where }, { cause: error });
    }
    const durationMs = clock.monotonic() - begunAt;
    await scope.send({ type: 'step.completed', step: name, output, durationMs, ...served.take() } as never);
    return output;
  }

  async function kept(name: string, value: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!unfinished.has(name)) {
      const late = `${engine}: the checkpoint of the step '${name}' came after its end. Write await before it.`;
      throw bug('CHECKPOINT_LATE', late);
    }
    const progress = stepProgress(engine, name, value, scope.hasSecret);
    await scope.send({ type: 'step.progressed', step: name, progress } as never);
    signal.throwIfAborted();
  }

  async function under<T>(name: string, work: () => Promise<T>): Promise<T> {
    unfinished.add(name);
    try {
      return await work();
    } finally {
      unfinished.delete(name);
    }
  }

  function attempt(run: Run, name: string, work: (scope: StepScope) => unknown, { timeout }: StepOptions) {
    const idempotencyKey = placeKey(run.id, name);
    const { attempt, progress } = run;
    const resume = progress && Object.hasOwn(progress, name) ? structuredClone(progress[name]) : undefined;
    const begin = (signal: AbortSignal) => {
      const checkpoint = (value: unknown) => kept(name, value, signal);
      const working = within(idempotencyKey, async () => work({ signal, idempotencyKey, attempt, checkpoint, resume }));
      watch(working, signal, `the step '${name}'`);
      return working;
    };
    return withTimeout(clock, scope.signal, timeoutMs(engine, name, timeout), `${engine}: the step '${name}'`, begin);
  }

  return { step: step as Step, unfinished };
}

type HasSecret = (text: string) => boolean;

/** What a step returned, as it is kept. @throws as {@link plainJson} */
export function stepOutput(engine: string, name: string, output: unknown, hasSecret: HasSecret): Json {
  return plainJson(output, `${engine}: what the step '${name}' returned`, checkpointBytesMax, hasSecret);
}

/** A checkpoint within a step, as it is kept. @throws as {@link plainJson} */
export function stepProgress(engine: string, name: string, progress: unknown, hasSecret: HasSecret): Json {
  return plainJson(progress, `${engine}: the checkpoint of the step '${name}'`, checkpointBytesMax, hasSecret);
}

/**
 * Whether a failure says that a service is down, as far as the run can tell. One that will be tried again may have been a moment's; a closed
 * window is no failure, and everybody's trouble would not leave the rest of the run in peace.
 */
function isDown({ class: name, code, service, token }: Failure, scope: EffectScope): boolean {
  const isTokens = name === 'shared' && token !== undefined;
  const isLast = !hasTriesLeft(scope.read().context as unknown as EngineContext);
  const isGivenUp = name === 'recoverable' && service !== undefined && isLast;
  return (name === 'degraded' && code !== closedCode) || isTokens || isGivenUp;
}

function runOf(scope: EffectScope): Run {
  return (scope.read().context as unknown as EngineContext).run as Run;
}

function timeoutMs(engine: string, name: string, timeout: string | number | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  const ms = typeof timeout === 'number' ? timeout : parseDuration(timeout);
  if (ms !== null && Number.isFinite(ms) && ms > 0) return ms;
  throw bug(
    'STEP_TIMEOUT_INVALID',
    `${engine}: the timeout of the step '${name}': found '${timeout}', expected a length such as '90s'.`,
  );
}

function refuseBadName(engine: string, name: unknown, used: ReadonlySet<string>) {
  if (typeof name !== 'string' || name === '' || name.length > nameLengthMax) {
    throw bug(
      'STEP_NAME_INVALID',
      `${engine}: found a step named ${JSON.stringify(name)}, expected a text of 1 to ${nameLengthMax} characters.`,
    );
  }
  if (used.has(name)) {
    throw bug(
      'STEP_NAME_TWICE',
      `${engine}: found the step '${name}' twice in one run, expected each name once, because its result is kept by name. In a loop, put the item into the name.`,
    );
  }
}

const optionNames = ['timeout', 'window', 'whenDown', 'onInterrupted'] as const satisfies (keyof StepOptions)[];
const choices = { whenDown: ['skip'], onInterrupted: ['retry', 'fail'] } as const;

/** The run is held until the window opens, and comes back to this step. */
function refuseClosed(engine: string, name: string, window: string | undefined, windows: Windows, at: number) {
  if (window === undefined) return;
  const hours = windows.get(window);
  if (!hours || isOpen(hours, at)) return;
  const message = `${engine}: the step '${name}' waits for the window '${window}', which is closed.`;
  throw new ClassifiedError({
    class: 'degraded',
    code: closedCode,
    message,
    step: name,
    window,
    until: nextOpening(hours, at),
  });
}

function refuseUnknownWindow(step: string, window: unknown, windows: Windows) {
  if (window === undefined || (typeof window === 'string' && windows.has(window))) return;
  const names = [...windows.keys()];
  const near = typeof window === 'string' ? nearest(window, names) : undefined;
  const expected =
    names.length > 0 ? `one of the windows: ${alternatives(names)}` : 'one of the windows, of which there are none';
  const hint = near ? ` Did you mean '${near}'?` : ' Add it under windows in the config.';
  throw bug('STEP_OPTION_INVALID', `${step}: found window: ${found(window)}, expected ${expected}.${hint}`);
}

/** @throws {ClassifiedError} of class bug, for work that is none and options that there are not */
export function refuseMisuse(engine: string, name: string, work: unknown, options: unknown, windows: Windows) {
  const step = `${engine}: the step '${name}'`;
  if (typeof work !== 'function') {
    throw bug(
      'STEP_WITHOUT_WORK',
      `${step}: found ${found(work)} as its work, expected a function: step(name, () => …).`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw bug('STEP_OPTION_INVALID', `${step}: found ${found(options)} as its options, expected an object.`);
  }
  refuseUnknownWindow(step, (options as StepOptions).window, windows);
  for (const [option, value] of Object.entries(options)) {
    if (!optionNames.some((known) => known === option)) {
      const near = nearest(option, optionNames);
      const hint = near ? ` Did you mean '${near}'?` : '';
      throw bug(
        'STEP_OPTION_INVALID',
        `${step}: found the unknown option '${option}', expected ${alternatives(optionNames)}.${hint}`,
      );
    }
    const allowed: readonly string[] | undefined =
      option in choices ? choices[option as keyof typeof choices] : undefined;
    if (value === undefined || !allowed || allowed.includes(value)) continue;
    throw bug('STEP_OPTION_INVALID', `${step}: found ${option}: ${found(value)}, expected ${alternatives(allowed)}.`);
  }
}

function interrupted(engine: string, name: string) {
  return bug(
    'STEP_INTERRUPTED',
    `${engine}: the step '${name}' was cut off in the middle, and must not be done twice (onInterrupted: 'fail'). Look whether it happened; the next run begins afresh.`,
  );
}

function bug(code: string, message: string) {
  return new ClassifiedError({ class: 'bug', code, message });
}
