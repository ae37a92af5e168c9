/**
 * The jobs of a simulated world: the user's own code, with somebody who notes when its runs and steps begin and end.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../clock.ts';
import type { EngineConfig } from '../../config/config.ts';
import type { RunScope, Step, StepOptions, StepScope } from '../../config/run-scope.ts';
import type { ProgramFault } from '../faults/fault.ts';
import type { StepWork, WorldEvent } from '../invariants/invariant.ts';
import type { WorldRequest } from './network.ts';
import { type ProgramModel, runProgram } from './world-programs.ts';

/** What is done in place of a step, by its name. */
export type StepDoubles = Readonly<Record<string, (scope: StepScope) => unknown>>;

export interface ObservedPorts {
  life: () => number;
  at: () => number;
  /** The start of the engine's effect that is wanted at present. */
  ticketOf: (engine: string) => string;
  tell: (event: WorldEvent) => void;
  program: (engine: string, nth: number) => ProgramFault | undefined;
  doubles: Readonly<Record<string, StepDoubles>>;
  programs: Readonly<Record<string, ProgramModel>>;
  clock: () => Clock;
}

export class Observed {
  readonly #ports: ObservedPorts;
  readonly #place = new AsyncLocalStorage<NonNullable<WorldRequest['place']>>();
  readonly #programs = new Map<string, number>();
  /** The program of each run that was begun last, until it has ended. */
  readonly #atWork = new Map<string, Promise<void>>();
  /** Counts the deaths: what was begun before the latest tells nothing any more. */
  #deaths = 0;

  constructor(ports: ObservedPorts) {
    this.#ports = ports;
  }

  /** Which part of which run the present code is. */
  place(): WorldRequest['place'] {
    return this.#place.getStore();
  }

  killed(): void {
    this.#deaths += 1;
    this.#atWork.clear();
  }

  /** The engine as the world runs it: in its own process, and with programs that are made up. */
  engine({ command, isolation: _, ...engine }: EngineConfig): EngineConfig {
    const own = engine.run;
    const work = command
      ? (scope: RunScope) => this.#program(engine.id, scope, command)
      : (scope: RunScope) => own?.(scope);
    return { ...engine, run: (scope) => this.#run(engine.id, scope, work) };
  }

  async #program(engine: string, scope: RunScope, command: NonNullable<EngineConfig['command']>): Promise<unknown> {
    const nth = (this.#programs.get(engine) ?? 0) + 1;
    this.#programs.set(engine, nth);
    const fault = this.#ports.program(engine, nth);
    const behaviour = fault?.behaviour ?? this.#ports.programs[engine]?.({ nth, lastGood: scope.lastGood }) ?? {};
    const { runId, log, signal } = scope;
    // As outside: the one before, which was told to end, has done so before the next one begins.
    const before = this.#atWork.get(runId);
    if (before) await before;
    signal.throwIfAborted();
    const work = runProgram({ engine, command, behaviour, log, signal }, this.#ports.clock());
    const over = () => {
      if (this.#atWork.get(runId) === ended) this.#atWork.delete(runId);
    };
    const ended = work.then(over, over);
    this.#atWork.set(runId, ended);
    return work;
  }

  async #run(engine: string, scope: RunScope, work: (scope: RunScope) => unknown): Promise<unknown> {
    const { tell, life, at, ticketOf } = this.#ports;
    const { runId: run, signal, dueAt } = scope;
    const begun = this.#deaths;
    const ticket = ticketOf(engine);
    const number = life();
    const noted = { engine, run, dueAt, ticket, signal };
    tell({ type: 'run.began', at: at(), life: number, work: noted });
    const ended = (error?: string) => {
      if (begun === this.#deaths)
        tell({ type: 'run.ended', at: at(), life: number, work: noted, ...(error !== undefined && { error }) });
    };
    try {
      const given = { ...scope, step: this.#step(engine, scope) };
      const output = await this.#place.run({ engine, run, step: null }, async () => work(given));
      ended();
      return output;
    } catch (error) {
      ended(textOf(error));
      throw error;
    }
  }

  #step(engine: string, { step, runId: run }: RunScope): Step {
    const { tell, life, at, doubles } = this.#ports;
    const begun = this.#deaths;
    const observed = async (name: string, work: (scope: StepScope) => unknown, options?: StepOptions) => {
      let begunAs: StepWork | undefined;
      const output = await step(
        name,
        async (scope) => {
          const { idempotencyKey: key, attempt } = scope;
          const noted = {
            engine,
            run,
            name,
            key,
            attempt,
            ...(options?.window !== undefined && { window: options.window }),
            ...(options?.whenDown !== undefined && { whenDown: options.whenDown }),
          };
          begunAs = noted;
          tell({ type: 'step.began', at: at(), life: life(), step: noted });
          const ended = (error?: string) => {
            if (begun === this.#deaths)
              tell({ type: 'step.ended', at: at(), life: life(), step: noted, ...(error !== undefined && { error }) });
          };
          const double = doubles[engine]?.[name];
          try {
            const output = await this.#place.run({ engine, run, step: name }, async () => (double ?? work)(scope));
            ended();
            return output;
          } catch (error) {
            ended(textOf(error));
            throw error;
          }
        },
        options,
      );
      if (begunAs && begun === this.#deaths) tell({ type: 'step.kept', at: at(), life: life(), step: begunAs });
      return output;
    };
    return observed as Step;
  }
}

function textOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return [code, message ?? String(error)].filter(Boolean).join(': ');
}
