/**
 * Turns what zod found wrong into problems that a person can mend.
 */
import type { z } from 'zod';
import type { Problem } from '../errors.ts';
import type { ConfigProblem } from './config-error.ts';
import { alternatives, found, foundKind } from './found.ts';
import { nearest } from './nearest.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What the top of the config is called in a problem's path. */
export const root = 'config';

export function problemsOf(issues: readonly Issue[], above: Path = []): ConfigProblem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [...above, ...issue.path]));
}

function problemsOfIssue(issue: Issue, path: Path): ConfigProblem[] {
  switch (issue.code) {
    case 'custom':
      // A field has described its own mistake.
      return [{ path: written(path), ...(issue.params as unknown as Problem) }];
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: written([...path, key]),
        ...unknownKey(key, issue.message.split(' ')),
      }));
    case 'invalid_key':
      return problemsOf(issue.issues as Issue[], path);
    case 'invalid_union': {
      // The first alternative is the short one, `false`; what was meant is described by the last.
      const meant = issue.errors.at(-1);
      return meant === undefined ? [misfit(issue, path.slice(0, -1))] : problemsOf(meant, path);
    }
    default:
      return [misfit(issue, path)];
  }
}

function misfit({ input, message }: Issue, path: Path): ConfigProblem {
  return { path: written(path), found: foundKind(input), expected: message, fix: 'Write that instead.' };
}

/** The keys that only `engine()` and the token functions write. */
const internalKeys = ['command', 'grant', 'id', 'kind'];

function unknownKey(key: string, keys: readonly string[]): Problem {
  const known = keys.filter((candidate) => !internalKeys.includes(candidate));
  const meant = nearest(key, known);
  return {
    found: `the unknown key ${found(key)}`,
    expected: meant === undefined ? alternatives(known) : 'one that there is',
    fix: meant === undefined ? 'Remove it.' : `Did you mean '${meant}'?`,
  };
}

/** A path as a problem names it. */
export function written(path: Path): string {
  return path.length === 0 ? root : path.map(String).join('.');
}
