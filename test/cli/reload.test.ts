/**
 * A real service that goes on with another config: what runs is not lost, what is due meanwhile is made up for, and a config that is
 * not good changes nothing.
 */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CheckAnswer } from '../../src/cli/check.ts';
import { ledgerEntry } from '../../src/persistence/ledger.ts';
import { lockOwner } from '../../src/persistence/lock.ts';
import { readStoreFile } from '../../src/persistence/store-reader.ts';
import { selfSigned } from '../dashboard/self-signed.ts';
import { eventually } from '../eventually.ts';
import { type Running, Workplace } from './nightshift.ts';

const config = (engines: string, drain = '1s') => `
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineConfig, engine } from 'nightshift';
const note = (line) => appendFileSync('notes.txt', line + '\\n');
export default defineConfig({
  builtIn: { health: false, resources: false },
  supervision: { drain: '${drain}' },
  engines: [
    engine('short', { run: ({ step }) => step('only', async () => { await sleep(300); note('short'); return 1; }) }),
    engine('long', { run: async ({ step }) => {
      await step('first', () => note('first'));
      await step('second', async ({ signal }) => {
        note('second begins');
        while (!existsSync('enough')) await sleep(50, null, { signal });
        note('second ends');
      });
      return 1;
    } }),
    ${engines}
  ],
});`;
const often = (every: string) => `engine('often', { every: '${every}', run: () => 1 }),`;
const quiet = "engine('quiet', { run: () => 1 }),";

let place: Workplace;
let service: Running;
const notes = () => {
  const file = join(place.folder, 'notes.txt');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};
/** Of the service as it is now: its port is another after each reload. */
const url = () => (JSON.parse(readFileSync(join(place.data, 'api.json'), 'utf8')) as { url: string }).url;
/** undefined when there is no such engine. */
const stateOf = async (engine: string) => {
  const answer = await fetch(`${url()}/api/actors/engine/${engine}`);
  return answer.ok ? ((await answer.json()) as { state: string }) : undefined;
};
/** The due times that the run ledger accounts for, in order. */
const duesOf = (engine: string) =>
  readStoreFile(join(place.data, 'nightshift.db'), `ledger:engine/${engine}:`)
    .flatMap((row) => ledgerEntry(row)?.due ?? [])
    .sort((one, other) => one.from - other.from);
const order = (engine: string, what: string) => place.send(url(), `engine/${engine}`, `engine.${what}`);

beforeAll(async () => {
  place = new Workplace();
  place.write('nightshift.config.ts', config(often('200ms') + quiet));
  service = await place.start({ NIGHTSHIFT_KEY: Buffer.alloc(32, 7).toString('base64') });
}, 60_000);
afterAll(() => place.dispose());

it('what runs ends in the drain or goes on after it, and nothing that is due meanwhile is lost', async () => {
  await order('quiet', 'pause');
  await order('long', 'trigger');
  await order('short', 'trigger');
  await eventually('the second step', () => notes().includes('second begins'), service.log);
  place.write('nightshift.config.ts', config(often('300ms')));
  const { changes, records } = JSON.parse((await place.run('check', '--json')).out) as CheckAnswer;
  expect(changes.changes.map(({ part, what }) => [part, what])).toEqual([
    ['engine/often', 'changed'],
    ['engine/quiet', 'removed'],
  ]);
  expect(records).toMatchObject({ quarantined: [], removed: [{ address: 'engine/quiet' }] });

  const reloadedAt = Date.now();
  const reloaded = await place.run('reload');
  expect(reloaded, service.log()).toMatchObject({ code: 0, err: '' });
  expect(reloaded.out).toMatch(/engine\/often: schedule: every 200ms → every 300ms/);
  expect(reloaded.out).toMatch(/The service is back, after [\d.]+m?s\.\n$/);
  expect(service.child.exitCode).toBeNull();
  expect(await stateOf('long')).toMatchObject({ state: 'running' });
  expect(await stateOf('quiet')).toBeUndefined();

  place.write('enough', '');
  await eventually('the end of the long run', () => notes().includes('second ends'), service.log);
  expect(notes()).toEqual(['first', 'second begins', 'short', 'second begins', 'second ends']);
  expect(service.log()).not.toMatch(/run\.failed|quarantined/);
  // It has come back with the key that it was given, and has made none.
  expect(readdirSync(place.data)).not.toContain('vault.key');
  const covered = duesOf('often');
  expect(covered[0]?.from).toBeLessThan(reloadedAt);
  expect(covered.at(-1)?.from).toBeGreaterThan(reloadedAt);
  // One due time after the other, by the old interval and then by the new one: none is left out, and none comes twice.
  const gaps = covered.slice(1).map(({ from }, n) => from - (covered[n]?.to ?? 0));
  const change = gaps.slice(
    gaps.findIndex((gap) => gap !== 200),
    gaps.findLastIndex((gap) => gap !== 300) + 1,
  );
  expect(change.length, `${gaps}`).toBeLessThanOrEqual(1);
  for (const gap of change) expect(gap).toBeLessThan(200 + 300);
});

