/**
 * A world in which much happens, and much goes wrong: engines of every temper, with services, tokens, windows and quotas, and faults of
 * every kind.
 */
import { command, engine, oauth2 } from 'nightshift';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { type Random, seededRandom } from '../../src/random.ts';
import type { CallFault, DiskFault, KillFault, MachineFault, ProgramFault } from '../../src/testing/faults/fault.ts';
import type { Chaos } from '../../src/testing/world/chaos.ts';
import { answer } from '../../src/testing/world/network.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const livelyConfig: ConfigDefinition = {
  timeZone: 'Europe/Berlin',
  windows: { day: { from: '08:00', to: '20:00' } },
  tokens: {
    videos: oauth2({
      tokenUrl: 'https://tokens.world/token',
      clientId: 'nightshift',
      clientSecret: 'secret',
      refreshToken: 'refresh-0',
    }),
  },
  services: {
    videos: { url: 'https://videos.world', token: 'videos', timeout: '10s', breaker: { cooldownMax: '10m' } },
    shop: {
      url: 'https://shop.world',
      quota: { limit: 20, per: 'hour' },
      breaker: { failures: 2, cooldownMax: '10m' },
    },
    primary: { url: 'https://primary.world', breaker: { cooldownMax: '10m' } },
    secondary: { url: 'https://secondary.world', breaker: { cooldownMax: '10m' } },
    model: { fallback: ['primary', 'secondary'] },
  },
  engines: [
    engine('upload', {
      every: '15m',
      jitter: '2m',
      jitterPer: 'run',
      run: async ({ step, service }) => {
        const order = await step('order', async () => (await service('shop').fetch('/next')).status);
        await step('upload', async () => (await service('videos').fetch('/upload', { method: 'POST' })).status);
        return { order };
      },
    }),
    engine('write', {
      every: '20m',
      overlap: 'queue',
      retry: { tries: 3, cap: '2m' },
      run: async ({ step, service }) => {
        const text = await step('write', async () => (await service('model').fetch('/write')).status);
        await step('check', async () => (await service('model').fetch('/check')).status, { timeout: '1m' });
        return text;
      },
    }),
    engine('publish', {
      schedule: '10 * * * *',
      overlap: 'cancel',
      run: async ({ step, service }) => {
        await step('post', async () => (await service('videos').fetch('/post', { method: 'POST' })).status, {
          window: 'day',
          onInterrupted: 'retry',
        });
        return 'posted';
      },
    }),
    engine('office', {
      every: '30m',
      window: 'day',
      catchUp: 'all',
      catchUpWithin: '3h',
      run: async ({ service }) => (await service('shop').fetch('/stock')).status,
    }),
    engine('sum', { after: 'upload', run: () => 'summed' }),
    command('import', { every: '10m', catchUp: 'skip', run: ['import'], retry: { tries: 2, cap: '1m' } }),
  ],
  builtIn: {
    health: false,
    resources: false,
    backup: false,
    logCleanup: false,
    logAnalysis: false,
    dailyReport: false,
    updates: false,
  },
};

function status(code: number, headers: Record<string, string> = {}): CallFault {
  return {
    kind: 'call',
    name: String(code),
    afterwards: 'the call is tried again',
    answer: async ({ pause }) => {
      await pause(20);
      return answer(code, {}, headers);
    },
  };
}

const lost: CallFault = {
  kind: 'call',
  name: 'answer lost',
  afterwards: 'the call is tried again under the same key',
  answer: async ({ served }) => {
    await served();
    throw Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    });
  },
};

const silence: CallFault = {
  kind: 'call',
  name: 'silence',
  afterwards: 'the call times out',
  answer: () => new Promise(() => {}),
};

const calls = [status(503), status(503), status(500), status(429, { 'retry-after': '90' }), status(401), lost, silence];

function disk(lastsMs: number): DiskFault {
  return {
    kind: 'disk',
    name: `disk full for ${lastsMs} ms`,
    afterwards: 'nothing is lost',
    error: () => Object.assign(new Error('no space left'), { code: 'ENOSPC' }),
    lastsMs,
    needsPerson: false,
  };
}

export function kill(when: KillFault['when'], downMs: number): KillFault {
  return { kind: 'kill', name: `killed ${when} a write`, afterwards: 'it goes on where it stopped', when, downMs };
}

function machine(name: string, happen: MachineFault['happen']): MachineFault {
  return { kind: 'machine', name, afterwards: 'every due time settles', happen };
}

const machines = [
  machine('clock forward', ({ setWall }) => setWall(37 * minuteMs)),
  machine('clock back', ({ setWall }) => setWall(-41 * minuteMs)),
  machine('asleep', ({ sleep }) => sleep(3 * hourMs)),
  machine('rings twice', ({ ringTwice }) => ringTwice()),
];

const programs: ProgramFault[] = [
  { kind: 'program', name: 'fails', afterwards: 'it is tried again', behaviour: { exitCode: 75 } },
  { kind: 'program', name: 'killed', afterwards: 'it is tried again', behaviour: { signal: 'SIGKILL' } },
  {
    kind: 'program',
    name: 'hangs',
    afterwards: 'it is stopped',
    behaviour: { runsMs: 2 * hourMs, ignoresSigterm: true },
  },
];

/** Faults of every kind, by chance, until an instant. */
export function livelyChaos(seed: number, calmAt: number, rate = 1): Chaos {
  const random = seededRandom(seed);
  const isOn = (at: number) => at < calmAt;
  const outages = new Map<string, number>();
  return {
    call: ({ service }, at) => {
      if (!isOn(at)) return undefined;
      const downUntil = outages.get(service) ?? 0;
      if (at < downUntil) return one(calls, random);
      if (random() < 0.01 * rate) outages.set(service, at + random() * hourMs);
      return random() < 0.05 * rate ? one(calls, random) : undefined;
    },
    write: ({ at }) => {
      if (!isOn(at)) return undefined;
      const drawn = random();
      if (drawn < 0.002 * rate) return kill(one(['before', 'during', 'after'], random), random() * 20 * minuteMs);
      if (drawn < 0.004 * rate) return disk(random() < 0.5 ? 0 : random() * 10 * minuteMs);
      return undefined;
    },
    program: ({ at }) => (isOn(at) && random() < 0.1 * rate ? one(programs, random) : undefined),
    next: (at) => {
      const nextAt = at + (random() * 8 * hourMs) / rate;
      return nextAt < calmAt ? { at: nextAt, fault: one([...machines, kill('before', 1_000)], random) } : undefined;
    },
  };
}

function one<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}
