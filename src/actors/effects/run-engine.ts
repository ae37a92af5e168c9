/**
 * Runs an engine: calls the job's own function with steps that are kept and services that are guarded.
 *
 * Progress is read from the actor, never from the input, which is that of the effect's first start: a runner
 * that went by its input would do finished steps again after a crash.
 */
import { type Config, type EngineConfig, everyRun } from '../../config/config.ts';
import type { RunLog } from '../../config/run-scope.ts';
import type { IsolatedScope } from '../../isolation/run-isolated.ts';
import type { Json } from '../../json.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { ClassifiedError, type Failure } from '../../policies/failure.ts';
import { closedCode, everybodysTrouble, isShut, windowHold } from '../../policies/hold.ts';
import type { Run } from '../../policies/run.ts';
import type { Address } from '../../stream.ts';
import { type EffectRunner, type EffectScope, gaveWay } from '../host.ts';
import type { Slots } from '../slots.ts';
import type { Troubles } from '../troubles.ts';
import { reportAbandoned } from './abandonment.ts';
import { fallbackService } from './fallback-call.ts';
import { type CallPorts, type GuardedClient, guardedService } from './guarded-call.ts';
import { ProgressWatch } from './progress-watch.ts';
import type { CommandPorts } from './run-command.ts';
import { runOutput } from './run-output.ts';
import { ServedBy } from './served-by.ts';
import { placeKey, within } from './step-place.ts';
import { stepsOf } from './steps.ts';
import { unknownService } from './unknown-service.ts';

export interface RunPorts extends CallPorts {
  engines: ReadonlyMap<string, EngineConfig>;
  services: Config['services'];
  fallbacks: Config['fallbacks'];
  limits: Config['limits'];
  slots: Slots;
  troubles: Troubles;
  commands: CommandPorts;
  /** The config file, absolute: isolated runs load it. */
  configFile: string;
  windows: Config['windows'];
  /** A log whose lines carry the engine and the run. */
  logOf: (engine: string, runId: string) => RunLog;
}

/** The effect behind the engine chart's `runEngine`. Ends with the run's output, as plain JSON. */
export function runEngine(ports: RunPorts): EffectRunner {
  return async (scope: EffectScope): Promise<Json> => {
    const context = scope.read().context as unknown as EngineContext;
    const { id } = context;
    const engine = ports.engines.get(id);
    if (!engine) throw new ClassifiedError(unconfigured(id));
    refuseShut(context, ports.clock.now());
    const { address, signal } = scope;
    const { limits = [] } = engine;
    const full = ports.slots.take(address, limits);
    if (full !== null) throw new ClassifiedError(limitReached(id, full, ports.limits.get(full) ?? 0));
    // A job that does not stop when it is told to must not keep others from theirs.
    const release = () => ports.slots.release(address);
    signal.addEventListener('abort', release, { once: true });
    try {
      const output = await attempt(engine, scope, ports);
      ports.troubles.gotOn(address);
      return output;
    } catch (error) {
      if (!signal.aborted && !gaveWay(scope, error)) noteTrouble(scope.explain(error), address, ports.troubles);
      throw error;
    } finally {
      signal.removeEventListener('abort', release);
      release();
    }
  };
}

/** Whoever comes back after an outage, or a little late, may find that the hours in which it may run are over. */
function refuseShut(context: EngineContext, at: number) {
  if (!isShut(context, at)) return;
  const { id, settings } = context;
  const message = `${id}: its window '${settings.windowName}' is closed.`;
  const { until } = windowHold(context, at);
  throw new ClassifiedError({ class: 'degraded', code: closedCode, message, until });
}

/** Whoever fails otherwise than by everybody's trouble has got past it. */
function noteTrouble(failure: Failure, who: Address, troubles: Troubles) {
  const trouble = everybodysTrouble(failure);
  if (trouble === null) troubles.gotOn(who);
  else troubles.met(trouble, who);
}

