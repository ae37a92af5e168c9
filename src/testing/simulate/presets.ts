/**
 * Fault rates to begin with.
 */
import type { FaultRatesDefinition } from './rates-schema.ts';

export const presets = {
  /** Nothing goes wrong. */
  none: {},
  /** A good provider, a good machine: now and then something does not work at the first attempt. */
  calm: {
    calls: { serverError: 0.0005, resetBefore: 0.0003, slow: 0.0003, rateLimited: 0.0002, dns: 0.0001 },
    outages: { every: '30d', lasts: '15m' },
    network: { every: '30d', lasts: '3m' },
    crashes: { every: '30d', down: '10s' },
    tokensRejected: { every: '60d' },
  },
  /**
   * The first week of those for whom Nightshift is: 47 crashes, tokens that expire, services that limit, DNS that lies, sockets
   * that are reset at three in the morning, programs that end well having done nothing; and now and then what needs a person.
   */
  hostile: {
    calls: {
      serverError: 0.012,
      rateLimited: 0.008,
      resetBefore: 0.006,
      resetAfter: 0.004,
      dns: 0.006,
      empty: 0.004,
      garbage: 0.003,
      truncated: 0.003,
      slow: 0.006,
      silence: 0.004,
      tls: 0.002,
    },
    outages: { every: '4d', lasts: '45m' },
    network: { every: '3d', lasts: '8m' },
    tokenServers: { every: '5d', lasts: '20m' },
    tokensRejected: { every: '3d' },
    grantsRevoked: { every: '21d' },
    diskFull: { every: '21d' },
    diskBusy: { every: '12h', lasts: '3s' },
    tornBatches: { every: '1d' },
    // 37 and 10 make 47 a week.
    crashes: { every: '4h32m', down: '10s' },
    crashesAtCommit: { every: '16h48m', down: '10s' },
    asleep: { every: '10d', lasts: '40m' },
    clockSet: { every: '10d', by: '10m', lasts: '30m' },
    duplicateTimers: { every: '8h' },
    doubleStarts: { every: '2d' },
    programs: { nothing: 0.03, fails: 0.01, killed: 0.01, hangs: 0.005, deaf: 0.002, leaks: 0.005 },
  },
  /** One service after the other is down for hours. */
  outage: {
    calls: { serverError: 0.001, resetBefore: 0.001 },
    outages: { every: '6h', lasts: '4h', inTurn: true },
  },
} as const satisfies Record<string, FaultRatesDefinition>;

export type Preset = keyof typeof presets;

/** What each of them is like, as a person is told. */
export const presetWords: Readonly<Record<Preset, string>> = {
  hostile: 'the first bad week: 47 crashes, outages, limits, tokens that are taken back, answers with nothing in them',
  outage: 'one service after the other is down for hours',
  calm: 'a good provider and a good machine: one call in 700 fails, and an outage or a crash comes once a month',
  none: 'nothing goes wrong',
};
