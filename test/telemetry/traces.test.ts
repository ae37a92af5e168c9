import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as api from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { engine, type RunScope } from 'nightshift';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { traceRuns } from '../../src/telemetry/traces.ts';
import { Workplace } from '../actors/effects/workplace.ts';
import { root } from '../docs/markdown.ts';

const minute = 60_000;

let exporter: InMemorySpanExporter;
let provider: BasicTracerProvider;
let place: Workplace | undefined;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  api.trace.setGlobalTracerProvider(provider);
});
afterEach(async () => {
  await place?.[Symbol.asyncDispose]();
  place = undefined;
  api.trace.disable();
  await provider.shutdown();
});

async function open(definition: ConfigDefinition): Promise<Workplace> {
  place = await Workplace.open({ builtIn: { health: false, resources: false }, ...definition });
  await traceRuns(place.host);
  return place;
}

const ms = ([seconds, nanos]: [number, number]) => seconds * 1000 + nanos / 1e6;
const spans = () => exporter.getFinishedSpans();
const named = (name: string) => spans().find((span) => span.name === name) as ReadableSpan;
const lengthOf = (span: ReadableSpan) => ms(span.endTime) - ms(span.startTime);

/** A step that takes a minute. */
const aMinute = () => new Promise<number>((done) => place?.clock.after(minute, () => done(1)));

it('makes a trace of a run and a span of each step, with the instants at which they happened', async () => {
  const at = await open({
    engines: [
      engine('video', {
        async run({ step }: RunScope) {
          await step('render', aMinute);
          await step('upload', () => 2);
        },
      }),
    ],
  });
  const began = at.clock.now();
  const over = at.run('video');
  await at.clock.advance(minute);
  await over;
  const run = named('run video');
  expect(spans().map(({ name }) => name)).toEqual(['step render', 'step upload', 'run video']);
  expect([ms(run.startTime), lengthOf(run)]).toEqual([began, minute]);
  expect(lengthOf(named('step render'))).toBe(minute);
  for (const step of ['step render', 'step upload'].map(named)) {
    expect(step.spanContext().traceId).toBe(run.spanContext().traceId);
    expect(step.parentSpanContext?.spanId).toBe(run.spanContext().spanId);
  }
  expect(run.attributes).toMatchObject({
    'nightshift.engine': 'video',
    'nightshift.trigger': 'manual',
    'nightshift.attempts': 1,
  });
  expect(run.status.code).toBe(api.SpanStatusCode.UNSET);
});

it('says of a run that failed why, and what it waited for on the way', async () => {
  const at = await open({
    engines: [
      engine('job', {
        retry: { tries: 2, base: '10s', jitter: 'none' },
        run: ({ step }) =>
          step('buy', () => {
            throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
          }),
      }),
    ],
  });
  const over = at.reached('engine/job', ({ context }) => context.last !== null);
  await at.trigger('job');
  await at.state('engine/job', 'backoff');
  await at.clock.advance(minute);
  await over;
  const run = named('run job');
  expect(lengthOf(run)).toBe(10_000);
  expect(run.events.map(({ name }) => name)).toEqual(['backoff']);
  expect(run.status).toEqual({ code: api.SpanStatusCode.ERROR, message: 'reset' });
  expect(run.attributes).toMatchObject({
    'error.type': 'ECONNRESET',
    'nightshift.failure.step': 'buy',
    'nightshift.attempts': 2,
  });
});

it('makes a span of a step that failed, once for each attempt, as long as it was at work', async () => {
  const at = await open({
    engines: [
      engine('video', {
        retry: { tries: 2, base: '10s', jitter: 'none' },
        async run({ step }: RunScope) {
          await step('render', aMinute);
          await aMinute();
          await step('upload', async () => {
            await aMinute();
            throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
          });
        },
      }),
    ],
  });
  const over = at.reached('engine/video', ({ context }) => context.last !== null);
  await at.trigger('video');
  await at.clock.advance(10 * minute);
  await over;
  const [run, failed] = [named('run video'), spans().filter(({ name }) => name === 'step upload')];
  const startedMs = (span: ReadableSpan) => ms(span.startTime) - ms(run.startTime);
  expect(failed.map((span) => [startedMs(span), lengthOf(span)])).toEqual([
    [2 * minute, minute],
    [4 * minute + 10_000, minute],
  ]);
  for (const { status, attributes, parentSpanContext } of failed) {
    expect(status).toEqual({ code: api.SpanStatusCode.ERROR, message: 'reset' });
    expect(attributes).toEqual({ 'nightshift.step': 'upload', 'error.type': 'ECONNRESET' });
    expect(parentSpanContext?.spanId).toBe(run.spanContext().spanId);
  }
});

it('gives a run that goes on after a restart one trace that begins where the run began', async () => {
  const at = await open({
    engines: [
      engine('job', {
        async run({ step }) {
          await step('first', () => 1);
          await step('second', aMinute);
        },
      }),
    ],
  });
  const began = at.clock.now();
  await at.trigger('job');
  await at.reached('engine/job', ({ context }) => Object.keys(context.run?.steps ?? {}).length === 1);
  exporter.reset();
  await at.crash(undefined, 30_000);
  await traceRuns(at.host);
  const over = at.reached('engine/job', ({ context }) => context.last !== null);
  await at.clock.advance(2 * minute);
  await over;
  const run = named('run job');
  expect([ms(run.startTime), lengthOf(run)]).toEqual([began, 1.5 * minute]);
});

it('each run is a trace of its own', async () => {
  const at = await open({ engines: [engine('job', { run: () => 1 })] });
  for (let runs = 0; runs < 2; runs += 1) await at.run('job');
  expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(2);
});

it('says what to install where the package is not', async () => {
  place = await Workplace.open({});
  const missing = () => Promise.reject(new Error("Cannot find package '@opentelemetry/api'"));
  await expect(traceRuns(place.host, missing)).rejects.toThrow(
    "traces: found no package '@opentelemetry/api', expected it beside nightshift. Install it: npm install @opentelemetry/api",
  );
});

it('nothing of it, of Prometheus or of Stately is loaded with the service', () => {
  const program = `
    const { registerHooks } = await import('node:module');
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    await import('./src/service.ts');
    console.log(JSON.stringify(loaded.filter((url) => /node_modules.(@opentelemetry|@statelyai|prom-client|ws)./.test(url))));
  `;
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning', '--input-type=module'];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], {
    cwd: join(root),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([]);
});
