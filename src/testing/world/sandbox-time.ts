/**
 * Time inside of a world: `Date` and whatever else tells the time are those of the life that asks.
 */
import buffer from 'node:buffer';
import perfHooks from 'node:perf_hooks';
import type { Clock } from '../../clock.ts';
import { type Life, presentLife } from './life.ts';
import { refused } from './refusal.ts';
import { type AnyFunction, guarded, inside, insideRead, replace } from './replacing.ts';

export function installTime(): void {
  installDate();
  installClocks();
  installWaits();
}

function installDate(): void {
  const RealDate = Date;
  const WorldDate = function (this: unknown, ...args: unknown[]) {
    if (!new.target) return new WorldDate().toString();
    const life = presentLife();
    const given = args.length > 0 || !life ? args : [life.clock.now()];
    return Reflect.construct(RealDate, given, new.target === WorldDate ? RealDate : new.target);
  } as unknown as DateConstructor;
  Object.defineProperties(WorldDate, {
    ...Object.getOwnPropertyDescriptors(RealDate),
    now: {
      configurable: true,
      writable: true,
      value: () => {
        const life = presentLife();
        return life ? life.clock.now() : RealDate.now();
      },
    },
  });
  replace(globalThis as never, 'Date', WorldDate);
  replace(RealDate.prototype as never, 'constructor', WorldDate);
  const { prototype } = Intl.DateTimeFormat;
  insideRead(prototype, 'format', (life, format) => (date: unknown) => {
    return (format() as AnyFunction)(date === undefined ? life.clock.now() : date);
  });
  inside(prototype, 'formatToParts', (life, original, date) => original(date === undefined ? life.clock.now() : date));
  for (const owner of [globalThis, buffer])
    replace(owner as never, 'File', worldFile(owner.File as typeof buffer.File));
  installTemporal();
}

/** Of a file that does not say when it was changed, Node says that it was now. */
function worldFile(Real: typeof buffer.File): typeof buffer.File {
  return new Proxy(Real, {
    construct(target, [parts, name, options], newTarget) {
      const life = presentLife();
      const given = life ? { lastModified: life.clock.now(), ...options } : options;
      return Reflect.construct(target, [parts, name, given], newTarget);
    },
  });
}

/** Where this Node has it: whatever says what time it is comes down to the instant. */
function installTemporal(): void {
  const { Temporal } = globalThis as unknown as { Temporal?: AnyTemporal };
  if (!Temporal) return;
  const { Now, Instant } = Temporal;
  const zoned = (life: Life, zone: unknown = Intl.DateTimeFormat().resolvedOptions().timeZone) =>
    Instant.fromEpochMilliseconds(life.clock.now()).toZonedDateTimeISO(zone);
  inside(Now, 'instant', (life) => Instant.fromEpochMilliseconds(life.clock.now()));
  inside(Now, 'zonedDateTimeISO', (life, _, zone) => zoned(life, zone));
  inside(Now, 'plainDateTimeISO', (life, _, zone) => zoned(life, zone).toPlainDateTime());
  inside(Now, 'plainDateISO', (life, _, zone) => zoned(life, zone).toPlainDate());
  inside(Now, 'plainTimeISO', (life, _, zone) => zoned(life, zone).toPlainTime());
}

type Zoned = Record<'toPlainDateTime' | 'toPlainDate' | 'toPlainTime', () => unknown>;

interface AnyTemporal {
  Now: object;
  Instant: { fromEpochMilliseconds(at: number): { toZonedDateTimeISO(zone: unknown): Zoned } };
}

function installClocks(): void {
  const prototype = Object.getPrototypeOf(perfHooks.performance);
  inside(prototype, 'now', ({ clock }) => clock.monotonic());
  insideRead(prototype, 'timeOrigin', ({ clock }) => clock.now() - clock.monotonic());
  insideRead(Event.prototype, 'timeStamp', ({ clock }) => clock.monotonic());
  insideRead(prototype, 'nodeTiming', (life) => {
    throw refused(life, 'performance.nodeTiming', 'REAL_TIME');
  });
  inside(process.hrtime, 'bigint', ({ clock }) => nanoseconds(clock));
  inside(process, 'hrtime', ({ clock }, _, since) => {
    const [seconds, rest] = (since ?? [0, 0]) as [number, number];
    const passed = nanoseconds(clock) - BigInt(seconds) * 1_000_000_000n - BigInt(rest);
    return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)];
  });
  inside(process, 'uptime', ({ clock }) => clock.monotonic() / 1e3);
}

function nanoseconds({ monotonic }: Clock): bigint {
  return BigInt(Math.round(monotonic() * 1e6));
}

/** What waits with the processor's own means, or looks at its real time. */
function installWaits(): void {
  const real: [owner: object, where: string, names: string[]][] = [
    [Atomics, 'Atomics', ['wait', 'waitAsync']],
    [
      Object.getPrototypeOf(perfHooks.performance),
      'performance',
      ['mark', 'measure', 'timerify', 'eventLoopUtilization'],
    ],
    [perfHooks, 'node:perf_hooks', ['timerify', 'monitorEventLoopDelay', 'eventLoopUtilization']],
  ];
  for (const [owner, where, names] of real) {
    for (const name of names) {
      if (!(name in owner)) continue;
      guarded(owner, name, (life) => {
        throw refused(life, `${where}.${name}`, 'REAL_TIME');
      });
    }
  }
}
