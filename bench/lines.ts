/**
 * What is shown of the results, and what it should be.
 */
import type { Busy } from './busy.ts';
import type { Line } from './table.ts';

export interface Heap {
  createdBytes: number;
  rehydratedBytes: number;
}

/** From the start of a process: of Node alone, and until so many engines are back; also with Node's compile cache filled. */
export interface Starts {
  bareMs: number;
  tenThousandMs: number;
  tenThousandCachedMs: number;
  hundredThousandMs: number;
  hundredThousandCachedMs: number;
}

/** By how many engines are busy at once. */
export interface BusyCrowds {
  alone: Busy;
  hundred: Busy;
  thousand: Busy;
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

export function heapLines({ createdBytes, rehydratedBytes }: Heap): Line[] {
  return [
    line('heap of an idle engine, created', createdBytes / 1024, 'KB', { atMost: 8 }),
    line('heap of an idle engine, back from its record', rehydratedBytes / 1024, 'KB', { atMost: 8 }),
  ];
}

/** Of engines, what they take beyond Node alone. */
export function startLines(starts: Starts): Line[] {
  const { bareMs, tenThousandMs, tenThousandCachedMs, hundredThousandMs, hundredThousandCachedMs } = starts;
  const armed = (what: string, ms: number, atMost: number) =>
    line(`${what} engines armed, beyond that`, ms - bareMs, 'ms', { atMost });
  const cached = (each: Line): Line => ({ ...each, what: `${each.what}, compile cache` });
  return [
    line('Node alone starts in', bareMs, 'ms'),
    armed('10,000', tenThousandMs, 500),
    armed('100,000', hundredThousandMs, 4_000),
    cached(armed('10,000', tenThousandCachedMs, 500)),
    cached(armed('100,000', hundredThousandCachedMs, 4_000)),
  ];
}

export function busyLines({ alone, hundred, thousand }: BusyCrowds): Line[] {
  return [
    line('transitions a second, 1,000 engines busy', thousand.transitionsPerSecond, '', { atLeast: 15_000 }),
    line('runs a second, 1,000 engines busy', thousand.runsPerSecond, ''),
    loopLine(thousand),
    line('runs a second, 100 engines busy', hundred.runsPerSecond, '', { atLeast: 5_000 }),
    latencyLine(hundred),
    loopLine(hundred),
    line('runs a second, one engine busy', alone.runsPerSecond, '', { atLeast: 600 }),
    latencyLine(alone),
    loopLine(alone),
  ];
}

/** @param costs processor time of a run, in milliseconds, by how many there are beside it */
export function costLines(what: string, costs: Record<string, number>): Line[] {
  const all = Object.values(costs);
  return [
    ...Object.entries(costs).map(([size, cpuMs]) =>
      line(`processor time of a run beside ${Number(size).toLocaleString('en-US')} ${what}`, cpuMs, 'ms'),
    ),
    line('the dearest of these to the cheapest', Math.max(...all) / Math.min(...all), '×', { atMost: 1.5 }),
  ];
}

/** @param neighbours twenty engines that are busy, by how many there are beside them that fail every second */
export function neighbourLines(neighbours: Record<string, Busy>): Line[] {
  return [
    ...Object.entries(neighbours).flatMap(([ill, busy]) => [
      line(`runs a second, 20 engines busy beside ${ill} that fail every second`, busy.runsPerSecond, ''),
      latencyLine(busy),
    ]),
    ...delayLines(neighbours),
  ];
}

export function callLines({ oursUs, theirsUs, writes }: GuardedCall): Line[] {
  return [
    line('a guarded call of a healthy service', oursUs, 'µs'),
    line('… cockatiel: retry, breaker and timeout', theirsUs, 'µs'),
    line('… the one to the other', oursUs / theirsUs, '×', { atMost: 3 }),
    line('… writes for 60,000 of them', writes, '', { atMost: 0 }),
  ];
}

/** What only notes something may cost as much as nothing; the log and an open page make something of it. */
export function tapLines({ nobodyMs, somebody, log, metrics, errors, history, page, watchedPage, all }: Taps): Line[] {
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

/** A run that had to wait for one that hangs, or for a service that is down, would wait for half a second. */
function delayLines(neighbours: Record<string, Busy>): Line[] {
  const alone = neighbours[0];
  return Object.entries(neighbours).flatMap(([ill, { latencyMs }]) =>
    alone && Number(ill) > 0
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
