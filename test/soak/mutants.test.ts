import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutants, mutated } from '../../soak/mutants.ts';

const sources = join(import.meta.dirname, '../../src');

describe('the mutants', () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('know the runtime as it is: %s', (_, mutant) => {
    const source = readFileSync(join(sources, mutant.file), 'utf8');
    expect(mutated(source, mutant)).not.toBe(source);
  });

  it('are at least twenty-five, each with a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(mutants.length).toBeGreaterThanOrEqual(25);
  });
});

it.each([
  ['nowhere', 'one'],
  ['twice', 'one two two'],
])('a mutant whose text stands %s is out of date, and says so', (_, source) => {
  const mutant = { name: 'counts wrong', file: 'count.ts', find: 'two', replace: 'three' };
  expect(() => mutated(source, mutant)).toThrow(
    /^counts wrong: found its text \d times in src\/count\.ts, expected once/,
  );
});
