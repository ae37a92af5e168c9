/**
 * Doubles: what stands in for the world outside, and what must hold in it besides, as a file for `nightshift simulate --world`
 * exports it.
 */
import { z } from 'zod';
import { ConfigError, type ConfigProblem } from '../../config/config-error.ts';
import type { ConfigDefinition } from '../../config/definition.ts';
import { field, section } from '../../config/field.ts';
import { problemsOf, root } from '../../config/problems.ts';
import type { WorldOptions } from '../world/world.ts';
import { didYouMean } from './did-you-mean.ts';

/** As {@link WorldOptions} has them; the invariants come on top of those that nightshift has. */
export type Doubles = Pick<WorldOptions, 'services' | 'steps' | 'programs' | 'invariants'>;

const callable = (fix: string) =>
  field({ expected: 'a function', fix }, (value) => (typeof value === 'function' ? value : undefined));

const byName = <Entry extends z.ZodType>(entry: Entry) =>
  z.record(z.string(), entry, { error: 'an object with an entry for each name' }).optional();

const schema = section(
  {
    services: byName(callable("Write it as (request) => answer(200, { … }), with answer from 'nightshift/testing'.")),
    steps: byName(
      z.record(z.string(), callable("Write it as ({ signal }) => 'what the step returns'."), {
        error: "an object with a function for each step, by the step's name",
      }),
    ),
    programs: byName(callable('Write it as ({ nth }) => ({ exitCode: 0, lines: 3 }).')),
    invariants: z
      .array(
        field(
          {
            expected: 'an invariant: an object with a name, and a function that watches',
            fix: "Write it as invariant('no run fails', (world, broken) => (event) => { … }), with invariant from 'nightshift/testing'.",
          },
          (value) => (isInvariant(value) ? value : undefined),
        ),
        { error: 'a list of invariants' },
      )
      .optional(),
  },
  'an object with services, steps, programs or invariants',
);

function isInvariant(value: unknown): boolean {
  const { name, watch } = (value ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && name !== '' && typeof watch === 'function';
}

/**
 * @param whose the file: problems' paths begin with it
 * @throws {ConfigError} with all problems at once
 */
export function doubles(written: unknown, whose: string, config: ConfigDefinition): Doubles {
  if (isEmpty(written)) throw new ConfigError([{ path: whose, ...nothingInIt }]);
  const result = schema.safeParse(written, { reportInput: true });
  const problems = [...problemsOf(result.error?.issues ?? []), ...strangers(written, config)];
  if (result.success && problems.length === 0) return result.data as unknown as Doubles;
  throw new ConfigError(
    problems.map(({ path, ...rest }) => ({ path: path === root ? whose : `${whose}: ${path}`, ...rest })),
  );
}

const nothingInIt = {
  found: 'a file that exports nothing',
  expected: 'services, steps, programs or invariants',
  fix: "Write export default { steps: { 'an engine': { 'a step': () => 'what the step returns' } } }, or leave --world out.",
};

function isEmpty(written: unknown): boolean {
  return typeof written === 'object' && written !== null && Object.keys(written).length === 0;
}

/** Doubles of what the config does not have. */
function strangers(written: unknown, { services = {}, engines = [] }: ConfigDefinition): ConfigProblem[] {
  const { services: ofServices, steps, programs } = (written ?? {}) as Record<string, unknown>;
  const ids = engines.map(({ id }) => id);
  const commands = engines.flatMap((engine) => ('command' in engine ? [engine.id] : []));
  return [
    ...unknown('services', ofServices, Object.keys(services), 'a service of the config'),
    ...unknown('steps', steps, ids, 'an engine of the config'),
    ...unknown('programs', programs, commands, 'an engine of the config that runs a program'),
  ];
}

function unknown(part: string, given: unknown, known: readonly string[], expected: string): ConfigProblem[] {
  if (typeof given !== 'object' || given === null) return [];
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: `${part}.${name}`, found: `'${name}'`, expected, fix: didYouMean(name, known) }));
}
