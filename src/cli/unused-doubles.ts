/**
 * What `simulate` says of doubles that stand in for no step: a name that is misspelt is refused, another one is told of.
 */
import { ConfigError, type ConfigProblem } from '../config/config-error.ts';
import { allOf } from '../config/found.ts';
import type { UnusedDouble } from '../testing/simulate/steps-met.ts';

/** @throws {ConfigError} for doubles whose names are near that of a step without one: what was simulated was not what was meant */
export function refuseMisspelt(unused: readonly UnusedDouble[], whose = ''): void {
  const problems = unused.filter(({ meant }) => meant !== undefined).map((each) => problemOf(each, whose));
  if (problems.length > 0) throw new ConfigError(problems);
}

/** The same in sentences, for whoever has something worse to say first. */
export function misspelt(unused: readonly UnusedDouble[], whose = ''): string[] {
  return unused
    .filter(({ meant }) => meant !== undefined)
    .map((each) => new ConfigError([problemOf(each, whose)]).message);
}

/** Doubles that may be for rarer occasions. */
export function idleText(unused: readonly UnusedDouble[], whose = ''): string[] {
  return unused.map(
    ({ engine, step, cameTo }) =>
      `${whose}: steps.${engine}.${step} was not asked for: no run of ${engine} came to a step '${step}', but to ${allOf(cameTo)}.`,
  );
}

function problemOf({ engine, step, meant }: UnusedDouble, whose: string): ConfigProblem {
  return {
    path: `${whose}: steps.${engine}.${step}`,
    found: `'${step}', to which no run came`,
    expected: `a step of ${engine}`,
    fix: `Did you mean '${meant}'?`,
  };
}
