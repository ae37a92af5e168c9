import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isFollowed, sayFollowed } from '../../src/shadow/following.ts';
import {
  clearJournal,
  entriesSince,
  type JournalEntry,
  note,
  openJournal,
  ownJournalAt,
} from '../../src/shadow/journal.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'nightshift-journal-')), 'shadow');
  openJournal(folder);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const noon = Date.parse('2026-11-23T12:00:00Z');
const ended = (at: number): JournalEntry => ({ kind: 'ended', at, run: 'a', exitCode: 0, signal: null });

it('has every entry of several processes that write at once, whole', async () => {
  const script = `
    import { note } from ${JSON.stringify(join(import.meta.dirname, '../../src/shadow/journal.ts'))};
    const name = 'x'.repeat(3_000);
    for (let n = 0; n < 200; n++) note(process.argv[1], { kind: 'begun', at: ${noon} + n, run: process.pid + '.' + n, key: '', name });
  `;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script, folder];
  await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, flags)));
  const entries = entriesSince(folder, noon);
  expect(entries).toHaveLength(800);
  expect(new Set(entries.map((entry) => (entry.kind === 'begun' ? entry.run : ''))).size).toBe(800);
});

it('passes over what a crash has cut off, and has what was noted after it', () => {
  note(folder, ended(noon));
  appendFileSync(join(folder, '2026-11-23.jsonl'), '{"kind":"ended","at":17');
  note(folder, ended(noon + 1));
  appendFileSync(join(folder, '2026-11-23.jsonl'), 'null\n[]\n{"at":"x"}\n');
  expect(entriesSince(folder, 0)).toEqual([ended(noon), ended(noon + 1)]);
});

it("is nobody else's, and nowhere but in a folder", () => {
  const data = join(folder, '..');
  const uid = process.geteuid?.() ?? 0;
  expect(ownJournalAt(data, uid)).toBe(folder);
  expect(ownJournalAt(data, uid + 1)).toBeUndefined();
  expect(ownJournalAt(join(data, 'none'), uid)).toBeUndefined();
});

it('waits for nobody who would read a pipe in its place, nor write to one', () => {
  execFileSync('mkfifo', [join(folder, '2026-11-23.jsonl')]);
  expect(() => note(folder, ended(noon))).toThrow('ENXIO');
  expect(entriesSince(folder, 0)).toEqual([]);
  execFileSync('mkfifo', [join(folder, 'following')]);
  expect(isFollowed(join(folder, '..'), 1)).toBe(false);
  sayFollowed(join(folder, '..'))();
});

it('writes through no link', () => {
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, '');
  symlinkSync(elsewhere, join(folder, '2026-11-23.jsonl'));
  expect(() => note(folder, ended(noon))).toThrow('ELOOP');
  expect(statSync(elsewhere).size).toBe(0);
});

it('is for its owner alone', () => {
  note(folder, ended(noon));
  expect(statSync(join(folder, '2026-11-23.jsonl')).mode & 0o777).toBe(0o600);
});

it('keeps the files of the last weeks, and whatever is not its own', () => {
  for (const day of [0, 30, 40]) note(folder, ended(noon - day * 86_400_000));
  writeFileSync(join(folder, 'notes.txt'), '');
  clearJournal(folder, noon);
  expect(readdirSync(folder).sort()).toEqual(['2026-10-24.jsonl', '2026-11-23.jsonl', 'notes.txt']);
  expect(entriesSince(join(folder, 'none'), 0)).toEqual([]);
  expect(entriesSince(folder, noon - 1)).toEqual([ended(noon)]);
});
