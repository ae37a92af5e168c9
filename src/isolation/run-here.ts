/**
 * The run's side: the job's function, with a scope whose steps and calls go through the service.
 */
import type { BirpcReturn } from 'birpc';
import { httpCall } from '../actors/effects/http-call.ts';
import { runOutput } from '../actors/effects/run-output.ts';
import { nextCallKey, placeKey, within } from '../actors/effects/step-place.ts';
import { refuseMisuse, stepOutput, stepProgress } from '../actors/effects/steps.ts';
import { unknownService } from '../actors/effects/unknown-service.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { CallScope, RunLog, RunScope, ServiceClient, StepOptions, StepScope } from '../config/run-scope.ts';
import type { Json } from '../json.ts';
import { answerHeaders } from '../policies/answer-headers.ts';
import { classify } from '../policies/classify.ts';
import { ClassifiedError } from '../policies/failure.ts';
import type { ErrorsAcross } from './errors-across.ts';
import type { Answer, Assignment, RunSide, ServiceSide } from './protocol.ts';

/** Secrets are looked for by the service, which knows them all. */
const anything = () => false;

type Work = (scope: never) => Promise<unknown>;

export class RunHere {
  /** Set before the first message can arrive. */
  remote!: BirpcReturn<ServiceSide, RunSide>;
  readonly #errors: ErrorsAcross;
  readonly #run = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  readonly #works = new Map<number, Work>();
  readonly #aborts = new Map<number, AbortController>();
  #settled: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(errors: ErrorsAcross) {
    this.#errors = errors;
    this.#failed.promise.catch(() => {});
  }

  readonly side: RunSide = {
    run: (assignment) => {
      const run = Promise.race([this.#do(assignment), this.#failed.promise]);
      this.#settled = run.catch(() => {});
      return this.#errors.answer(() => run);
    },
    step: (work, scope) => this.#errors.answer(() => this.#begin(work, scope) as Promise<Json>),
    call: (work, call) =>
      this.#errors.answer(async () => {
        await this.#begin(work, call);
      }),
    abort: (work, thrown) => {
      const controller = work === null ? this.#run : this.#aborts.get(work);
      controller?.abort(this.#errors.in(thrown));
    },
  };

  /** Something went wrong outside of everything that is waited for. */
  fail(error: unknown): void {
    this.#failed.reject(error);
  }

  /** Stops the run, if there is one; resolves when it is over. */
  async stopped(reason: Error): Promise<void> {
    if (!this.#run.signal.aborted) this.#run.abort(reason);
    await this.#settled;
  }

  #begin(work: number, given: object): Promise<unknown> {
    const begin = this.#works.get(work);
    if (!begin) throw new Error(`there is no work with the number ${work}`);
    const controller = new AbortController();
    this.#aborts.set(work, controller);
    const signal = AbortSignal.any([this.#run.signal, controller.signal]);
    return begin({ ...given, signal } as never);
  }

  /** Asks the service for what goes with a work of this side's, which it may begin until it has answered. */
  async #offered<T>(
    work: (scope: never, number: number) => Promise<unknown>,
    ask: (number: number) => Promise<Answer<T>>,
  ): Promise<T> {
    this.#count += 1;
    const number = this.#count;
    this.#works.set(number, (scope) => work(scope, number));
    try {
      return this.#errors.taken(await ask(number));
    } finally {
      this.#works.delete(number);
      this.#aborts.delete(number);
    }
  }

  async #do({ config: file, engine: id, run, dueAt, lastGood }: Assignment): Promise<Json> {
    const config = await loadConfig({ file, env: process.env });
    const engine = config.engines.get(id);
    if (!engine?.run) throw new ClassifiedError(gone(id, file));
    const scope: RunScope = {
      step: this.#step(id, config) as RunScope['step'],
      service: (name) => this.#service(name, id, config),
      lastGood,
      runId: run,
      dueAt,
      log: this.#log(),
      signal: this.#run.signal,
    };
    const output = await within(placeKey(run, null), async () => engine.run?.(scope));
    return await runOutput(engine, output, anything);
  }

  #step(engine: string, { windows }: Config) {
    return async (name: string, work: (scope: StepScope) => unknown, options: StepOptions = {}): Promise<unknown> => {
      refuseMisuse(engine, name, work, options, windows);
      const begin = async (given: Omit<StepScope, 'checkpoint'>, number: number) => {
        const checkpoint = async (progress: unknown) => {
          given.signal.throwIfAborted();
          const plain = stepProgress(engine, name, progress, anything);
          this.#errors.taken(await this.remote.checkpoint(number, plain));
        };
        const output = await within(given.idempotencyKey, async () => work({ ...given, checkpoint }));
        return stepOutput(engine, name, output, anything);
      };
      const plainName = typeof name === 'string' ? name : null;
      return this.#offered(begin, (number) => this.remote.step(plainName, { ...options }, number));
    };
  }

  #service(name: string, engine: string, config: Config): ServiceClient {
    const { services, fallbacks } = config;
    if (!services.has(name) && !fallbacks.has(name)) throw unknownService(name, engine, config);

    const guarded = async <T>(work: (call: CallScope, number: number) => Promise<T>): Promise<T> => {
      let result: T | undefined;
      const key = nextCallKey();
      const make = async (call: CallScope, number: number) => {
        result = await work(call, number);
      };
      await this.#offered(make, (number) => this.remote.call(name, key, number));
      return result as T;
    };

    return {
      call: (work) =>
        guarded(async (call, number) => {
          const result = await work(call);
          const headers = answerHeaders(result);
          if (headers) void this.remote.headers.asEvent(number, [...headers]);
          return result;
        }),
      fetch: (path, init) =>
        guarded((call, number) => {
          const service = services.get(call.service);
          if (!service) throw unknownService(call.service, engine, config);
          const notes = {
            headers: (headers: Headers) => void this.remote.headers.asEvent(number, [...headers]),
            failedLate: (error: unknown) => {
              if (call.signal.aborted) return error as Error;
              void this.remote.failedLate.asEvent(number, this.#errors.out(error));
              const failure = { ...classify(error, systemClock.now()), service: service.name };
              return new ClassifiedError(failure, { cause: error });
            },
          };
          return httpCall(service, call, notes, { clock: systemClock, fetch }, path, init);
        }),
    };
  }

  #log(): RunLog {
    const telling =
      (level: keyof RunLog) =>
      (...line: [object | string, string?]) => {
        void this.remote.log.asEvent(level, portable(line));
      };
    return { debug: telling('debug'), info: telling('info'), warn: telling('warn'), error: telling('error') };
  }
}

/** What cannot be sent as it is, for it holds a function, is sent as JSON. */
function portable<T>(line: T): T {
  try {
    return structuredClone(line);
  } catch {
    return JSON.parse(JSON.stringify(line)) as T;
  }
}

function gone(engine: string, file: string) {
  const message = `${engine}: ${file} has no such engine any more. Start the service again.`;
  return { class: 'fatal', code: 'ENGINE_UNCONFIGURED', message } as const;
}
