import { describe, expect, it } from 'vitest';
import { noted, noteIn } from '../../src/background/note.ts';
import { systemdUnit } from '../../src/background/systemd-unit.ts';
import { launchWith } from './launch.ts';

const facts = { config: '/jobs/nightshift.config.ts', data: '/jobs/.nightshift', profile: 'strict' } as const;
const text = noted('first\n# here\nlast\n', '# here', facts, (note) => `# ${note}`);

describe('a written file', () => {
  it('says what it is of, and that nobody has changed it', () => {
    expect(noteIn(text)).toEqual({ ...facts, untouched: true });
    const launch = launchWith();
    const { config, data, profile } = launch;
    expect(noteIn(systemdUnit(launch, { version: 252, speaks: true }))).toEqual({
      config,
      data,
      profile,
      untouched: true,
    });
  });

  it.each([
    ['a line more', (unit: string) => `${unit}Nice=10\n`],
    ['a line less', (unit: string) => unit.replace('first\n', '')],
  ])('with %s has been changed', (_, change) => {
    expect(noteIn(change(text))).toEqual({ ...facts, untouched: false });
  });

  it.each(['[Service]\nExecStart=/bin/true\n', '# nightshift: {broken}\n', ''])(
    'that says nothing of the kind is not ours: %j',
    (other) => {
      expect(noteIn(other)).toBeUndefined();
    },
  );
});
