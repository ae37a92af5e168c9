/**
 * Engines: the jobs, when they are due, and what is done about their failures.
 */
import { z } from 'zod';
import type { Problem } from '../errors.ts';
import { type BackoffPolicy, defaultBackoff } from '../policies/backoff.ts';
import { anyOf, checkNamedCron } from '../policies/cron.ts';
import { parseDuration } from '../policies/duration.ts';
import { defaultGraceMs } from '../policies/expected-beat.ts';
import { reboot, type Schedule, stableOffsetMs } from '../policies/schedule.ts';
import type { Window } from '../policies/window.ts';
import { commandConfig, commandSchema } from './command-schema.ts';
import { type EngineConfig, everyRun } from './config.ts';
import { catchUps, importances, isolates, jitterPers, overlaps, retryJitters } from './definition.ts';
import type { Environment } from './env.ts';
import { field, inOrder, type Mismatch, section, together } from './field.ts';
import { count, duration, durationOrNone, interval, name, oneOf, size, text, timeZone as zone } from './fields.ts';
import { found } from './found.ts';
import { isOutputSchema } from './output-schema.ts';
import type { RunScope } from './run-scope.ts';

/** @param timeZone in which schedules are read */
export function engineSchema(timeZone: string, environment: Environment) {
  const checks = [zoneOfSchedule, onlyWithinGrace, eachItsRun, nothingToCancel, hasWork, limitedAlone, isolatedAnyway];
  return checks.reduce((schema, check) => together(schema, check), engineSection(timeZone, environment));
}

const someTags = { error: "an array of names of tags such as ['browser']" };

function engineSection(timeZone: string, environment: Environment) {
  return section(
    {
      id: name(),
      schedule: schedules(timeZone).optional(),
      timeZone: zone().optional(),
      every: interval().optional(),
      after: text('the id of another engine', 'Write the id of an engine of this config.').optional(),
      tags: z.array(name(), someTags).optional(),
      jitter: durationOrNone().default(0),
      jitterPer: oneOf(jitterPers).default('engine'),
      window: text('the name of a window', 'Write one of the names under windows.').optional(),
      retry: together(
        section({
          base: duration().default(defaultBackoff.baseMs),
          cap: duration().optional(),
          tries: count(1).default(defaultBackoff.tries),
          jitter: oneOf(retryJitters).default(defaultBackoff.jitter),
        }),
        inOrder('base', 'cap', ' ms'),
      ).prefault({}),
      cooldown: durationOrNone().default(0),
      timeout: duration().default(3_600_000),
      startWithin: duration().optional(),
      endWithin: duration().optional(),
      progressWithin: duration().optional(),
      grace: durationOrNone().default(60_000),
      catchUp: oneOf(catchUps).default('once'),
      catchUpWithin: duration().optional(),
      overlap: oneOf(overlaps).optional(),
      maxFailures: count(1).default(5),
      heartbeat: z
        .union([z.literal(false), section({ grace: duration().optional() }, 'an object or false')])
        .prefault({}),
      importance: oneOf(importances).default('normal'),
      output: output().optional(),
      minOutput: count(1).optional(),
      expect: expectation().optional(),
      run: run().optional(),
      isolate: oneOf(isolates).optional(),
      memory: size().optional(),
      command: commandSchema(environment, {}).optional(),
    },
    'engine(id, { … })',
  );
}

type Written = Readonly<Record<string, unknown>>;

function onlyWithinGrace({ catchUp, catchUpWithin }: Written): Mismatch | undefined {
  if (catchUp !== 'skip' || catchUpWithin === undefined) return undefined;
  return {
    path: ['catchUpWithin'],
    found: "a time to catch up within beside catchUp: 'skip'",
    expected: 'one of them',
    fix: 'Remove the other: what is skipped is not made up for.',
  };
}

function zoneOfSchedule({ timeZone, schedule }: Written): Mismatch | undefined {
  if (timeZone === undefined || (schedule !== undefined && schedule !== reboot)) return undefined;
  return {
    path: ['timeZone'],
    found: 'a time zone without a cron expression',
    expected: 'schedule beside it, which is read in it',
    fix: 'Remove it.',
  };
}

