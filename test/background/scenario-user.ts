/** Beside the manager of an unprivileged user: install, run, hang, install again, uninstall; again with --write, and with the home profile. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { engines, Folder, inAHurry, isThere, shown } from './in-folder.ts';

const units = join(homedir(), '.config/systemd/user');
const file = join(units, 'nightshift.service');
const folder = new Folder(join(homedir(), "ada's jobs, 100% of $HOME"));
inAHurry(units);

const envFile = await folder.variables();
const installed = await folder.command('install', { envFile });
const runs = await folder.run(...engines);
const status = await folder.command('status');

const before = shown('--user', 'MainPID', 'StatusText', 'NotifyAccess');
process.kill(Number(before.MainPID), 'SIGSTOP');
const after = await folder.until(() => {
  const now = shown('--user', 'MainPID', 'ActiveState', 'NRestarts');
  return now.NRestarts !== '0' && now.ActiveState === 'active' && now;
});

const start = () => statSync(join(folder.data, 'api.json')).mtimeMs;
const started = start();
execFileSync('systemctl', ['--user', 'reload', 'nightshift.service']);
await folder.until(() => start() !== started && shown('--user', 'ActiveState').ActiveState === 'active');
await folder.run('look');
const reloaded = shown('--user', 'MainPID').MainPID === after.MainPID;

const again = await folder.command('install', { envFile });
const { MainPID } = shown('--user', 'MainPID');
const uninstalled = await folder.command('uninstall');
const seen = folder.seen();
const left = { file: isThere(file), data: isThere(folder.data), loaded: shown('--user', 'LoadState', 'ActiveState') };

await folder.command('install', { envFile, write: ['.'] });
await folder.run('look');
const beside = await folder.until(() => (folder.seen() as { here: string }).here === 'done' && folder.seen());
await folder.command('uninstall');

await folder.command('install', { envFile, profile: 'home' });
const browsed = await folder.run('browser');
const page = isThere(join(homedir(), 'page.html')) && readFileSync(join(homedir(), 'page.html'), 'utf8');
console.log(
  JSON.stringify({
    installed,
    runs,
    status,
    seen,
    before,
    after,
    reloaded,
    again,
    keptRunning: MainPID === after.MainPID,
    uninstalled,
    updates: folder.updates(),
    left,
    beside,
    browsed,
    page,
  }),
);
