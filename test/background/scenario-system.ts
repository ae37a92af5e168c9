/** Beside systemd as process 1: the jobs of root's own folder, run by a user that is made up, with credentials. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engines, Folder, inAHurry, isThere, shown } from './in-folder.ts';

const token = 'a-token-that-stays-the-same-for-ever';
mkdirSync('/run/credstore', { mode: 0o700 });
writeFileSync('/run/credstore/nightshift-key', Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 });
writeFileSync('/root/token', token, { mode: 0o600 });
const folder = new Folder('/root/jobs of mine', '/var/lib/nightshift');
inAHurry('/etc/systemd/system');

const envFile = await folder.variables();
const credentials = ['nightshift-key:/run/credstore/nightshift-key', 'nightshift-token:/root/token'];
const installed = await folder.command('install', { envFile, credential: credentials });
const runs = await folder.run(...engines);
const running = shown('--system', 'ActiveState', 'DynamicUser');
console.log(
  JSON.stringify({
    installed,
    runs,
    seen: folder.seen(),
    running,
    isTokenKept: readFileSync(join(folder.data, 'api.token'), 'utf8').trim() === token,
    hasKeyFile: isThere(join(folder.data, 'vault.key')),
    uninstalled: await folder.command('uninstall'),
  }),
);
