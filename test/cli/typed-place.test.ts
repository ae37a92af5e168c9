/**
 * Commands in an answer are about the service that the question was about.
 */
import { expect, it } from 'vitest';
import { programOf } from '../../src/cli/run.ts';
import { typedPlace, withTypedPlace } from '../../src/cli/typed-place.ts';

it.each([
  ['nightshift start', 'nightshift start --config "it\'s.ts" --data /var/lib/x'],
  [
    'mend the cause, then: nightshift resume hello',
    'mend the cause, then: nightshift resume --config "it\'s.ts" --data /var/lib/x hello',
  ],
  ['nightshift logs -n 20; kill 7', 'nightshift logs --config "it\'s.ts" --data /var/lib/x -n 20; kill 7'],
  ['`nightshift status` lists them all.', '`nightshift status --config "it\'s.ts" --data /var/lib/x` lists them all.'],
  [
    'run: nightshift import state x.jsonl',
    'run: nightshift import state --config "it\'s.ts" --data /var/lib/x x.jsonl',
  ],
  ['Run nightshift init to write one.', 'Run nightshift init to write one.'],
  ['chmod 600 /var/lib/nightshift/vault.key', 'chmod 600 /var/lib/nightshift/vault.key'],
])('%s', (command, expected) => {
  const quoted = expected.replace(`"it's.ts"`, String.raw`'it'\''s.ts'`);
  expect(withTypedPlace(command, { config: "it's.ts", data: '/var/lib/x', port: '0' })).toBe(quoted);
  expect(withTypedPlace(command, {})).toBe(command);
});

it('takes the options in every command that has them', () => {
  const all = programOf(() => {}, {}).commands.flatMap((one) => (one.commands.length > 0 ? one.commands : [one]));
  for (const one of all) {
    const name = [one.parent?.parent && one.parent.name(), one.name()].filter(Boolean).join(' ');
    const takes = one.options.some(({ long }) => long === '--data');
    expect(withTypedPlace(`nightshift ${name}`, { data: 'd' })).toBe(`nightshift ${name}${takes ? ' --data d' : ''}`);
  }
});

it('finds the options wherever they were typed', () => {
  expect(typedPlace(['restore', 'latest', '--data=d', '--json', '--config', 'c.ts'])).toEqual({
    data: 'd',
    config: 'c.ts',
  });
  expect(typedPlace(['status', '--data'])).toEqual({});
});
