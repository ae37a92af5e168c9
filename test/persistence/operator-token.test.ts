import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operatorToken } from '../../src/persistence/operator-token.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-token-'));
  file = join(folder, 'nightshift-token');
});
afterEach(() => rmSync(folder, { recursive: true }));

const found = () => operatorToken({ CREDENTIALS_DIRECTORY: folder }, () => Buffer.alloc(32));

describe("the operator's token", () => {
  it('is the credential, without the end of its line', () => {
    const token = 'q7B+/9a8Vm3yYc1dQw0eRt2uIoP4sDfGhJkLzXcVbN0=';
    writeFileSync(file, `${token}\n`);
    expect(found()).toBe(token);
  });

  it('is made when there is no such credential, or none at all', () => {
    expect(found()).toBe('A'.repeat(43));
    expect(operatorToken({}, () => Buffer.alloc(32))).toBe('A'.repeat(43));
    expect(operatorToken({})).not.toBe(operatorToken({}));
  });

  it.each(['', 'short', 'x'.repeat(31), `${'x'.repeat(40)} y`, 'ü'.repeat(40)])(
    'is not %j, which is refused',
    (text) => {
      writeFileSync(file, text);
      expect(found).toThrow(/nightshift-token: found \d+ characters, expected at least 32/);
      if (text) expect(found).not.toThrow(new RegExp(text));
    },
  );

  it('that cannot be read is an error, and no reason to make another', () => {
    mkdirSync(file);
    expect(found).toThrow("found that the operator's token cannot be read (EISDIR)");
  });
});
