import { describe, expect, it } from 'vitest';
import { splitAtPercent } from '../../../src/moving-in/crontab/percent.ts';
import { fc, runs } from '../../property.ts';

describe('a command', () => {
  it.each<[string, string, string?]>([
    ['date +\\%F', 'date +%F'],
    ['cat%one%two', 'cat', 'one\ntwo\n'],
    ['cat%', 'cat'],
    ['cat%%', 'cat', '\n'],
    ['cat%a%', 'cat', 'a\n'],
    ['cat%100\\%', 'cat', '100%\n'],
    ['echo \\\\%x', 'echo \\\\', 'x\n'],
    ['echo \\n', 'echo \\n'],
    ['echo \\', 'echo \\'],
    ['cat%a\\b', 'cat', 'a\\b\n'],
    ['cat%a%\\', 'cat', 'a\n\\'],
  ])('%o is the line %o, which reads %o', (command, line, stdin) => {
    const split = splitAtPercent(command);
    expect([split.line, split.stdin]).toEqual([line, stdin]);
    expect(split.written.line + split.written.rest).toBe(command);
  });

  it('is taken apart as cron does it, sign by sign', () => {
    const command = fc
      .array(fc.constantFrom('a', '\\', '%', ' ', '\\%', '%%'), { maxLength: 12 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(command, (each) => {
        const { line, stdin = '' } = splitAtPercent(each);
        expect({ line, stdin }).toEqual(bySigns(each));
      }),
      runs(300),
    );
  });
});

/** One sign after the other, as a daemon with a buffer would. */
function bySigns(command: string): { line: string; stdin: string } {
  let line = '';
  let place = 0;
  for (; place < command.length && command[place] !== '%'; place++) {
    const next = command[place + 1];
    if (command[place] !== '\\' || next === undefined) line += command[place];
    else {
      line += next === '%' ? '%' : `\\${next}`;
      place += 1;
    }
  }
  let [stdin, isBehindBackslash, endsWhole] = ['', false, true];
  for (const sign of command.slice(place + 1)) {
    const given = !isBehindBackslash && sign === '%' ? '\n' : sign;
    if (isBehindBackslash && sign !== '%') stdin += '\\';
    isBehindBackslash = sign === '\\';
    if (isBehindBackslash) continue;
    stdin += given;
    endsWhole = given === '\n';
  }
  if (isBehindBackslash) stdin += '\\';
  return { line, stdin: endsWhole ? stdin : `${stdin}\n` };
}
