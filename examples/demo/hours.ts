/**
 * The hours of the demo. A window opens and closes with the minute of a clock on the wall, which nobody can make go faster, so
 * these are laid around the instant at which the demo begins: it is night on the blog, and day on the social network, where a night
 * of one minute comes later.
 */
import type { Closed } from '../hostile-world/record.ts';

const minuteMs = 60_000;
/** The shortest time for which it is night at the beginning. */
const nightMs = 12_000;

export interface DemoHours {
  /** What the configuration of the jobs is told, in UTC. */
  env: Record<'PUBLISH_FROM' | 'PUBLISH_TO' | 'DAYTIME_FROM' | 'DAYTIME_TO', string>;
  /** What the world holds it against. */
  closed: ReadonlyMap<string, readonly Closed[]>;
  opensAt: number;
}

/** @param startAt epoch ms */
export function hoursOf(startAt: number): DemoHours {
  const opensAt = Math.ceil((startAt + nightMs) / minuteMs) * minuteMs;
  const night = { from: opensAt + minuteMs, to: opensAt + 2 * minuteMs };
  return {
    env: {
      PUBLISH_FROM: clock(opensAt),
      PUBLISH_TO: clock(opensAt - 2 * minuteMs),
      DAYTIME_FROM: clock(night.to),
      DAYTIME_TO: clock(night.from),
    },
    closed: new Map([
      ['publish', [{ from: startAt - minuteMs, to: opensAt }]],
      ['daytime', [night]],
    ]),
    opensAt,
  };
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}
