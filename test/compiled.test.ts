import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forgetUnused, unusedMsMax } from './compiled.ts';

it('keeps what was read or written lately, and removes what nobody has used for days', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-compiled-'));
  const now = Date.UTC(2026, 10, 23);
  const [lately, long] = [now / 1_000 - 60, (now - unusedMsMax) / 1_000 - 60];
  const version = join(folder, 'v24.0.0-x64-1-0');
  mkdirSync(version);
  const put = (name: string, readAt: number, writtenAt: number) => {
    writeFileSync(join(version, name), '');
    utimesSync(join(version, name), readAt, writtenAt);
  };
  put('written', long, lately);
  put('read', lately, long);
  put('unused', long, long);
  forgetUnused(folder, now);
  expect(readdirSync(version).sort()).toEqual(['read', 'written']);
  rmSync(folder, { recursive: true });
});

it('minds no folder that is not there yet', () => {
  expect(() => forgetUnused(join(tmpdir(), 'nightshift-no-such-folder'), 0)).not.toThrow();
});
