import { describe, expect, it } from 'vitest';
import type { FoundJob } from '../../src/moving-in/found-job.ts';
import { named, namesOfLine } from '../../src/moving-in/job-names.ts';
import { fc, runs } from '../property.ts';

const job = (source: string): FoundJob => ({
  place: '',
  source,
  notes: [],
  names: namesOfLine(source),
  options: null,
  remarks: [],
});
const idsOf = (...lines: string[]) => named(lines.map(job)).map(({ id }) => id);

it.each([
  ['/usr/local/bin/import.sh --all', 'import'],
  ['cd /srv/app && /usr/bin/php artisan schedule:run >> /dev/null 2>&1', 'artisan-schedule-run'],
  ['test -x /usr/sbin/anacron || ( cd / && run-parts /etc/cron.daily )', 'run-parts'],
  ['FOO=1 nice -n 19 ionice -c2 -n7 /usr/bin/python3 -u /opt/sync.py x', 'sync'],
  ['flock -n /tmp/lock -c "/opt/run me.sh"', 'run'],
  ['bash -lc "cd /x && npm run job"', 'npm-run'],
  ['mysqldump --all | gzip > /x/$(date +%F).gz', 'mysqldump'],
  ['/usr/bin/env node /x/y.mjs', 'y'],
  ['java -jar /opt/Indexer.jar', 'indexer'],
  ['sudo -u www-data php /var/www/cron.php', 'cron'],
  ['backup', 'backup-job'],
  ['"', 'job'],
])('%o goes by %o', (line, id) => {
  expect(idsOf(line)).toEqual([id]);
});

describe('ids', () => {
  it('are told apart by arguments, and by a hash where these are the same', () => {
    const lines = ['x a.sh', 'heat --day', 'heat --night', '0 8 heat --day', '0 9 heat --day'];
    const names = lines.map((line) => ({ ...job(line), names: namesOfLine(line.replace(/^[\d ]+/, '')) }));
    expect(named(names).map(({ id }) => id)).toEqual([
      'x',
      expect.stringMatching(/^heat-day-[0-9a-f]{4}$/),
      'heat-night',
      expect.stringMatching(/^heat-day-[0-9a-f]{4}$/),
      expect.stringMatching(/^heat-day-[0-9a-f]{4}$/),
    ]);
  });

  it('hold nothing of what stands behind a question mark', () => {
    const [one, other] = idsOf('curl https://a.example/x.php?key=one', 'curl https://a.example/y.php?key=two');
    expect([one, other]).toEqual(['curl-x.php', 'curl-y.php']);
  });

  it('stay the same when other lines come and go', () => {
    const [first] = idsOf('/x/one.sh', '/x/two.sh');
    expect(idsOf('/x/three.sh', '/x/one.sh')[1]).toBe(first);
    expect(idsOf('same', 'same').map((id) => id.replace(/-[0-9a-f]{4}/, '-hash'))).toEqual([
      'same-hash',
      'same-hash-2',
    ]);
  });

  it('are names that a config takes, each once, whatever the lines are', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('backup', 'sudo', '-n', 'sh', '-c', '&&', '"', "'", '/x/y.sh', 'a', '$(b)', '__proto__', '.'),
    );
    const lines = fc.array(
      fc.array(word, { maxLength: 5 }).map((words) => words.join(' ')),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(lines, (all) => {
        const ids = idsOf(...all);
        expect(new Set(ids).size).toBe(all.length);
        for (const id of ids) expect(id).toMatch(/^(?!\.{1,2}$)[\w.-]{1,100}$/);
      }),
      runs(200),
    );
  });
});
