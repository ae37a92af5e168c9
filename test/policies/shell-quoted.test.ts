import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellQuoted } from '../../src/policies/shell-quoted.ts';

it.each(['/srv/jobs', "it's", 'a b', '$HOME', '`id`', '"', '\\', '*', '', 'ä\n', '!x', '~', '-n'])(
  'a shell takes %j for one word, as it is',
  (text) => {
    const out = execFileSync('sh', ['-c', `printf '%s|' ${shellQuoted(text)}`], { encoding: 'utf8' });
    expect(out).toBe(`${text}|`);
  },
);
