/**
 * The weather: everything that will go wrong in a world, and when, drawn before anything begins in it.
 *
 * It goes by true time alone, so that it is the same for everybody, whatever calls they make: who asks a service at an instant
 * finds it as everybody else would have found it.
 */
import { type Random, seededRandom } from '../../src/random.ts';
import type { CallFault } from '../../src/testing/faults/fault.ts';
import { dueAfter, grants, type Job, jobs, lengthOf } from './jobs.ts';
import * as rates from './rates.ts';
import { day, type Spell } from './rates.ts';
import { empty, refused, reset, silence, unresolved } from './troubles.ts';

export interface Weather {
  /** What goes wrong with a call to a service at an instant, epoch ms. */
  faultOf(service: string, at: number): CallFault | undefined;
  /** Whether the service, or the line to it, is down for longer than a moment. */
  isOut(service: string, at: number): boolean;
  /** What happens at an instant, in order. */
  happenings: readonly Happening[];
}

export type Happening = { at: number } & (
  | { what: 'crash'; job: string }
  | { what: 'powerCut'; lastsMs: number }
  | { what: 'diskFull' }
  | { what: 'rejected' | 'revoked'; grant: string }
);

interface Interval {
  from: number;
  to: number;
  fault: CallFault;
}

/** @param services their names, and those of the token servers */
export function weatherOf(seed: number, services: readonly string[], from: number, to: number): Weather {
  /** Each thing by itself: a year begins as three weeks do. */
  const chance = (what: string) => seededRandom(mixed(seed, what));
  const spells = (what: string, spell: Spell, fault: (random: Random) => CallFault) => {
    // Its lengths by themselves as well.
    const random = chance(`${what}, how long`);
    return instants(chance(what), spell.everyMs, from, to).map((begin): Interval => {
      const lasts = length(random, spell.lastsMs);
      return { from: begin, to: begin + lasts, fault: fault(random) };
    });
  };
  const downOr = (random: Random) => (random() < rates.silentShare ? silence : refused);
  const { outage, hiccup, blip, hollow } = rates.ofService;
  const line = [...spells('line cut', rates.ofLine.cut, () => unresolved), ...nights(chance('nights'), from, to)];
  const outages = new Map<string, Timetable>();
  const passing = new Map<string, Timetable>();
  for (const name of services) {
    const down = [...spells(`${name} outage`, outage, downOr), ...spells(`${name} hiccup`, hiccup, downOr)];
    outages.set(name, new Timetable([...line, ...down]));
    const brief = spells(`${name} blip`, blip, (random) => (random() < 0.5 ? reset : refused));
    // A token server that answered nothing would be one that is down.
    const nothing = name.startsWith('token server') ? [] : spells(`${name} hollow`, hollow, () => empty);
    passing.set(name, new Timetable([...brief, ...nothing]));
  }
  const lineAlone = new Timetable(line);
  return {
    faultOf: (service, at) => {
      const out = (outages.get(service) ?? lineAlone).at(at);
      return (out ?? passing.get(service)?.at(at))?.fault;
    },
    isOut: (service, at) => (outages.get(service) ?? lineAlone).at(at) !== undefined,
    happenings: happenings(chance, from, to).sort((one, other) => one.at - other.at),
  };
}

function happenings(chance: (what: string) => Random, from: number, to: number): Happening[] {
  const crashing = chance('crashes, where');
  const cuts = chance('power cuts, how long');
  return [
    ...crashInstants(chance('crashes'), from, to).map((at) => crashAfter(crashing, at)),
    ...instants(chance('power cuts'), rates.powerCut.everyMs, from, to).map(
      (at): Happening => ({ at, what: 'powerCut', lastsMs: length(cuts, rates.powerCut.lastsMs) }),
    ),
    ...instants(chance('disk full'), rates.diskFullEveryMs, from, to).map(
      (at): Happening => ({ at, what: 'diskFull' }),
    ),
    ...grants.flatMap((grant): Happening[] => [
      ...instants(chance(`${grant} rejected`), rates.rejectedEveryMs, from, to).map(
        (at): Happening => ({ at, what: 'rejected', grant }),
      ),
      ...instants(chance(`${grant} revoked`), rates.revokedEveryMs, from, to).map(
        (at): Happening => ({ at, what: 'revoked', grant }),
      ),
    ]),
  ];
}

/** As many in each week. */
function crashInstants(random: Random, from: number, to: number): number[] {
  const found: number[] = [];
  for (let begin = from; begin < to; begin += rates.week) {
    for (let n = 0; n < rates.crashesPerWeek; n++) found.push(Math.floor(begin + random() * rates.week));
  }
  return found.filter((at) => at < to);
}

/** A job brings its process down while it is at work: the more often it is at work, the more often it does. */
function crashAfter(random: Random, at: number): Happening {
  const weights = jobs.map((job) => lengthOf(job) / job.every);
  let place = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const found = jobs.find((_, index) => {
    place -= weights[index] as number;
    return place < 0;
  });
  const job = found ?? (jobs[0] as Job);
  return { at: Math.floor(dueAfter(job, at) + random() * lengthOf(job)), what: 'crash', job: job.name };
}

function nights(random: Random, from: number, to: number): Interval[] {
  const intervals: Interval[] = [];
  for (let midnight = Math.ceil(from / day) * day; midnight < to; midnight += day) {
    const begin = Math.floor(midnight + (rates.nightly.hour + random()) * rates.hour);
    intervals.push({ from: begin, to: begin + length(random, rates.nightly.lastsMs), fault: unresolved });
  }
  return intervals;
}

/** Instants that know nothing of each other, so many on average. */
function instants(random: Random, everyMs: number, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = from; ; ) {
    at += -Math.log(1 - random()) * everyMs;
    if (at >= to) return found;
    found.push(Math.floor(at));
  }
}

/** Between two lengths, each order of magnitude as likely as the next. */
function length(random: Random, [min, max]: readonly [number, number]): number {
  return Math.floor(min * (max / min) ** random());
}

function mixed(seed: number, text: string): number {
  let hash = seed >>> 0;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}

/** Intervals, and which of them an instant falls into. */
class Timetable {
  readonly #intervals: readonly Interval[];
  readonly #longest: number;

  constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals.toSorted((one, other) => one.from - other.from);
    this.#longest = Math.max(0, ...intervals.map(({ from, to }) => to - from));
  }

  at(instant: number): Interval | undefined {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#intervals[middle] as Interval).from <= instant) low = middle + 1;
      else high = middle;
    }
    for (let place = low - 1; place >= 0; place--) {
      const interval = this.#intervals[place] as Interval;
      if (instant < interval.to) return interval;
      if (instant - interval.from > this.#longest) return undefined;
    }
    return undefined;
  }
}
