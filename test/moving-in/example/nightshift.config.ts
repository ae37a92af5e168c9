/**
 * Written by nightshift import crontab, from crontab -l: 38 jobs; 2 could not be carried over and stand here as comments.
 *
 * What is different.
 */
import { command, defineConfig } from 'nightshift';

/** What cron does, and nightshift does otherwise unless it is told. */
const asCron = {
  cwd: '/home/ada',
  inherit: ['LANG', 'LC_ALL'], // cron hands on nothing else: the rest is said in env
  timeout: '1d', // cron has no limit; the usual one is '1h'
  catchUp: 'skip', // cron makes up for no time off; 'once', the usual, runs a job that was due while the machine was off
  maxFailures: 1000, // cron goes on for ever; after 5, the usual, a job halts and you are told
  exitCodes: { 69: 'bug', 75: 'bug', 77: 'bug' }, // failures like all others; the usual: 69 waits for what is not there, 75 is tried again, 77 is missing rights
  retry: { tries: 1 }, // nothing is tried again; the usual: after a signal, or too long a time, up to 5 times
} as const;

/** The environment that cron gives, with what lines 4 to 6 say. */
const environment = {
  SHELL: '/bin/sh',
  PATH: '/home/ada/bin:/usr/local/bin:/usr/bin:/bin',
  HOME: '/home/ada',
  LOGNAME: 'ada',
  USER: 'ada',
  MAILTO: 'ada@example.com',
  BACKUP_PASSWORD: 'correct horse battery', // a secret? env('BACKUP_PASSWORD') keeps it out of this file and of logs
} as const;

/** The environment that cron gives, with what line 45 says. */
const environment2 = {
  ...environment,
  RANDOM_DELAY: '20',
} as const;

/** The environment that cron gives, with what lines 48 and 49 say. */
const environment3 = {
  ...environment2,
  SHELL: '/bin/bash',
  RANDOM_DELAY: '0',
} as const;

/** The environment that cron gives, with what line 53 says. */
const environment4 = {
  ...environment3,
  CRON_TZ: 'America/New_York',
} as const;

/** The environment that cron gives, with what line 55 says. */
const environment5 = {
  ...environment4,
  TZ: 'America/New_York',
} as const;

/** The environment that cron gives, with what lines 57 and 58 say. */
const environment6 = {
  ...environment5,
  CRON_TZ: '',
  TZ: '',
} as const;

