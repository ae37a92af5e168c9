/**
 * Beside the manager of an unprivileged user: from a folder with nothing in it and the user's real crontab to jobs that run, by the commands that the
 * docs show.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sendCommand } from '../../src/cli/client.ts';
import { statusOf } from '../../src/cli/status.ts';
import { marked, root, transcript } from '../docs/markdown.ts';

const home = homedir();
const jobs = join(home, 'jobs');
const data = join(jobs, '.nightshift');
for (const folder of ['bin', 'log', 'backups', 'documents', 'mail', 'photos', 'shop', 'jobs/node_modules/.bin']) {
  mkdirSync(join(home, folder), { recursive: true });
}
/** Each says that it was there, what it was told, and what it read. */
const told = 'echo "$(basename "$0") $*"; [ -t 0 ] || cat';
const own = ['backup.sh', 'fetch-mail.sh', 'index-mail.sh', 'spam-report.sh', 'heating.sh', 'mount-disks.sh', 'mail'];
const programs = [...own, 'prune-photos.sh', 'sync-notes.sh', 'logger', 'sudo'].map((name) => `bin/${name}`);
const ofShop = ['orders.sh', 'stock.sh', 'quarter.sh', 'prices.sh', 'holidays.sh'].map((name) => `shop/${name}`);
for (const name of [...programs, ...ofShop]) script(join(home, name), told);
writeFileSync(join(home, 'shop/report.py'), 'import sys\nprint(sys.argv)\n');
script(join(home, 'bin/mail'), `{ ${told}; } > ~/mail/sent`);
// There is no logind in such a boot, and no npm registry: somebody lingers when told to, and the package is there.
script(join(home, 'bin/loginctl'), '[ "$1" = show-user ] && echo no; exit 0');
symlinkSync(root, join(jobs, 'node_modules/nightshift'));
const command = [process.execPath, ...process.execArgv, join(root, 'src/main.ts')].map((word) => `'${word}'`).join(' ');
script(join(jobs, 'node_modules/.bin/nightshift'), `exec ${command} "$@"`);
script(join(home, 'bin/npx'), `exec ${jobs}/node_modules/.bin/"$@"`);

writeFileSync(join(home, 'crontab.txt'), `${marked('file: forty lines').text}\n`);
execFileSync('crontab', [join(home, 'crontab.txt')]);

/** What is shown with a dollar sign in front besides is what install does. */
const isTyped = (line: string) => /^(?:npx|crontab) /.test(line);
const shown = (mark: string) =>
  transcript(marked(mark))
    .commands.filter(isTyped)
    .map((line) => `$ ${line}\n${shell(line)}`.trimEnd())
    .join('\n\n');
const moving = shown('runs: forty lines');
await lastRunOf('heating-check');
const running = shown('runs: a minute later');

// Some of the others, by hand.
const started = ['tar-czf', 'orders', 'stock', 'prices', 'mail'];
const ended: Record<string, string> = {};
const { actors } = await statusOf(data, Date.now());
for (const { kind, id } of actors) {
  if (kind !== 'engine' || !started.includes(id)) continue;
  await sendCommand(data, `engine/${id}`, 'engine.trigger');
  ended[id] = await lastRunOf(id);
}
console.log(
  JSON.stringify({
    moving,
    running,
    ended,
    sent: readFileSync(join(home, 'mail/sent'), 'utf8'),
    orders: readFileSync(join(home, 'shop/orders.log'), 'utf8'),
    archives: shell('ls ~/backups').trim(),
    heated: readFileSync(join(home, 'log/heating.log'), 'utf8'),
  }),
);

function script(file: string, text: string) {
  writeFileSync(file, `#!/bin/bash\n${text}\n`);
  chmodSync(file, 0o755);
}

/** What is said to whoever types that in the folder. */
function shell(line: string): string {
  const env = { ...process.env, PATH: `${home}/bin:${process.env.PATH}` };
  const words = ['-c', `cd ~/jobs; { ${line}; } 2>&1 || echo "exit code $?"`];
  return execFileSync('bash', words, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** @returns how it ended */
async function lastRunOf(engine: string): Promise<string> {
  for (let tries = 0; tries < 1_000; tries++) {
    const status = await statusOf(data, Date.now()).catch(() => undefined);
    const found = status?.actors.find(({ kind, id }) => kind === 'engine' && id === engine);
    if (found?.lastRun) return found.lastRun.result;
    await wait(100);
  }
  throw new Error(`waited for a run of ${engine} in vain:\n${shell('npx nightshift status')}`);
}
