/**
 * Units in folders as systemd has them: which are somebody's own, which are started, and what they are made of.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownFolders, UnitFolders } from '../../src/cli/systemd-units.ts';

let home: string;
let own: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nightshift-units-'));
  own = join(home, '.config/systemd/user');
});
afterEach(() => rmSync(home, { recursive: true }));

function write(file: string, text = ''): string {
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), text);
  return join(home, file);
}

function link(file: string, target: string): void {
  mkdirSync(dirname(join(home, file)), { recursive: true });
  symlinkSync(target, join(home, file));
}

const folders = (...named: string[]) => new UnitFolders('user', ownFolders(home, {}), named);

it('the timers of a user are those that the user has written, and says which are started', () => {
  write('.config/systemd/user/backup.timer');
  write('.config/systemd/user/off.timer');
  write('.config/systemd/user/sync@.timer');
  link('.config/systemd/user/timers.target.wants/backup.timer', join(own, 'backup.timer'));
  link('.config/systemd/user/timers.target.wants/sync@shop.timer', join(own, 'sync@.timer'));
  // What came with something else, and is only enabled here.
  link('.config/systemd/user/linked.timer', write('.local/share/systemd/user/linked.timer'));
  expect(
    folders()
      .own()
      .map(({ name, isEnabled }) => [name, isEnabled]),
  ).toEqual([
    ['backup.timer', true],
    ['off.timer', false],
    ['sync@shop.timer', true],
  ]);
  expect(folders().ownFolder).toBe(own);
});

it('the folders of a user are where the environment says', () => {
  const moved = ownFolders(home, { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '' });
  expect(moved).toEqual({ config: '/c', data: join(home, '.local/share') });
  expect(new UnitFolders('user', moved).ownFolder).toBe('/c/systemd/user');
});

it('a unit is its file and what is dropped into it, in the order of names', () => {
  write('.local/share/systemd/user/a.service', 'shared');
  const named = write('units/a.service', 'named');
  write('.local/share/systemd/user/a.service.d/20.conf', 'second');
  write('.local/share/systemd/user/a.service.d/10.conf', 'hidden');
  write('.config/systemd/user/a.service.d/10.conf', 'first');
  write('.config/systemd/user/a.service.d/notes.txt', 'none');
  const texts = (by: UnitFolders, name: string) => by.textsOf(name).map(({ text }) => text);
  expect(texts(folders(), 'a.service')).toEqual(['shared', 'first', 'second']);
  expect(texts(folders(named), 'a.service')).toEqual(['named', 'first', 'second']);
  expect(texts(folders(), 'none.service')).toEqual([]);
});

it('what is dropped into all of a kind, or all of a name, is dropped into it as well, unless the same is nearer to it', () => {
  const dropIn = (folder: string, name = folder.replaceAll(/\W/g, '')) =>
    write(`.config/systemd/user/${folder}.d/${name}.conf`, folder);
  write('.config/systemd/user/sync-shop-eu@.service', 'template');
  const near = ['sync-shop-eu@a-b.service', 'sync-shop-eu@.service', 'sync-shop-.service', 'sync-.service', 'service'];
  for (const folder of [...near, 'sync-shop-eu@a-.service', 'sync.service', 'timer']) dropIn(folder);
  for (const folder of near.slice(1)) dropIn(folder, '~same');
  link('.config/systemd/user/sync-.service.d/sync-.conf', '/dev/null');
  const texts = folders()
    .textsOf('sync-shop-eu@a-b.service')
    .map(({ text }) => text);
  expect(texts).toEqual([
    'template',
    'service',
    '',
    'sync-.service',
    'sync-shop-eu@a-b.service',
    'sync-shop-eu@.service',
    'sync-shop-.service',
    'sync-shop-eu@.service',
  ]);
});

it('a link to another timer is none of its own', () => {
  write('units/a.timer');
  write('units/b@.timer');
  link('units/b@x.timer', 'b@.timer');
  link('units/alias.timer', 'a.timer');
  link('units/elsewhere.timer', write('other/elsewhere.timer'));
  const names = folders()
    .timersOf(join(home, 'units'))
    .map(({ name }) => name);
  expect(names).toEqual(['a.timer', 'b@x.timer', 'elsewhere.timer']);
});

it('an instance is made of its template, and of what is dropped into either', () => {
  write('.config/systemd/user/sync@.service', 'template');
  write('.config/systemd/user/sync@.service.d/a.conf', 'of all');
  write('.config/systemd/user/sync@shop.service.d/b.conf', 'of one');
  expect(
    folders()
      .textsOf('sync@shop.service')
      .map(({ text }) => text),
  ).toEqual(['template', 'of all', 'of one']);
});

it('a file or a folder that is named has its timers, started or not', () => {
  const timer = write('units/a.timer');
  write('units/b@.timer');
  write('units/c.service');
  const named = folders(join(home, 'units'));
  expect(named.timersOf(join(home, 'units'))).toEqual([
    { name: 'a.timer', file: timer, kind: 'user', isEnabled: true },
  ]);
  expect(named.timersOf(timer)).toHaveLength(1);
  expect(() => named.timersOf(join(home, 'units/c.service'))).toThrow('expected a timer such as backup.timer');
  expect(() => named.timersOf(join(home, 'nowhere'))).toThrow('found nothing there');
});