/** A due time that has a run of its own coming cannot be skipped, and nor can the run before it be cut short. */
function eachItsRun({ catchUp, overlap }: Written): Mismatch | undefined {
  if (catchUp !== 'all' || (overlap !== 'skip' && overlap !== 'cancel')) return undefined;
  return {
    path: ['overlap'],
    found: found(overlap),
    expected: "'queue', since each due time gets a run of its own with catchUp: 'all'",
    fix: 'Remove it.',
  };
}

/** When an engine is due that runs after another one, nobody knows beforehand: it cannot give way to it. */
function nothingToCancel({ after, overlap }: Written): Mismatch | undefined {
  if (after === undefined || overlap !== 'cancel') return undefined;
  return {
    path: ['overlap'],
    found: found(overlap),
    expected: "'queue' or 'skip' for an engine that runs after another one",
    fix: "Write overlap: 'queue', which is the default there.",
  };
}

/** What `engine()` and `command()` make sure of, unless somebody leaves it out. */
function hasWork({ run, command }: Written): Mismatch | undefined {
  if (run !== undefined || command !== undefined) return undefined;
  return { path: ['run'], found: 'nothing', expected: 'a function', fix: 'Write async run({ step }) { … }.' };
}

/** What runs in the service's process cannot be told from the rest of it. */
function limitedAlone({ isolate, memory }: Written): Mismatch | undefined {
  if (memory === undefined || isolate !== undefined) return undefined;
  return {
    path: ['memory'],
    found: 'a limit without a process of its own',
    expected: "isolate: 'process' beside it",
    fix: "Write isolate: 'process', or remove it.",
  };
}

function isolatedAnyway({ isolate, command }: Written): Mismatch | undefined {
  if (isolate === undefined || command === undefined) return undefined;
  return {
    path: ['isolate'],
    found: found(isolate),
    expected: 'nothing, for a command has a process of its own',
    fix: 'Remove it.',
  };
}

/** A cron expression. */
export const cron = (timeZone: string) =>
  field(cronWish, (value, complain) => {
    const wrong = cronMistake(value, timeZone);
    return wrong === undefined ? (value as string) : complain(wrong);
  });

/** One cron expression, or several that are due each by itself: joined. */
const schedules = (timeZone: string) =>
  field(cronWish, (value, complain) => {
    if (value === reboot) return reboot;
    const written: unknown[] = Array.isArray(value) ? value : [value];
    const wrong = written.map((each) => cronMistake(each, timeZone)).find((mistake) => mistake !== undefined);
    if (wrong !== undefined) return complain(wrong);
    return written.length === 0 ? undefined : anyOf(written as string[]);
  });

/** An interval in the place of an expression is met so often that it has an answer of its own. */
function cronMistake(value: unknown, timeZone: string): Partial<Problem> | undefined {
  if (typeof value !== 'string') return { found: found(value) };
  const wrong = notAlone(value) ?? checkNamedCron(value, timeZone);
  if (wrong === null) return undefined;
  const interval = value.trim().replace(/^every\s+/i, '');
  const isInterval = parseDuration(interval) !== null;
  return {
    found: found(value),
    fix: isInterval ? `Write every: '${interval}' for an interval.` : `${wrong} ${cronFix}`,
  };
}

function notAlone(value: string): string | undefined {
  if (value === reboot) return `'${value}' stands alone.`;
  return value.includes('|') ? `'${value}' is more than one: write an array.` : undefined;
}

const cronFix = "Write it as '*/30 * * * *': minute, hour, day, month, weekday.";
const cronWish = { expected: 'a cron expression', fix: cronFix };

const output = () =>
  field(
    { expected: 'a schema of zod or another library that follows Standard Schema', fix: 'Write z.object({ … }).' },
    (value) => (isOutputSchema(value) ? value : undefined),
  );

const expectation = () =>
  field({ expected: 'a function', fix: 'Write expect: (output) => output.length > 0.' }, (value) =>
    typeof value === 'function' ? (value as (output: never) => unknown) : undefined,
  );

