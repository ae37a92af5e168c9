import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installedFor } from '../../src/background/installed.ts';
import { noted } from '../../src/background/note.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nightshift-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const found = (data: string, platform: NodeJS.Platform) =>
  installedFor(data, {
    platform,
    home,
    user: 'ada',
    uid: 4242,
    env: {},
    run: () => Promise.reject(new Error('nothing is run')),
  })
    .filter(({ scope }) => scope === 'user')
    .map(({ name, manager, note }) => ({ name, manager: manager.name, untouched: note.untouched }));

it.each([
  ['linux', '.config/systemd/user', 'service', 'systemd'],
  ['darwin', 'Library/LaunchAgents', 'plist', 'launchd'],
] as const)(
  'on %s, those are found whose file names the data folder, by whatever name',
  (platform, folder, ending, manager) => {
    const write = (name: string, data: string) => {
      const text = noted(
        '[Unit]\nNOTE\n',
        'NOTE',
        { config: '/jobs/c.ts', data, profile: 'strict' },
        (line) => `# ${line}`,
      );
      writeFileSync(join(home, folder, `${name}.${ending}`), text);
    };
    expect(found('/jobs/data', platform)).toEqual([]);
    mkdirSync(join(home, folder), { recursive: true });
    write('nightshift-2', '/jobs/data');
    write('nightshift', '/other/data');
    writeFileSync(join(home, folder, `sshd.${ending}`), '[Unit]\n');
    writeFileSync(join(home, folder, 'notes.txt'), '# nightshift: {"data":"/jobs/data"}\n');
    expect(found('/jobs/data', platform)).toEqual([{ name: 'nightshift-2', manager, untouched: true }]);
  },
);
