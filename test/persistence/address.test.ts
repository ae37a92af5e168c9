import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leaveAddress } from '../../src/persistence/address.ts';
import { dataDirAt } from '../../src/persistence/data-dir.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-address-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const word = { token: 'of-the-operator', url: 'http://127.0.0.1:4100' };

it('is there for the command while the service runs, and for its user alone', () => {
  const { apiToken, address } = dataDirAt(folder);
  const takeBack = leaveAddress({ apiToken, address }, word);
  expect(readFileSync(apiToken, 'utf8')).toBe('of-the-operator\n');
  expect(JSON.parse(readFileSync(address, 'utf8'))).toEqual({ url: word.url, pid: process.pid });
  expect([apiToken, address].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  takeBack();
  expect(readdirSync(folder)).toEqual(['api.token']);
});

it('says which file found the disk full, and what to do; any other error is the system’s own', () => {
  const refused = (code: string) => () =>
    leaveAddress(dataDirAt(folder), word, () => {
      throw Object.assign(new Error('no'), { code });
    });
  expect(refused('ENOSPC')).toThrow(
    expect.objectContaining({
      code: 'DATA_DIR_FULL',
      message: expect.stringMatching(/api\.token: could not be written \(ENOSPC\), .* Make room on the disk/),
    }),
  );
  expect(refused('EIO')).toThrow(expect.objectContaining({ code: 'EIO' }));
});
