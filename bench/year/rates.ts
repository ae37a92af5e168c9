/**
 * How often what goes wrong in the world of the comparison. Each rate has its reason in docs/benchmarks.md; none was chosen by
 * what comes out of it.
 */

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const week = 7 * day;

/** Something that begins every so often, by chance, and lasts for a length between two, each order of magnitude being as likely. */
export interface Spell {
  everyMs: number;
  lastsMs: readonly [min: number, max: number];
}

/** Of each service by itself. */
export const ofService = {
  /** It is down. */
  outage: { everyMs: 30 * day, lastsMs: [20 * minute, 6 * hour] },
  /** It is down for a moment, as when it is deployed. */
  hiccup: { everyMs: 4 * day, lastsMs: [minute, 15 * minute] },
  /** Connections are reset, or a gateway is out of breath. */
  blip: { everyMs: day / 2, lastsMs: [2_000, 40_000] },
  /** It answers 200, and nothing. */
  hollow: { everyMs: 30 * day, lastsMs: [10 * minute, 2 * hour] },
} satisfies Record<string, Spell>;

/** Of outages and hiccups, those in which calls are never answered instead of refused. */
export const silentShare = 0.25;

/** Of the line that the machine hangs on. */
export const ofLine = {
  cut: { everyMs: week, lastsMs: [2 * minute, 40 * minute] },
} satisfies Record<string, Spell>;

/** The line is connected anew each night. */
export const nightly = { hour: 3, lastsMs: [20_000, 90_000] as const };

/** Jobs that bring down the process that they are in. */
export const crashesPerWeek = 47;
/** How long until a supervisor has started a process again. */
export const restartMs = 2_000;

export const powerCut: Spell = { everyMs: 60 * day, lastsMs: [2 * minute, hour] };
export const diskFullEveryMs = 180 * day;
/** Of each grant: the access tokens are worthless before their time, and a refresh mends that. */
export const rejectedEveryMs = 14 * day;
/** Of each grant: it is taken back, and only a person can give another. */
export const revokedEveryMs = 90 * day;

/** How long a person takes to do something about what they have found, or were told of. */
export const personMs = 15 * minute;
/** When a person is awake, in hours of the day. */
export const awake = { from: 7, to: 23 };
/** When a person looks at what does not call them, in hours of the day. */
export const looksAt = [8, 20] as const;
