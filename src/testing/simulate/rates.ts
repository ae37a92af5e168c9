/**
 * Chaos from fault rates: what goes wrong at random, and again in the same places for the same seed.
 *
 * Each opportunity is decided about by itself: a call by its service and number, what lasts for a while or comes at an instant by
 * sequences of their own. What happened is noted by the world as a list that `planned` plays again, whole or in part.
 */
import type { ConfigDefinition } from '../../config/definition.ts';
import { clockChanges } from '../../policies/local-time.ts';
import type { CallFault, DiskFault, KillFault, MachineFault } from '../faults/fault.ts';
import { faults } from '../faults/faults.ts';
import type { Chaos } from '../world/chaos.ts';
import { networkFault, outageFault, outageModes } from './call-faults.ts';
import { chanceOf, subject } from './chance.ts';
import { callRates, type FaultRates, programRates } from './fault-rates.ts';
import { clockSet, diskBusy, diskFull, killed, killedAtCommit, killTimes } from './fault-variants.ts';
import { Moments, type Spell, Spells } from './spells.ts';

const yearMs = 366 * 86_400_000;

export interface ChaosPlace {
  seed: number;
  /** What the config file exports: faults happen to its services and tokens. */
  config: ConfigDefinition;
  /** When the world begins, epoch ms. */
  startAt: number;
}

/** What may happen to calls of one name, and whether it is down. */
interface Target {
  subject: number;
  /** Calls may go wrong one by one. */
  isFallible: boolean;
  down: (at: number) => CallFault | undefined;
}

export function randomChaos(rates: FaultRates, place: ChaosPlace): Chaos {
  const { seed, startAt } = place;
  const spells = (name: string, rate: { everyMs: number; lastsMs: number }) => new Spells(seed, name, rate, startAt);
  const network = rates.network && spells('network', rates.network);
  const targetOf = targets(rates, place, spells);
  const choose = choiceOf(
    Object.entries(callRates).flatMap(([rate, some]) =>
      some.map((fault) => [(rates.calls[rate as keyof typeof callRates] ?? 0) / some.length, fault] as const),
    ),
  );
  const chooseProgram = choiceOf(
    Object.entries(programRates).map(
      ([rate, fault]) => [rates.programs[rate as keyof typeof programRates] ?? 0, fault] as const,
    ),
  );
  const writes = writeFaults(rates, place);
  const timed = timedFaults(rates, place, spells);

  return {
    call({ service, nth }, at) {
      const gone = network?.during(at);
      if (gone) return networkFault(gone);
      const target = targetOf(service);
      return target.down(at) ?? (target.isFallible ? choose(chanceOf(target.subject, nth)) : undefined);
    },
    write({ at }) {
      const due = writes.find(({ moments }) => moments.next <= at);
      const nth = due?.moments.take();
      // After a long sleep there are many in a row: they meet one write, and not each of the next.
      due?.moments.passTo(at);
      return nth === undefined ? undefined : due?.fault(nth);
    },
    program: ({ engine, nth }) => chooseProgram(chanceOf(subject(seed, `program ${engine}`), nth)),
    next(now) {
      for (const each of timed) each.passTo(now);
      const [first] = timed.toSorted((one, other) => one.at() - other.at());
      return first && { at: first.at(), fault: first.take() };
    },
  };
}

/** Chooses by a number in [0, 1): each has its share, and what remains is nothing. */
function choiceOf<Fault>(shares: readonly (readonly [number, Fault])[]): (chance: number) => Fault | undefined {
  const limits: { below: number; fault: Fault }[] = [];
  let sum = 0;
  for (const [share, fault] of shares) {
    sum += share;
    if (share > 0) limits.push({ below: sum, fault });
  }
  return (chance) => (chance < sum ? limits.find(({ below }) => chance < below)?.fault : undefined);
}

type SpellsOf = (name: string, rate: { everyMs: number; lastsMs: number }) => Spells;

/** By the name under which the network knows who is asked. Whoever takes alerts fails with the network alone. */
function targets(rates: FaultRates, { seed, config }: ChaosPlace, spells: SpellsOf): (name: string) => Target {
  const services = addressed(config);
  const { outages } = rates;
  const inTurn = outages?.inTurn ? spells('outages', outages) : undefined;
  const tokenServers = rates.tokenServers && spells('token servers', rates.tokenServers);
  const known = new Map<string, Target>();
  const make = (name: string): Target => {
    const hash = subject(seed, `calls to ${name}`);
    const turn = services.indexOf(name);
    const modeAt = ({ number }: Spell) =>
      outageModes[Math.floor(chanceOf(subject(seed, `mode of ${name}`), number) * outageModes.length)] ?? '503';
    if (name.startsWith('token server ')) {
      return { subject: hash, isFallible: true, down: whenDown(tokenServers, () => '503') };
    }
    if (turn === -1) return { subject: hash, isFallible: false, down: () => undefined };
    const own = outages && !inTurn ? spells(`outages of ${name}`, outages) : undefined;
    const isMine = ({ number }: Spell) => !inTurn || number % services.length === turn;
    return { subject: hash, isFallible: true, down: whenDown(inTurn ?? own, modeAt, isMine) };
  };
  return (name) => {
    const target = known.get(name) ?? make(name);
    known.set(name, target);
    return target;
  };
}

