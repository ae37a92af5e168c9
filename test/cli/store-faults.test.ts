/**
 * The real service whose store is removed under it, damaged, and put on a disk that can only be read.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/persistence/ledger.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { eventually } from '../eventually.ts';
import { changeText } from '../persistence/change-text.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
  place.write(
    'nightshift.config.ts',
    `import { appendFile } from 'node:fs/promises';
     import { defineConfig, engine } from 'nightshift';
     export default defineConfig({
       builtIn: { health: false, resources: false },
       engines: [engine('tick', { every: '300ms', catchUp: 'all', overlap: 'queue', run: ({ step, runId }) => step('write', () => appendFile('runs.txt', runId + '\\n')) })],
     });`,
  );
});
afterEach(() => place.dispose());

const store = () => join(place.data, 'nightshift.db');
const runs = () => readFileSync(join(place.folder, 'runs.txt'), 'utf8').split('\n').filter(Boolean);
const more = (count: number) => eventually(`${count} runs`, () => runs().length >= count);
const settled = () =>
  readStoreFile(store(), 'ledger:engine/tick:').flatMap(({ json }) => (JSON.parse(json) as LedgerEntry).due ?? []);

it('goes on when its store is removed, has all of it at the next start, and says what keeps it from starting', {
  timeout: 60_000,
}, async () => {
  const service = await place.start();
  await eventually('a run', () => readdirSync(place.folder).includes('runs.txt'));
  await more(3);
  const before = settled().length;
  const key = readFileSync(join(place.data, 'vault.key'), 'utf8');
  rmSync(place.data, { recursive: true, force: true });
  await eventually('word of it', () => service.log().includes('store.rescued'), service.log);
  // Nobody takes the service for down, and begins its jobs once more beside it.
  expect((await place.run('status')).out).toMatch(/^The service is running\./);
  expect(await place.runAlone('start', '--port', '0')).toMatchObject({
    code: 1,
    err: expect.stringContaining('found it in use by process'),
  });
  expect(readFileSync(join(place.data, 'vault.key'), 'utf8')).toBe(key);
  await more(runs().length + 3);
  // A run is settled when it has ended, and not when its step has written.
  await eventually('three more in the ledger', () => settled().length > before + 2);
  await service.end('SIGKILL');

  const log = readFileSync(`${store()}-wal`);
  expect(settled().length).toBeGreaterThan(before + 2);
  const flipped = Buffer.from(log);
  flipped[5_000] = (log[5_000] as number) ^ 1;
  writeFileSync(`${store()}-wal`, flipped);
  const refused = await place.runAlone('start', '--port', '0');
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringContaining('nightshift.db-wal: found it damaged after 4152 bytes'),
  });
  expect((await place.run('doctor', '--port', '0')).out).toMatch(/^PROBLEM {2}store .*damaged after 4152 bytes/m);

  // A page or two stand twice in the log; what one of them has lost, the other may have.
  expect((await place.run('recover', '--dry-run')).out).toMatch(
    /nightshift\.db: \d+ rows can be read[,;].*\n(?:.*\n)*Nothing was changed\./,
  );

  writeFileSync(`${store()}-wal`, log);
  // Under a running service the system refuses to remount: it has files open for writing. Mount namespaces are Linux's own.
  if (process.platform === 'linux') {
    const unwritable = expect.stringMatching(
      /\.nightshift: found that it cannot be written \(EROFS\), expected a folder/,
    );
    expect(await place.runReadOnly('start', '--port', '0')).toMatchObject({ code: 1, err: unwritable });
    const seen = await place.runReadOnly('doctor', '--port', '0');
    expect(seen.out).toMatch(/^PROBLEM {2}disk .* can only be read\n +-> mount -o remount,rw /m);
    expect(seen.out).toMatch(/\n1 problem, 1 warning\.\n$/);
  }
  const again = await place.start();
  await more(runs().length + 2);
  await again.end('SIGTERM');
  const dues = settled().sort((one, other) => one.from - other.from);
  dues.reduce((last, next) => {
    expect(next.from, 'each due time once').toBe(last.to + 300);
    return next;
  });
});

it('puts a record aside that the disk has changed, and goes on with all but the rows of a damaged page once that is recovered', {
  timeout: 60_000,
}, async () => {
  const service = await place.start();
  await eventually('a run', () => readdirSync(place.folder).includes('runs.txt'));
  await more(12);
  await service.end('SIGTERM');
  changeText(store(), 'actor:engine/tick', '"machine"', '"mashine"');
  const again = await place.start();
  expect(again.log()).toMatch(
    /"record\.quarantined".*what was not written so|what was not written so.*"record\.quarantined"/,
  );
  await more(runs().length + 2);
  await again.end('SIGTERM');

  const before = settled().length;
  const bytes = readFileSync(store());
  const pages = Array.from({ length: bytes.length / 4_096 }, (_, n) => bytes.subarray(n * 4_096, (n + 1) * 4_096));
  const leaf = pages.findIndex((page) => page[0] === 13 && page.includes('ledger:engine/tick:'));
  pages[leaf]?.fill(0);
  writeFileSync(store(), bytes);
  expect(await place.runAlone('start', '--port', '0')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/nightshift\.db: found a damaged database .*: nightshift recover\n$/),
  });
  expect((await place.run('recover')).out).toMatch(/: \d+ rows can be read, \d+ cannot: .*ledger:engine\/tick:/);
  const recovered = await place.start();
  await more(runs().length + 2);
  await recovered.end('SIGTERM');
  expect(settled().length).toBeGreaterThan(before / 2);
});
