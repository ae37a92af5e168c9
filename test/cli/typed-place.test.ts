/**
 * Commands in an answer are about the service that the question was about.
 */
import { expect, it } from 'vitest';
import { withTypedPlace } from '../../src/cli/typed-place.ts';

it.each([
  ['nightshift start', 'nightshift start --config "it\'s.ts" --data /var/lib/x'],
  [
    'mend the cause, then: nightshift resume hello',
    'mend the cause, then: nightshift resume hello --config "it\'s.ts" --data /var/lib/x',
  ],
  ['nightshift logs -n 20; kill 7', 'nightshift logs -n 20 --config "it\'s.ts" --data /var/lib/x; kill 7'],
  ['chmod 600 /var/lib/nightshift/vault.key', 'chmod 600 /var/lib/nightshift/vault.key'],
])('%s', (command, expected) => {
  const quoted = expected.replace(`"it's.ts"`, String.raw`'it'\''s.ts'`);
  expect(withTypedPlace(command, { config: "it's.ts", data: '/var/lib/x', port: '0' })).toBe(quoted);
  expect(withTypedPlace(command, {})).toBe(command);
});