function whenDown(
  spells: Spells | undefined,
  modeAt: (spell: Spell) => (typeof outageModes)[number],
  isMine: (spell: Spell) => boolean = () => true,
): Target['down'] {
  if (!spells) return () => undefined;
  return (at) => {
    const spell = spells.during(at);
    return spell && isMine(spell) ? outageFault(modeAt(spell), spell) : undefined;
  };
}

/** The services that the network knows. */
function addressed({ services = {} }: ConfigDefinition): string[] {
  return Object.entries(services).flatMap(([name, service]) => ('url' in service && service.url ? [name] : []));
}

function grants({ tokens = {} }: ConfigDefinition): string[] {
  return Object.entries(tokens).flatMap(([name, { grant }]) => (grant === 'static' ? [] : [name]));
}

/** What happens at the first write after an instant. */
function writeFaults(rates: FaultRates, { seed, startAt }: ChaosPlace) {
  const found: { moments: Moments; fault: (nth: number) => DiskFault | KillFault }[] = [];
  const { crashesAtCommit, diskBusy: busy, diskFull: full, tornBatches } = rates;
  const vary = (name: string, mean: number) => (nth: number) => varied(mean, chanceOf(subject(seed, name), nth));
  const add = (name: string, everyMs: number, fault: (nth: number) => DiskFault | KillFault) =>
    found.push({ moments: new Moments(seed, name, everyMs, startAt), fault });
  if (crashesAtCommit) {
    const downMs = vary('down after a commit', crashesAtCommit.downMs);
    add('crashes at commits', crashesAtCommit.everyMs, (nth) =>
      killedAtCommit(killTimes[nth % killTimes.length] ?? 'during', downMs(nth)),
    );
  }
  if (busy) {
    const lastsMs = vary('length of busy', busy.lastsMs);
    add('disk busy', busy.everyMs, (nth) => diskBusy(lastsMs(nth)));
  }
  if (full) add('disk full', full.everyMs, diskFull);
  if (tornBatches) add('torn batches', tornBatches.everyMs, () => faults.tornBatch);
  return found;
}

/** What comes at instants of its own. */
interface Timed {
  at: () => number;
  /** Goes on to the next one. */
  take: () => KillFault | MachineFault;
  /** Goes on past what would have come while the machine slept. @param instant epoch ms */
  passTo: (instant: number) => void;
}

function timedFaults(rates: FaultRates, { seed, config, startAt }: ChaosPlace, spells: SpellsOf): Timed[] {
  const { crashes, asleep: sleeps, clockSet: set, tokensRejected, grantsRevoked } = rates;
  const { clocksChange, duplicateTimers, doubleStarts } = rates;
  const each = (name: string, everyMs: number, fault: (nth: number) => KillFault | MachineFault): Timed => {
    const moments = new Moments(seed, name, everyMs, startAt);
    return {
      at: () => moments.next,
      take: () => fault(moments.take()),
      passTo: (instant) => moments.passTo(instant),
    };
  };
  const timed: Timed[] = [];
  if (crashes) {
    const down = subject(seed, 'down');
    timed.push(each('crashes', crashes.everyMs, (nth) => killed(varied(crashes.downMs, chanceOf(down, nth)))));
  }
  if (sleeps) {
    const naps = subject(seed, 'naps');
    timed.push(each('asleep', sleeps.everyMs, (nth) => faults.asleep(varied(sleeps.lastsMs, chanceOf(naps, nth)))));
  }
  if (set) timed.push(clockTrouble(seed, set.byMs, spells('clock', set)));
  if (clocksChange && areSet(config.timeZone, startAt)) {
    timed.push(each('clocks change', clocksChange.everyMs, () => faults.dstChange(config.timeZone)));
  }
  if (duplicateTimers) timed.push(each('duplicate timers', duplicateTimers.everyMs, () => faults.duplicateTimer));
  if (doubleStarts) timed.push(each('double starts', doubleStarts.everyMs, () => faults.doubleStart));
  for (const token of grants(config)) {
    if (tokensRejected)
      timed.push(each(`rejected ${token}`, tokensRejected.everyMs, () => faults.tokensRejected(token)));
    if (grantsRevoked) timed.push(each(`revoked ${token}`, grantsRevoked.everyMs, () => faults.grantTakenBack(token)));
  }
  return timed;
}

/** Whether the clocks of a zone change at all. */
function areSet(timeZone: string | undefined, at: number): boolean {
  return timeZone === undefined || clockChanges(timeZone, at, at + yearMs).length > 0;
}

/** The clock is set wrong at the beginning of each spell, and right at its end. */
function clockTrouble(seed: number, byMsMax: number, spells: Spells): Timed {
  const [ways, lengths] = [subject(seed, 'clock way'), subject(seed, 'clock by')];
  let spell = spells.at(0);
  let isWrong = false;
  return {
    at: () => (isWrong ? spell.to : spell.from),
    take() {
      const { number } = spell;
      const byMs = varied(byMsMax, chanceOf(lengths, number)) * (chanceOf(ways, number) < 0.5 ? -1 : 1);
      if (isWrong) spell = spells.at(spell.to);
      isWrong = !isWrong;
      return clockSet(isWrong ? byMs : -byMs);
    },
    passTo(instant) {
      // Whoever set it wrong sets it right, however late.
      if (!isWrong) spell = spells.at(instant);
    },
  };
}

/** From half as much to half as much again, in whole milliseconds; whole seconds above ten. */
function varied(mean: number, chance: number): number {
  const ms = mean * (0.5 + chance);
  const unit = ms > 10_000 ? 1_000 : 1;
  return Math.max(1, Math.round(ms / unit) * unit);
}