export default defineConfig({
  // In which schedules are read. Without it: the machine's, as before.
  // timeZone: 'Europe/Berlin',

  // To be told of failures by mail: import mail from 'nightshift' too, and
  // alerts: { channels: { mail: mail({ host: 'localhost', port: 25, from: 'nightshift@localhost', to: 'ada@example.com' }) } },

  // Line 4: cron mails what jobs print to ada@example.com. Here it is in nightshift logs, and who is
  // told of failures is said under alerts.
  // Line 55: TZ=America/New_York is of what the jobs see. Their times are read in the machine's time
  // zone, as cron reads them; CRON_TZ is for those.

  engines: [
    // --- backups ---
    // Everything, every night. Takes about two hours.
    // (line 10)
    command('backup-all', {
      ...asCron,
      schedule: '15 2 * * *',
      run: '/home/ada/bin/backup.sh --all',
      shell: true,
      env: environment,
    }),

    // (line 11)
    command('backup-database', {
      ...asCron,
      schedule: '45 */6 * * *',
      run: '/home/ada/bin/backup.sh --database',
      shell: true,
      env: environment,
    }),

    // (line 12)
    command('restic-backup-forget', {
      ...asCron,
      schedule: '0 5 * * 0',
      run: 'restic -r /mnt/backup forget --keep-daily 7 --prune >> /home/ada/log/restic.log 2>&1',
      shell: true,
      env: environment,
    }),

    // (line 13)
    // What stands behind the % is its stdin, as with cron, for which a percent sign to the shell is \%.
    command('restic-backup-check', {
      ...asCron,
      schedule: '30 5 1 * *',
      run: 'restic -r /mnt/backup check --read-data-subset=5',
      shell: true,
      env: environment,
      stdin: '\n',
    }),

    // (line 14)
    command('mysqldump-shop', {
      ...asCron,
      schedule: '0 4 * * *',
      run: 'mysqldump --single-transaction shop | gzip > /mnt/backup/shop-$(date +%F).sql.gz',
      shell: true,
      env: environment,
    }),

    // (line 15)
    command('find', {
      ...asCron,
      schedule: '10 4 * * *',
      run: 'find /mnt/backup -name \'shop-*.sql.gz\' -mtime +30 -delete',
      shell: true,
      env: environment,
    }),

    // --- the shop ---
    // (line 18)
    command('artisan-schedule-run', {
      ...asCron,
      schedule: '*/5 * * * *',
      run: 'cd /srv/shop && php artisan schedule:run >> /dev/null 2>&1',
      shell: true,
      env: environment,
    }),

    // (line 19)
    command('orders', {
      ...asCron,
      schedule: '*/10 8-20 * * 1-5',
      run: '/usr/bin/python3 /srv/shop/jobs/orders.py --since 15m',
      shell: true,
      env: environment,
    }),

    // (line 20)
    command('report-sales', {
      ...asCron,
      schedule: '0 9 * * 1-5',
      run: '/usr/bin/python3 /srv/shop/jobs/report.py --to sales',
      shell: true,
      env: environment,
    }),

    // (line 21)
    command('report-board', {
      ...asCron,
      schedule: '0 18 * * 5',
      run: '/usr/bin/python3 /srv/shop/jobs/report.py --to board',
      shell: true,
      env: environment,
    }),

    // (line 22)
    command('stock', {
      ...asCron,
      schedule: '*/30 * * * *',
      run: 'flock -n /tmp/stock.lock /srv/shop/jobs/stock.sh',
      shell: true,
      env: environment,
    }),

    // (line 23)
    command('prices', {
      ...asCron,
      schedule: '5 0 * * *',
      run: '/srv/shop/jobs/prices.sh "Café & Söhne"',
      shell: true,
      env: environment,
    }),

    // (line 24)
    command('new-year', {
      ...asCron,
      schedule: '0 0 1 1 *',
      run: '/srv/shop/jobs/new-year.sh',
      shell: true,
      env: environment,
    }),

    // (line 25)
    command('closed-for-holidays', {
      ...asCron,
      schedule: '0 12 24-26 12 *',
      run: '/srv/shop/jobs/closed-for-holidays.sh',
      shell: true,
      env: environment,
    }),

    // (line 26)
    command('inventory', {
      ...asCron,
      schedule: '0 3 1,15 * 1',
      run: '/srv/shop/jobs/inventory.sh',
      shell: true,
      env: environment,
    }),

    // --- posting ---
    // (line 29)
    command('post', {
      ...asCron,
      schedule: '7 9,13,17 * * *',
      run: 'node /home/ada/social/post.mjs',
      shell: true,
      env: environment,
    }),

    // (line 30)
    command('mentions', {
      ...asCron,
      schedule: '0 * * * *',
      run: 'node /home/ada/social/mentions.mjs',
      shell: true,
      env: environment,
    }),

    // (line 31)
    command('stats', {
      ...asCron,
      schedule: '0 0 * * *',
      run: 'node /home/ada/social/stats.mjs',
      shell: true,
      env: environment,
    }),

    // (line 32)
    // What stands behind the % is its stdin, as with cron, for which a percent sign to the shell is \%.
    // mail needs rights that a program's file gives (setuid), and a unit of nightshift service install
    // refuses (NoNewPrivileges=): there it may fail.
    command('mail', {
      ...asCron,
      schedule: '30 6 * * *',
      run: 'mail -s "Today\'s plan" ada@example.com',
      shell: true,
      env: environment,
      stdin: 'Good morning!\n\n- 100% of the orders\n- coffee\n',
    }),

    // (line 33)
    command('certbot-renew', {
      ...asCron,
      schedule: '0 0 * * 0',
      run: 'certbot -q renew',
      shell: true,
      env: environment,
    }),

    // --- the house ---
    // (line 36)
    command('curl', {
      ...asCron,
      schedule: '*/2 * * * *',
      run: 'curl -fsS -m 10 https://hc.example.com/ping/0b9c > /dev/null',
      shell: true,
      env: environment,
    }),

    // (line 37)
    command('heating-check', {
      ...asCron,
      schedule: '* * * * *',
      run: 'sleep 30; /home/ada/bin/heating --check',
      shell: true,
      env: environment,
    }),

    // (line 38)
    command('heating-night', {
      ...asCron,
      schedule: '0 22 * * *',
      run: '/home/ada/bin/heating --night',
      shell: true,
      env: environment,
    }),

    // (line 39)
    command('heating-day-c657', {
      ...asCron,
      schedule: '0 6 * * 1-5',
      run: '/home/ada/bin/heating --day',
      shell: true,
      env: environment,
    }),

    // (line 40)
    command('heating-day-fb92', {
      ...asCron,
      schedule: '0 8 * * 0,6',
      run: '/home/ada/bin/heating --day',
      shell: true,
      env: environment,
    }),

    // (line 41)
    // What starts with the machine to run for ever belongs into systemd: here it is a run, which its
    // timeout ends.
    command('mount-disks', {
      ...asCron,
      schedule: '@reboot',
      run: '/home/ada/bin/mount-disks',
      shell: true,
      env: environment,
      timeout: '365d',
      catchUp: 'once',
      grace: '10m',
    }),

    // (line 42)
    // What starts with the machine to run for ever belongs into systemd: here it is a run, which its
    // timeout ends.
    command('vpn-up', {
      ...asCron,
      schedule: '@reboot',
      run: 'sleep 60 && /home/ada/bin/vpn up',
      shell: true,
      env: environment,
      timeout: '365d',
      catchUp: 'once',
      grace: '10m',
    }),

    // (line 46)
    command('updatedb', {
      ...asCron,
      schedule: '20 1 * * *',
      jitter: '20m',
      run: 'nice -n 19 ionice -c3 updatedb --localpaths=/home/ada',
      shell: true,
      env: environment2,
    }),

    // (line 47)
    command('rsync', {
      ...asCron,
      schedule: '40 1 * * *',
      jitter: '20m',
      run: 'rsync -a --delete /home/ada/photos/ nas:/photos/',
      shell: true,
      env: environment2,
    }),

    // (line 50)
    command('sync-notes', {
      ...asCron,
      schedule: '0 */4 * * *',
      run: ['/bin/bash', '-c', '[[ -f ~/.sync ]] && source ~/.profile && sync-notes {work,home}'],
      env: environment3,
    }),

    // NOT CARRIED OVER, line 51: 30 23 L * * /home/ada/bin/month-end.sh
    //   'L' is no day of the month: cron takes 1 to 31, lists, ranges and steps of them.

    // NOT CARRIED OVER, line 52: 0 0 31 4 * /home/ada/bin/never.sh
    //   '0 0 31 4 *' never comes.

    // (line 54)
    command('markets-close', {
      ...asCron,
      schedule: '0 16 * * 1-5',
      timeZone: 'America/New_York',
      run: ['/bin/bash', '-c', '/home/ada/bin/markets --close'],
      env: environment4,
    }),

    // (line 56)
    command('markets-open', {
      ...asCron,
      schedule: '35 9 * * 1-5',
      timeZone: 'America/New_York',
      run: ['/bin/bash', '-c', '/home/ada/bin/markets --open'],
      env: environment5,
    }),

    // (line 59)
    command('water-plants', {
      ...asCron,
      schedule: '0 7 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * +1-5',
      run: ['/bin/bash', '-c', '/home/ada/bin/water-plants'],
      env: environment6,
    }),

    // (line 60)
    command('tar-czf', {
      ...asCron,
      schedule: '55 23 * * *',
      run: ['/bin/bash', '-c', 'tar czf "/mnt/backup/home-$(date +%u).tgz" -C /home/ada .'],
      env: environment6,
    }),

    // (line 61)
    command('logs-rotate', {
      ...asCron,
      schedule: '5 1 * * *',
      run: ['/bin/bash', '-c', '/home/ada/bin/logs rotate'],
      env: environment6,
    }),

    // (line 62)
    command('logs-upload', {
      ...asCron,
      schedule: '5 1 * * *',
      run: ['/bin/bash', '-c', '/home/ada/bin/logs upload'],
      env: environment6,
    }),

    // (line 63)
    command('docker-exec', {
      ...asCron,
      schedule: '0 1 * * *',
      run: ['/bin/bash', '-c', 'docker exec shop-db pg_dump -U shop shop > /mnt/backup/pg.sql'],
      env: environment6,
    }),

    // (line 64)
    command('tax-quarter', {
      ...asCron,
      schedule: '0 2 1 1,4,7,10 *',
      run: ['/bin/bash', '-c', '/home/ada/bin/tax-quarter.sh'],
      env: environment6,
    }),
  ],
});
