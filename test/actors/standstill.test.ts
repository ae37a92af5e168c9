import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetStandstill, keepStandstill, keptStandstill, loopBlocked } from '../../src/actors/standstill.ts';

const standstill = {
  effect: { address: 'engine/looper', id: 'run', ticket: 'a.b' },
  where: 'forEver, jobs.ts:7',
  limitMs: 10_000,
} as const;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-standstill-'));
  file = join(folder, 'standstill.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is kept for the next start, for its owner alone, until it is forgotten', () => {
  expect(keptStandstill(file)).toBeUndefined();
  keepStandstill(file, standstill);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(keptStandstill(file)).toEqual(standstill);
  forgetStandstill(file);
  forgetStandstill(file);
  expect(keptStandstill(file)).toBeUndefined();
});

it.each(['', '{', 'null', '7', '{}', '{"effect":{}}', JSON.stringify({ ...standstill, effect: null })])(
  'counts for nothing when the file says %o',
  (text) => {
    writeFileSync(file, text);
    expect(keptStandstill(file)).toBeUndefined();
  },
);

it('fails its effect as a bug that says where', () => {
  expect(loopBlocked(standstill).failure).toEqual({
    class: 'bug',
    code: 'LOOP_BLOCKED',
    message:
      'engine/looper: it held up the event loop for more than 10 s (forEver, jobs.ts:7) and was ended. Work that computes for long belongs into a process of its own.',
  });
});