it('who comes back into the config goes on where it stood', async () => {
  place.write('nightshift.config.ts', config(often('300ms') + quiet));
  expect(await place.run('reload', '--json')).toMatchObject({ code: 0 });
  expect(await stateOf('quiet')).toMatchObject({ state: 'paused' });
});

it('a config that is not good is refused with what is wrong, and all goes on', async () => {
  place.write('nightshift.config.ts', config('').replace('engines: [', 'engins: ['));
  const refused = await place.run('reload');
  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toMatch(/Did you mean 'engines'\?\nThe service goes on with the config that it has\.\n$/);
  expect(await stateOf('quiet')).toMatchObject({ state: 'paused' });
});

it('a certificate that is none is found by check, and refused before the service would come back without it', async () => {
  const { certFile, keyFile } = selfSigned(place.folder, 'DNS:night.example');
  const listen = `listen: { host: '127.0.0.1', port: 4443, tls: ${JSON.stringify({ cert: certFile, key: keyFile })} },`;
  place.write('nightshift.config.ts', config(quiet).replace('engines: [', `${listen}\nengines: [`));
  writeFileSync(certFile, 'cut off');
  const words =
    /listen\.tls\.cert: found something else in .*, expected a certificate as PEM\. Name the right file\.\n/;
  const refused = { code: 2, out: '', err: expect.stringMatching(words) };
  expect(await place.runAlone('check')).toMatchObject(refused);
  expect(await place.run('reload')).toMatchObject(refused);
  expect(await stateOf('quiet')).toMatchObject({ state: 'paused' });
});

it('a reload that is asked for while a config is read, by check or by a start, is remembered, and goes by the file as it is then', async () => {
  const held = (engines: string) =>
    `${config(engines).replace(
      'export default',
      `
const held = process.argv.includes('start') ? 'held-start' : 'held-check';
note(held + ' ${engines.length}');
while (existsSync(held)) await sleep(20);
export default`,
    )}`;
  const noted = (line: string) => eventually(line, () => notes().includes(line), service.log);
  const other = `${quiet} ${often('1h')}`;
  const last = `${quiet} ${often('120m')}`;
  const marks = [place.write('held-check', ''), place.write('held-start', '')];
  place.write('nightshift.config.ts', held(quiet));
  const first = place.runAlone('reload', '--json');
  await noted(`held-check ${quiet.length}`);
  place.write('nightshift.config.ts', held(other));
  const second = place.runAlone('reload');
  await eventually('the second to be heard', () => service.log().includes('"reload.joined"'), service.log);
  rmSync(marks[0] ?? '');
  await noted(`held-start ${other.length}`);
  place.write('nightshift.config.ts', held(last));
  service.child.kill('SIGHUP');
  rmSync(marks[1] ?? '');
  await noted(`held-start ${last.length}`);
  expect(JSON.parse((await first).out)).toMatchObject({ when: 'asked', changes: [{ part: 'engine/often' }] });
  expect((await second).out).toMatch(
    /^A reload was under way already: the config was looked at once more\.\nThe new config/,
  );
  // It has come back, once more for the signal, and none is under way any more.
  const times = (word: string) => service.log().split(word).length - 1;
  await eventually('the last config', () => times('"service.ready"') === 1 + 4, service.log);
  expect([times('"service.reloading"'), await stateOf('often')]).toEqual([4, expect.anything()]);
});

it('a service that was told to stop while it reloads stops', async () => {
  rmSync(join(place.folder, 'enough'));
  place.write('nightshift.config.ts', config(quiet));
  // It keeps the service in its drain for a second.
  await order('long', 'trigger');
  const ended = once(service.child, 'exit');
  service.child.kill('SIGHUP');
  const agreed = () => service.log().split('"service.reloading"').length === 1 + 5;
  await eventually('the new config to be good', agreed, service.log);
  service.child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
});

it.each([
  ['looks at the new config', '"service.ready"'],
  ['makes room for the one after it', '"service.stopped"'],
])(
  'a service that is told to stop while it %s stops, and none comes after it',
  { timeout: 180_000 },
  async (_, line) => {
    place.write('nightshift.config.ts', config(quiet));
    service = await place.start();
    const ended = once(service.child, 'exit');
    const said = new Promise<void>((heard) => {
      const look = () => service.log().includes(line) && heard();
      service.child.stdout?.on('data', look);
      look();
    });
    service.child.kill('SIGHUP');
    await said;
    service.child.kill('SIGTERM');
    // One that has become another has nobody yet who would hear of it: the signal ends it.
    expect([0, null]).toContain((await ended)[0]);
    expect(lockOwner(join(place.data, 'lock.db'))).toBeNull();
  },
);