async function attempt(engine: EngineConfig, scope: EffectScope, ports: RunPorts): Promise<Json> {
  const { id } = engine;
  const { run, lastGood } = scope.read().context as unknown as EngineContext & { run: Run };
  const { clock } = ports;
  const progress = new ProgressWatch(clock, engine.progressWithinMs, `${id}: the run`);
  const log = progress.logging(ports.logOf(id, run.id));
  const served = new ServedBy(run);
  const noting: EffectScope = {
    ...scope,
    async send(event) {
      await scope.send(event).finally(progress.note);
      if (event.type === 'step.completed') ports.troubles.gotOn(scope.address);
    },
  };
  const note = (what: string) => scope.tell(scope.address, { type: 'work.abandoned', run: run.id, what } as never);
  const watch = (work: Promise<unknown>, signal: AbortSignal, what: string) => {
    // What goes on in a process of its own ends with that.
    if (!engine.isolation) reportAbandoned(work, signal, what, { clock, log, quiet: scope.draining, note });
  };
  const { step, unfinished } = stepsOf(noting, id, served, { ...ports, watch });
  try {
    const output = await progress.orStalled(
      within(placeKey(run.id, null), async () => {
        if (engine.command) {
          const { command } = engine;
          const { runCommand } = await import('./run-command.ts');
          return runCommand(
            { engine: id, command, run, lastGood: lastGood as Json, log, signal: scope.signal, alive: progress.note },
            ports.commands,
          );
        }
        const given: IsolatedScope = {
          step,
          service: (name) => noted(serviceOf(name, id, scope, served, ports), progress.note),
          lastGood,
          runId: run.id,
          dueAt: run.dueAt,
          log,
          signal: scope.signal,
        };
        if (engine.isolation) {
          // Loaded by those who need it: every start would pay for it.
          const { runIsolated } = await import('../../isolation/run-isolated.ts');
          return runIsolated(engine, given, {
            ...ports.commands,
            clock,
            configFile: ports.configFile,
            explain: scope.explain,
            alive: progress.note,
          });
        }
        const work = engine.run?.(given);
        if (work instanceof Promise) watch(work, scope.signal, 'the run');
        return work;
      }),
    );
    if (unfinished.size > 0) throw new ClassifiedError(unawaited(id, [...unfinished]));
    const news = served.take();
    if (news.served ?? news.services) await scope.send({ type: 'service.served', ...news } as never);
    // An isolated run has been held against what its engine expects where its functions are.
    return await runOutput(engine.isolation ? { id } : engine, output, scope.hasSecret);
  } finally {
    progress.end();
  }
}

/** The client, each success of which is told. */
function heard({ fetch, call }: GuardedClient, used: () => void): GuardedClient {
  const told = <T>(answer: T): T => {
    used();
    return answer;
  };
  return {
    fetch: (path, init) => fetch(path, init).then(told),
    call: (work) => call(work).then(told),
  };
}

/** The client, each answer of which is a sign of progress. */
function noted({ fetch, call }: GuardedClient, note: () => void): GuardedClient {
  return {
    fetch: (path, init) => fetch(path, init).finally(note),
    call: (work) => call(work).finally(note),
  };
}

function serviceOf(name: string, engine: string, scope: EffectScope, served: ServedBy, ports: RunPorts): GuardedClient {
  const { services, fallbacks } = ports;
  const service = services.get(name);
  if (service) return heard(guardedService(service, scope, ports), () => served.used(name));
  const several = fallbacks.get(name);
  if (several) {
    const members = several.flatMap((member) => services.get(member) ?? []);
    return fallbackService(name, members, scope, ports, (by) => served.note(name, by));
  }
  throw unknownService(name, engine, ports);
}

function unawaited(id: string, steps: readonly string[]) {
  const names = steps.map((step) => `'${step}'`).join(', ');
  const message = `${id}: found that its run returned while ${names} was still under way, expected that it waits for its steps. Write await before step(…).`;
  return { class: 'bug', code: 'STEP_UNAWAITED', message } as const;
}

function limitReached(id: string, limit: string, most: number) {
  const which = limit === everyRun ? 'maxConcurrent allows' : `the tag '${limit}' allows`;
  const message = `${id}: ${most} ${most === 1 ? 'run is' : 'runs are'} under way, as many as ${which}.`;
  return { class: 'degraded', code: 'LIMIT_REACHED', message, limit } as const;
}

function unconfigured(id: string) {
  const message = `${id}: the engine is not in the configuration any more.`;
  return { class: 'fatal', code: 'ENGINE_UNCONFIGURED', message } as const;
}
