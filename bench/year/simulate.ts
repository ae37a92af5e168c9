/**
 * One simulation of the comparison: a way of running the jobs, in the weather of a seed, for so many days.
 */
import type { DiskFault, KillFault, MachineFault } from '../../src/testing/faults/fault.ts';
import type { Person } from '../../src/testing/world/alert-inbox.ts';
import type { Chaos } from '../../src/testing/world/chaos.ts';
import { World, type WorldOptions } from '../../src/testing/world/world.ts';
import { Cron } from './cron.ts';
import { definition, services, tokenUrlOf } from './jobs.ts';
import { nightshiftJobs } from './nightshift.ts';
import type { Machine, Program } from './program.ts';
import { awake, day, hour, looksAt, personMs, restartMs } from './rates.ts';
import { Script } from './script.ts';
import { type Counts, Tally } from './tally.ts';
import { Tasks } from './tasks.ts';
import { type Happening, type Weather, weatherOf } from './weather.ts';

export const ways = ['cron', 'script', 'nightshift'] as const;

/** How the jobs are run. */
export type Way = (typeof ways)[number];

export interface Outcome extends Counts {
  way: Way;
  seed: number;
  days: number;
  /** Tasks that fell due, and those that were not done even twelve calm hours after the last of them. */
  due: number;
  lost: number;
  /** Calls that a service did anew. */
  twice: number;
  /** What the weather had, by its kind. */
  happened: Record<string, number>;
  /** Engines that stand still until a person acts, at the end. */
  halted: string[];
  /** Processor time that the simulation took, and the time that passed meanwhile. */
  cpuMs: number;
  tookMs: number;
}

const startAt = Date.UTC(2026, 0, 5);
/** After the weather, calm hours in which everybody may catch up. */
const calmMs = 12 * hour;

/** @param progress told of each day that has gone by */
export async function simulate(
  way: Way,
  seed: number,
  days: number,
  progress: (day: number) => void = () => {},
): Promise<Outcome> {
  const [cpu, began] = [process.cpuUsage(), process.hrtime.bigint()];
  const endAt = startAt + days * day;
  const tokenServers = ['google', 'microsoft', 'x', 'crm'].map((token) => `token server ${tokenUrlOf(token)}`);
  const weather = weatherOf(seed, [...services, ...tokenServers], startAt, endAt);
  const [tally, tasks] = [new Tally(weather), new Tasks()];
  const program = programOf(way, (key) => world.put(key, null));
  const options: WorldOptions = {
    config: program ? definition([]) : nightshiftJobs(),
    seed,
    startAt,
    services: Object.fromEntries(services.map((name) => [name, tasks.handler])),
    faults: chaosOf(weather, program?.killed?.bind(program)),
    invariants: [tally.watching],
    history: 'nothing',
    ...(program ? { inhabitant: program.inhabitant } : { person: calledPerson }),
  };
  await using world = new World(options);
  await lived(world, endAt + calmMs, (at) => {
    for (const what of program?.look(machineOf(world, at)) ?? []) tally.fixed(what);
    progress((at - startAt) / day);
  });
  const halted = program
    ? []
    : world.host.addresses().filter((each) => world.host.status(each).snapshot.hasTag('waitsForHuman' as never));
  const { user, system } = process.cpuUsage(cpu);
  return {
    way,
    seed,
    days,
    ...tally.counts,
    ...tasks.count(startAt, endAt),
    twice: tasks.twice,
    happened: counted(weather.happenings.map(({ what }) => what)),
    halted,
    cpuMs: Math.round((user + system) / 1_000),
    tookMs: Number((process.hrtime.bigint() - began) / 1_000_000n),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function programOf(way: Way, unlink: (key: string) => void): Program | undefined {
  switch (way) {
    case 'cron':
      return new Cron(unlink);
    case 'script':
      return new Script();
    case 'nightshift':
      return undefined;
    default:
      return way satisfies never;
  }
}

/** Goes on until an instant, with a look each time somebody has one. */
async function lived(world: World, until: number, look: (at: number) => void): Promise<void> {
  for (let midnight = startAt; midnight < until; midnight += day) {
    for (const at of looksAt) {
      await world.runUntil(() => false, Math.min(midnight + at * hour, until));
      look(world.now);
    }
    await world.runUntil(() => false, Math.min(midnight + day, until));
  }
}

/** Whoever is called comes, unless they are asleep; then they come when they have got up. */
const calledPerson: Person = ({ cause, todo, severity }, at) => {
  if (todo === null && severity !== 'now') return null;
  const [kind = '', name = ''] = cause.split(/:(.*)/s);
  const hours = (at % day) / hour;
  const asleepMs =
    hours < awake.from ? (awake.from - hours) * hour : hours >= awake.to ? (24 - hours + awake.from) * hour : 0;
  const afterMs = asleepMs + personMs;
  switch (kind) {
    case 'token':
      return { afterMs, did: `gave the grant of ${name} again`, act: (help) => help.restoreGrant(name) };
    case 'store':
      return { afterMs, did: 'made room on the disk', act: (help) => help.makeRoom() };
    case 'engine':
      return { afterMs, did: `resumed ${name}`, act: (help) => help.resume(`engine/${name}`) };
    default:
      return null;
  }
};

function machineOf(world: World, now: number): Machine {
  return {
    isDiskFull: () => !world.isDiskWell,
    makeRoom: () => void world.help.makeRoom(),
    rows: (prefix) => world.rows(prefix),
    put: (key, json) => world.put(key, json),
    isRevoked: (grant) => world.authority.isRevoked(grant),
    consent: (grant) => world.authority.consent(grant),
    now: () => now,
  };
}

/** @param killed ends the process of one job; without it, all of them are in the same process */
function chaosOf({ faultOf, happenings }: Weather, killed?: (job: string) => void): Chaos {
  const full = happenings.filter(({ what }) => what === 'diskFull');
  const others = happenings.filter(({ what }) => what !== 'diskFull');
  return {
    call: ({ service }, at) => faultOf(service, at),
    write: ({ at }) => {
      if (full[0] === undefined || full[0].at > at) return undefined;
      full.shift();
      return diskFull;
    },
    next: () => {
      const happening = others.shift();
      return happening && { at: happening.at, fault: machineFaultOf(happening, killed) };
    },
  };
}

function machineFaultOf(happening: Happening, killed?: (job: string) => void): KillFault | MachineFault {
  switch (happening.what) {
    case 'crash': {
      const { job } = happening;
      return killed
        ? { ...machineFault, name: `the process of ${job} dies`, happen: () => killed(job) }
        : { ...killFault, name: `${job} brings the process down`, downMs: restartMs };
    }
    case 'powerCut':
      return { ...killFault, name: 'power cut', downMs: happening.lastsMs };
    case 'rejected':
      return { ...machineFault, name: 'token rejected', happen: (machine) => machine.rejectToken(happening.grant) };
    case 'revoked':
      return { ...machineFault, name: 'grant revoked', happen: (machine) => machine.revokeGrant(happening.grant) };
    case 'diskFull':
      throw new RangeError('A full disk is met at a write.');
    default:
      return happening satisfies never;
  }
}

const afterwards = 'What was under way is done all the same.';
const machineFault = { kind: 'machine', afterwards } as const;
const killFault = { kind: 'kill', when: 'before', afterwards } as const;
const diskFull: DiskFault = {
  kind: 'disk',
  name: 'disk full',
  afterwards: 'What was held goes on once there is room.',
  error: () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
  lastsMs: 0,
  needsPerson: true,
};
