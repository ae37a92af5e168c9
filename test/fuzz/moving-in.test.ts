/**
 * Whatever a crontab or a unit holds: each job in it is carried over, or left out with the reason, and the config that is written says
 * to JavaScript what was meant.
 */
import { command, type EngineDefinition } from 'nightshift';
import { expect, it } from 'vitest';
import { configText, loadable } from '../../src/moving-in/config-text.ts';
import { crons } from '../../src/moving-in/crontab/crons.ts';
import { importCrontab } from '../../src/moving-in/crontab/import-crontab.ts';
import type { Found } from '../../src/moving-in/found-job.ts';
import { named } from '../../src/moving-in/job-names.ts';
import { importTimers } from '../../src/moving-in/systemd/import-timers.ts';
import { fc } from '../property.ts';
import { fuzzRuns } from './changed.ts';

const root = { name: 'root', home: '/root', isRoot: true, id: 0 };
const accountOf = (name: string) => (name === 'www' ? { name, home: '/var/www', isRoot: false } : undefined);

function isWritten(found: Found): void {
  const jobs = loadable(named(found.jobs));
  const body = configText(found, jobs, { by: 'import', differences: ['None.'] }, 'js')
    .replaceAll(/^import .*$/gm, '')
    .replace('export default', 'return');
  const config = new Function('command', 'defineConfig', body)(command, (each: object) => each);
  const meant = jobs.flatMap(({ id, options }) => (options ? [command(id, options)] : []));
  expect((config as { engines: EngineDefinition[] }).engines).toEqual(meant);
  for (const { options, remarks } of jobs) if (!options) expect(remarks.join('')).not.toBe('');
}

/** Texts of pieces that mean something, and of others. */
const textOf = (pieces: readonly string[], least: fc.Arbitrary<string>) =>
  fc
    .array(fc.oneof({ weight: 3, arbitrary: least }, { weight: 5, arbitrary: fc.constantFrom(...pieces) }), {
      maxLength: 40,
    })
    .map((bits) => bits.join(''));

const signs = ['\n', '\n', ' ', '\t', '=', '"', "'", '%', '\\', '#', '`$', '\u2028', '*/', '-'];
const crontab = textOf(
  [
    ...signs,
    '*',
    '*/5',
    '1-5',
    '0',
    '@daily ',
    '@reboot ',
    'mon',
    '\\%',
    '-n ',
    '~',
    'MAILTO=a\n',
    'CRON_TZ=UTC\n',
    'SHELL=/bin/bash\n',
    '0 3 * * * ',
    '*/7 * 1 * 5 ',
  ],
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const setting = ['OnCalendar=', 'OnBootSec=', 'ExecStart=', 'Environment=', 'User=www\n', 'Restart=on-failure\n'];
const unit = textOf(
  [
    ...signs,
    ...setting,
    '[Timer]\n',
    '[Service]\n',
    'daily',
    'Mon..Fri ',
    '*-*~1 ',
    '4:00',
    '5min',
    '/bin/x ',
    '%h',
    '$A',
    'A=b ',
    '\\\n',
    '; ',
  ],
  fc.string({ unit: 'binary', maxLength: 8 }),
);

it('is a config, of any crontab', () => {
  fc.assert(
    fc.property(crontab, fc.constantFrom('with users' as const, 'without users' as const), (text, hasUsers) =>
      isWritten(importCrontab(text, { from: 'crontab -l', cron: crons.cronie, hasUsers, user: root, accountOf })),
    ),
    { numRuns: fuzzRuns },
  );
});

it('is a config, of any timer and its service', () => {
  const host = { name: 'box', architecture: 'x86-64', kernel: '6.1', id: 'abc' };
  fc.assert(
    fc.property(unit, unit, (timer, service) => {
      const texts = {
        'a.timer': `[Timer]\nOnCalendar=daily\n${timer}`,
        'a.service': `[Service]\nExecStart=/bin/y\n${service}`,
      };
      const textsOf = (name: string) =>
        Object.hasOwn(texts, name) ? [{ file: name, text: texts[name as 'a.timer'] }] : [];
      const found = { name: 'a.timer', file: '/a.timer', kind: 'system', isEnabled: true } as const;
      isWritten(
        importTimers([found], {
          from: 'units',
          textsOf,
          user: root,
          accountOf,
          host,
          memory: 8e9,
          isReadable: () => true,
        }),
      );
    }),
    { numRuns: Math.ceil(fuzzRuns / 4) },
  );
});
