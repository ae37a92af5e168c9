/**
 * What is shown of the results, and what it should be.
 */
import type { Busy } from './busy.ts';
import type { Line } from './table.ts';

export interface Heap {
  createdBytes: number;
  rehydratedBytes: number;
}

export interface Start {
  tenThousandMs: number;
  hundredThousandMs: number;
}

export interface Results {
  heap: Heap;
  bareMs: number;
  /** Beyond `bareMs`. */
  start: Start;
  /** The same, with Node's compile cache filled. */
  cachedStart: Start;
  /** By how many engines are busy at once. */
  alone: Busy;
  hundred: Busy;
  thousand: Busy;
  /** Processor time of a run, in milliseconds, by how many engines there are beside it. */
  beside: ReadonlyMap<number, number>;
  /** Processor time of a run, in milliseconds, by how many engines are held beside it. */
  besideHeld: ReadonlyMap<number, number>;
  call: GuardedCall;
  taps: Taps;
  /** Twenty engines that are busy, by how many there are beside them that fail every second. */
  neighbours: ReadonlyMap<number, Busy>;
}

/** Microseconds for a call, around a no-op; and how often anything was written meanwhile. */
export interface GuardedCall {
  oursUs: number;
  theirsUs: number;
  writes: number;
}

/** Processor time of a run when nobody but who measures listens to the stream; and how many times that it is when others do. */
export interface Taps {
  nobodyMs: number;
  /** Who does nothing with it. */
  somebody: number;
  log: number;
  metrics: number;
  errors: number;
  /** The page's strips, which are a part of the next. */
  history: number;
  /** What the page notes while nobody has it open. */
  page: number;
  /** Somebody has it open. */
  watchedPage: number;
  /** Log, metrics, errors and page together, as in the service. */
  all: number;
}

export function linesOf({
  heap,
  bareMs,
  start,
  cachedStart,
  alone,
  hundred,
  thousand,
  beside,
  besideHeld,
  call,
  taps,
  neighbours,
}: Results): Line[] {
  return [
    line('heap of an idle engine, created', heap.createdBytes / 1024, 'KB', { atMost: 8 }),
    line('heap of an idle engine, back from its record', heap.rehydratedBytes / 1024, 'KB', { atMost: 8 }),
    line('Node alone starts in', bareMs, 'ms'),
    ...startLines('', start),
    ...startLines(', compile cache', cachedStart),
    line('transitions a second, 1,000 engines busy', thousand.transitionsPerSecond, '', { atLeast: 15_000 }),
    line('runs a second, 1,000 engines busy', thousand.runsPerSecond, ''),
    loopLine(thousand),
    line('runs a second, 100 engines busy', hundred.runsPerSecond, '', { atLeast: 5_000 }),
    latencyLine(hundred),
    loopLine(hundred),
    line('runs a second, one engine busy', alone.runsPerSecond, '', { atLeast: 600 }),
    latencyLine(alone),
    loopLine(alone),
    ...costLines('engines', beside),
    ...costLines('held for a breaker, a quota or a limit', besideHeld),
    ...[...neighbours].flatMap(([ill, busy]) => [
      line(`runs a second, 20 engines busy beside ${ill} that fail every second`, busy.runsPerSecond, ''),
      latencyLine(busy),
    ]),
    ...delayLines(neighbours),
    ...tapLines(taps),
    line('a guarded call of a healthy service', call.oursUs, 'µs'),
    line('… cockatiel: retry, breaker and timeout', call.theirsUs, 'µs'),
    line('… the one to the other', call.oursUs / call.theirsUs, '×', { atMost: 3 }),
    line('… writes for 60,000 of them', call.writes, '', { atMost: 0 }),
  ];
}

/** What only notes something may cost as much as nothing; the log and an open page make something of it. */
function tapLines({ nobodyMs, somebody, log, metrics, errors, history, page, watchedPage, all }: Taps): Line[] {
  return [
    line('processor time of a run when nobody listens to the stream', nobodyMs, 'ms'),
    line('… when somebody does, to that', somebody, '×', { atMost: 1.05 }),
    line('… with the log, to that', log, '×', { atMost: 1.1 }),
    line('… with the metrics, to that', metrics, '×', { atMost: 1.05 }),
    line('… with the error book, to that', errors, '×', { atMost: 1.05 }),
    line('… with the latest runs, as the page shows them, to that', history, '×', { atMost: 1.05 }),
    line('… with the page, which nobody has open, to that', page, '×', { atMost: 1.05 }),
    line('… with the page, which somebody has open, to that', watchedPage, '×', { atMost: 1.1 }),
    line('… with log, metrics, error book and page, to that', all, '×', { atMost: 1.2 }),
  ];
}

function startLines(how: string, { tenThousandMs, hundredThousandMs }: Start): Line[] {
  return [
    line(`10,000 engines armed, beyond that${how}`, tenThousandMs, 'ms', { atMost: 500 }),
    line(`100,000 engines armed, beyond that${how}`, hundredThousandMs, 'ms', { atMost: 4_000 }),
  ];
}

function costLines(what: string, beside: ReadonlyMap<number, number>): Line[] {
  const costs = [...beside.values()];
  return [
    ...[...beside].map(([size, cpuMs]) =>
      line(`processor time of a run beside ${size.toLocaleString('en-US')} ${what}`, cpuMs, 'ms'),
    ),
    line('the dearest of these to the cheapest', Math.max(...costs) / Math.min(...costs), '×', { atMost: 1.5 }),
  ];
}

/** A run that had to wait for one that hangs, or for a service that is down, would wait for half a second. */
function delayLines(neighbours: ReadonlyMap<number, Busy>): Line[] {
  const alone = neighbours.get(0);
  return [...neighbours].flatMap(([ill, { latencyMs }]) =>
    alone && ill > 0
      ? [line(`… what ${ill} that fail add to the p99`, latencyMs.p99 - alone.latencyMs.p99, 'ms', { atMost: 20 })]
      : [],
  );
}

function latencyLine({ latencyMs: { p50, p95, p99 } }: Busy): Line {
  return line('… trigger to durable success: p50, p95, p99', [p50, p95, p99], 'ms');
}

function loopLine({ loopDelayMs }: Busy): Line {
  return line('… event-loop delay, p99', loopDelayMs.p99, 'ms', { atMost: 20 });
}

function line(what: string, value: Line['value'], unit: string, target?: Line['target']): Line {
  return { what, value, unit, ...(target && { target }) };
}
