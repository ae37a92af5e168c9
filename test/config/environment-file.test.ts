import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentFile, environmentIn } from '../../src/config/environment-file.ts';

/** What a service of systemd 252 got of these lines. */
const lines = String.raw`A=plain
B="double \"q\" \$x \n \t \\ end"
C='single \n "x" $A'
D=un quoted # c   
E=back\slash \# x
 F = spaced
G="multi
line"
H=con\
tinued
I="a"'b'c
J='it''s'
# comment
; comment
export K=1
L=
M="x" y
N=a"b c"d
O="x\
y"
P=$A
Q=é
1BAD=x
R.S=x
T="unterminated
`;

describe('a file with variables', () => {
  it('is read as systemd reads it', () => {
    expect(environmentIn(lines)).toEqual({
      A: 'plain',
      B: String.raw`double "q" $x \n \t \ end`,
      C: String.raw`single \n "x" $A`,
      D: 'un quoted # c',
      E: 'backslash # x',
      F: 'spaced',
      G: 'multi\nline',
      H: 'continued',
      I: 'abc',
      J: 'its',
      L: '',
      M: 'xy',
      N: 'a"b c"d',
      O: 'xy',
      P: '$A',
      Q: 'é',
      T: 'unterminated\n',
    });
  });

  it.each([
    ['A=b\r\nC=d\r\n', { A: 'b', C: 'd' }],
    ['A=b\\\\\\  \n', { A: 'b\\ ' }],
    ['A=b \\', { A: 'b ' }],
    ['A="b\\', { A: 'b\\' }],
    ['# on \\\nA=1\nB=2', { B: '2' }],
    ['A=1\nA=2', { A: '2' }],
    ['__proto__=x\nA', JSON.parse('{"__proto__":"x"}')],
    ['', {}],
  ])('%j holds what it says', (text, variables) => {
    expect(environmentIn(text)).toEqual(variables);
  });

  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nightshift-variables-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('may be missing where that is said, and is a problem with a name where not', () => {
    const file = join(folder, 'a.env');
    expect(environmentFile(file, 'may be missing')).toEqual({});
    expect(() => environmentFile(file)).toThrow(`${file}: found no such file, expected lines such as NAME=value.`);
    expect(() => environmentFile(folder)).toThrow(`${folder}: found one that cannot be read (EINVAL)`);
    writeFileSync(file, Buffer.from([0x41, 0x3d, 0xff]));
    expect(() => environmentFile(file, 'may be missing')).toThrow('UTF-8');
    writeFileSync(file, 'A=1\n');
    expect(environmentFile(file)).toEqual({ A: '1' });
  });
});
