/**
 * Traces for OpenTelemetry: a run is a trace, each of its steps a span.
 *
 * They are made from committed transitions, with the instants at which things happened. A run that goes on after a restart has
 * one trace that begins where it began. Whoever wants them sets `traces: true` and registers an SDK, which the package
 * `@opentelemetry/api` hands spans to; without that setting nothing of it is loaded.
 *
 * Secrets have been taken out of failures before they come here, and what steps return is no part of a trace.
 */
import type { Span, Tracer } from '@opentelemetry/api';
import { NightshiftError } from '../errors.ts';
import type { EngineContext } from '../policies/engine.ts';
import type { Failure } from '../policies/failure.ts';
import type { Run, Settled } from '../policies/run.ts';
import { stateName } from '../policies/state-name.ts';
import type { CommittedTransition, Stream } from '../stream.ts';

type Api = typeof import('@opentelemetry/api');

/** The present run of an engine. */
interface Traced {
  run: string;
  span: Span;
}

/**
 * Traces what happens from now on.
 *
 * @returns a function that ends it; runs under way are left to whoever goes on with them
 * @throws {NightshiftError} `OPENTELEMETRY_MISSING`
 */
export async function traceRuns(
  stream: Stream,
  load: () => Promise<Api> = () => import('@opentelemetry/api'),
): Promise<() => void> {
  const api = await loaded(load);
  const tracer = api.trace.getTracer('nightshift');
  const traced = new Map<string, Traced>();
  return stream.inspect({
    transition(transition) {
      if (transition.address.startsWith('engine/')) follow(api, tracer, traced, transition);
    },
  });
}

async function loaded(load: () => Promise<Api>): Promise<Api> {
  try {
    return await load();
  } catch (cause) {
    throw new NightshiftError(
      'OPENTELEMETRY_MISSING',
      "traces: found no package '@opentelemetry/api', expected it beside nightshift. Install it: npm install @opentelemetry/api",
      { cause },
    );
  }
}

function follow(api: Api, tracer: Tracer, traced: Map<string, Traced>, transition: CommittedTransition) {
  const { address, at, event, facts, snapshot, path } = transition;
  const { id, run } = snapshot.context as unknown as EngineContext;
  const end = (facts as Settled[]).find(({ result }) => result !== undefined);
  if (run && run.startedAt !== null && traced.get(address)?.run !== run.id) {
    traced.set(address, { run: run.id, span: begun(api, tracer, id, run, run.startedAt) });
  }
  const known = traced.get(address);
  if (!known) return;
  const { step, durationMs = 0 } = event as { step?: string; durationMs?: number };
  if (event.type === 'step.completed') stepSpan(api, tracer, known, step ?? '', at - durationMs).end(at);
  else if (event.type.startsWith('xstate.error.actor.')) failStep(api, tracer, known, failureOf(event), at);
  else if (event.type === 'step.skipped')
    known.span.addEvent('step.skipped', attributesOf({ 'nightshift.step': step }), at);
  for (const state of path.map(stateName)) {
    if (/^(backoff|held|refreshing)/.test(state)) known.span.addEvent(state, {}, at);
  }
  if (end && end.run === known.run) {
    finish(api, known.span, end, failureOf(event), at);
    traced.delete(address);
  } else if (!run) {
    // It gave way to another, or never got as far as work.
    known.span.end(at);
    traced.delete(address);
  }
}

function begun(api: Api, tracer: Tracer, engine: string, run: Run, startTime: number): Span {
  return tracer.startSpan(
    `run ${engine}`,
    {
      root: true,
      startTime,
      kind: api.SpanKind.INTERNAL,
      attributes: {
        'nightshift.engine': engine,
        'nightshift.run': run.id,
        'nightshift.trigger': run.trigger,
        'nightshift.due': new Date(run.dueAt).toISOString(),
      },
    },
    api.ROOT_CONTEXT,
  );
}

function stepSpan(api: Api, tracer: Tracer, { span }: Traced, step: string, startTime: number): Span {
  const options = { startTime, attributes: { 'nightshift.step': step } };
  return tracer.startSpan(`step ${step}`, options, api.trace.setSpan(api.ROOT_CONTEXT, span));
}

/** The step that an attempt has failed in; nothing where it failed outside of every step. */
function failStep(api: Api, tracer: Tracer, traced: Traced, { step, stepMs = 0, code, message }: Told, at: number) {
  if (step === undefined) return;
  const span = stepSpan(api, tracer, traced, step, at - stepMs);
  span.setAttributes(attributesOf({ 'error.type': code }));
  span.setStatus({ code: api.SpanStatusCode.ERROR, ...(message && { message }) });
  span.end(at);
}

function finish(api: Api, span: Span, end: Settled, failure: Told, at: number) {
  const { result, reason, attempts = 1, outcome, skipped } = end;
  span.setAttributes(
    attributesOf({
      'nightshift.attempts': attempts,
      'nightshift.outcome': outcome,
      'nightshift.skipped': skipped,
      'error.type': result === 'failure' ? failure.code : undefined,
      'nightshift.failure.class': result === 'failure' ? failure.class : undefined,
      'nightshift.failure.step': result === 'failure' ? failure.step : undefined,
    }),
  );
  if (result === 'failure') span.setStatus({ code: api.SpanStatusCode.ERROR, ...(reason && { message: reason }) });
  span.end(at);
}

/** What an event tells of a failure. */
type Told = Partial<Pick<Failure, 'class' | 'code' | 'message' | 'step' | 'stepMs'>>;

function failureOf(event: object): Told {
  return (event as { error?: Told }).error ?? {};
}

/** Only those there are. */
function attributesOf(all: Record<string, string | number | string[] | undefined>) {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number | string[]
  >;
}
