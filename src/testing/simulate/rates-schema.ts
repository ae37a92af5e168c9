/**
 * Fault rates as somebody writes them, and everything that can be wrong with them.
 */
import type { z } from 'zod';
import { ConfigError } from '../../config/config-error.ts';
import type { Duration } from '../../config/definition.ts';
import { field, section } from '../../config/field.ts';
import { duration } from '../../config/fields.ts';
import { problemsOf, root } from '../../config/problems.ts';
import { type CallRate, callRates, type FaultRates, type ProgramRate, programRates } from './fault-rates.ts';

/** See {@link FaultRates}: `every` is the mean time between, `lasts` the mean length. What is absent never happens. */
export interface FaultRatesDefinition {
  calls?: Partial<Record<CallRate, number>>;
  outages?: { every: Duration; lasts: Duration; inTurn?: boolean };
  network?: { every: Duration; lasts: Duration };
  tokenServers?: { every: Duration; lasts: Duration };
  tokensRejected?: { every: Duration };
  grantsRevoked?: { every: Duration };
  diskFull?: { every: Duration };
  diskBusy?: { every: Duration; lasts: Duration };
  tornBatches?: { every: Duration };
  /** `down`: how long nobody is there. Default `'5s'`. */
  crashes?: { every: Duration; down?: Duration };
  crashesAtCommit?: { every: Duration; down?: Duration };
  asleep?: { every: Duration; lasts: Duration };
  clockSet?: { every: Duration; by: Duration; lasts: Duration };
  clocksChange?: { every: Duration };
  duplicateTimers?: { every: Duration };
  doubleStarts?: { every: Duration };
  programs?: Partial<Record<ProgramRate, number>>;
}

const downMsDefault = 5_000;

const share = () =>
  field({ expected: 'a share from 0 to 1', fix: 'Write 0.01 for one in a hundred.' }, (value) =>
    typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined,
  );

const flag = () =>
  field({ expected: 'true or false', fix: 'Write one of them.' }, (value) =>
    typeof value === 'boolean' ? value : undefined,
  );

const every = { every: duration() };
const spell = { ...every, lasts: duration() };

/** Shares of one thing: together they are no more than all of it. */
function shares<Name extends string>(names: readonly Name[]) {
  const shape = Object.fromEntries(names.map((name) => [name, share().optional()])) as Record<
    Name,
    z.ZodOptional<ReturnType<typeof share>>
  >;
  return section(shape)
    .superRefine((value, context) => {
      const sum = Object.values<unknown>(value).reduce<number>((all, one) => all + Number(one ?? 0), 0);
      const params = {
        found: `shares that come to ${Number(sum.toFixed(6))}`,
        expected: 'at most 1 together',
        fix: 'Lower some of them.',
      };
      if (sum > 1) context.addIssue({ code: 'custom', path: [], params });
    })
    .optional();
}

const schema = section(
  {
    calls: shares(Object.keys(callRates) as CallRate[]),
    outages: section({ ...spell, inTurn: flag().default(false) }).optional(),
    network: section(spell).optional(),
    tokenServers: section(spell).optional(),
    tokensRejected: section(every).optional(),
    grantsRevoked: section(every).optional(),
    diskFull: section(every).optional(),
    diskBusy: section(spell).optional(),
    tornBatches: section(every).optional(),
    crashes: section({ ...every, down: duration().default(downMsDefault) }).optional(),
    crashesAtCommit: section({ ...every, down: duration().default(downMsDefault) }).optional(),
    asleep: section(spell).optional(),
    clockSet: section({ ...spell, by: duration() }).optional(),
    clocksChange: section(every).optional(),
    duplicateTimers: section(every).optional(),
    doubleStarts: section(every).optional(),
    programs: shares(Object.keys(programRates) as ProgramRate[]),
  },
  'an object with fault rates',
);

/** How a length is called when it is known to be milliseconds. */
const units = { every: 'everyMs', lasts: 'lastsMs', down: 'downMs', by: 'byMs' } as const;

/**
 * @param whose where they are written: the problems' paths begin with it
 * @throws {ConfigError} with all problems at once
 */
export function faultRates(written: unknown, whose: string): FaultRates {
  const result = schema.safeParse(written, { reportInput: true });
  if (!result.success) {
    const problems = problemsOf(result.error.issues);
    throw new ConfigError(
      problems.map(({ path, ...rest }) => ({ path: path === root ? whose : `${whose}: ${path}`, ...rest })),
    );
  }
  const { calls, programs, ...timed } = result.data;
  return { calls: present(calls), programs: present(programs), ...inMilliseconds(timed) };
}

function present<Shares extends object>(shares: Shares | undefined): Partial<Record<keyof Shares, number>> {
  return Object.fromEntries(Object.entries(shares ?? {}).filter(([, share]) => share !== undefined)) as never;
}

function inMilliseconds(timed: Readonly<Record<string, object | undefined>>): Omit<FaultRates, 'calls' | 'programs'> {
  const entries = Object.entries(timed).flatMap(([name, rate]) => (rate ? [[name, renamed(rate)] as const] : []));
  return Object.fromEntries(entries);
}

function renamed(rate: object): object {
  return Object.fromEntries(
    Object.entries(rate).map(([name, value]) => [units[name as keyof typeof units] ?? name, value]),
  );
}
