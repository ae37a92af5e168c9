/**
 * The building blocks of the config's schemas.
 *
 * A field reads one value as somebody wrote it into what the service works with. When it cannot, the
 * issue it leaves says what was found, what was expected and how to mend it: zod's own wording is
 * never shown. A section is a strict object: a key that it does not know is a mistake.
 */
import { z } from 'zod';
import type { Problem } from '../errors.ts';
import { found } from './found.ts';

/** What a field has to say about a value that it cannot read. */
type Wish = Omit<Problem, 'found'> & Partial<Problem>;

/** Reads the value; undefined when it is wrong, after a word about what is, if the field's own wish is too general. */
type Read<Value> = (value: unknown, complain: (about: Partial<Problem>) => undefined) => Value | undefined;

export function field<Value>(wish: Wish, read: Read<Value>) {
  return z.unknown().transform((value, context): Value => {
    let about: Partial<Problem> = {};
    const result = read(value, (said) => {
      about = said;
    });
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', input: value, params: { found: found(value), ...wish, ...about } });
    return z.NEVER;
  });
}

/** An object with these keys and no others. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape, expected = 'an object') {
  const keys = Object.keys(shape).join(' ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : expected),
  });
}

/** A mistake in how the fields of a section go together; `path` leads to the one to name. */
export type Mismatch = Problem & { path: readonly string[] };

/**
 * Checks how the fields of a section go together, even when some of them are wrong: those are then not of
 * their type, so a check looks at what it gets.
 */
export function together<Section extends z.ZodType>(
  schema: Section,
  check: (value: Readonly<Record<string, unknown>>) => Mismatch | undefined,
): Section {
  return schema.superRefine(
    (value, context) => {
      if (typeof value !== 'object' || value === null) return;
      const mismatch = check(value as Record<string, unknown>);
      if (mismatch === undefined) return;
      const { path, ...problem } = mismatch;
      context.addIssue({ code: 'custom', path: [...path], params: problem });
    },
    { when: () => true },
  );
}

/** The check that one number of a section is not above another; `unit` follows the numbers in the report. */
export function inOrder(lower: string, upper: string, unit = '') {
  return (value: Readonly<Record<string, unknown>>): Mismatch | undefined => {
    const [low, high] = [value[lower], value[upper]];
    if (typeof low !== 'number' || typeof high !== 'number' || low <= high) return undefined;
    return {
      path: [upper],
      found: `${high}${unit}`,
      expected: `at least ${lower}, which is ${low}${unit}`,
      fix: `Raise ${upper} or lower ${lower}.`,
    };
  };
}