const run = () =>
  field({ expected: 'a function', fix: 'Write async run({ step }) { … }.' }, (value) =>
    typeof value === 'function' ? (value as (scope: RunScope) => unknown) : undefined,
  );

type Parsed = z.output<ReturnType<typeof engineSchema>>;

/**
 * @param windows the config's, by name; the engine's is among them
 * @param limits the config's, by name
 * @param folder the config's
 */
export function engineConfig(
  parsed: Parsed,
  timeZone: string,
  windows: ReadonlyMap<string, Window>,
  limits: ReadonlyMap<string, number>,
  folder: string,
): EngineConfig {
  const { startWithin, endWithin, progressWithin } = parsed;
  const after = parsed.schedule === reboot ? reboot : parsed.after;
  const ofEngine = [everyRun, ...new Set(parsed.tags)].filter((limit) => limits.has(limit));
  const { id, importance, run, output, expect, minOutput, window: windowName = null } = parsed;
  return {
    id,
    importance,
    ...(run && { run }),
    ...(parsed.isolate && { isolation: { ...(parsed.memory !== undefined && { memoryBytes: parsed.memory }) } }),
    ...(parsed.command && { command: commandConfig(parsed.command, folder) }),
    ...heartbeatOf(parsed, timeZone, windows),
    ...(ofEngine.length > 0 && { limits: ofEngine }),
    ...(progressWithin !== undefined && { progressWithinMs: progressWithin }),
    ...(output && { output }),
    ...(expect && { expect }),
    ...(minOutput !== undefined && { minOutput }),
    settings: {
      schedule: scheduleOf(parsed, timeZone),
      window: windowName === null ? null : (windows.get(windowName) ?? null),
      windowName,
      // A program has no steps.
      ...(run && windows.size > 0 && { windows: Object.fromEntries(windows) }),
      retry: backoff(parsed.retry),
      cooldownMs: parsed.cooldown,
      timeoutMs: parsed.timeout,
      graceMs: parsed.grace,
      catchUp: parsed.catchUp === 'all' ? 'all' : 'once',
      catchUpWithinMs: parsed.catchUp === 'skip' ? parsed.grace : (parsed.catchUpWithin ?? null),
      overlap: parsed.overlap ?? (parsed.catchUp === 'all' || parsed.after !== undefined ? 'queue' : 'skip'),
      maxFailures: parsed.maxFailures,
      ...(after !== undefined && { after }),
      ...(startWithin !== undefined && { startWithinMs: startWithin }),
      ...(endWithin !== undefined && { endWithinMs: endWithin }),
    },
  };
}

function heartbeatOf(
  parsed: Parsed,
  timeZone: string,
  windows: ReadonlyMap<string, Window>,
): Pick<EngineConfig, 'heartbeat'> {
  const schedule = scheduleOf(parsed, timeZone);
  if (!schedule || parsed.heartbeat === false) return {};
  const window = parsed.window === undefined ? null : (windows.get(parsed.window) ?? null);
  const graceMs = parsed.heartbeat.grace ?? defaultGraceMs(schedule, parsed.timeout, 0);
  return { heartbeat: { schedule, window, graceMs } };
}

function scheduleOf(parsed: Parsed, timeZone: string): Schedule | null {
  const { id, schedule, every, jitter, jitterPer } = parsed;
  const offsetMs = jitterPer === 'engine' ? stableOffsetMs(id, jitter) : 0;
  const moved = { offsetMs, ...(jitterPer === 'run' && jitter > 0 && { spread: { seed: id, spanMs: jitter } }) };
  if (every !== undefined) return { kind: 'every', everyMs: every, ...moved };
  if (schedule === undefined || schedule === reboot) return null;
  return { kind: 'cron', expression: schedule, timeZone: parsed.timeZone ?? timeZone, ...moved };
}

function backoff({ base, cap, tries, jitter }: Parsed['retry']): BackoffPolicy {
  return { baseMs: base, capMs: cap ?? Math.max(defaultBackoff.capMs, base), tries, jitter };
}
