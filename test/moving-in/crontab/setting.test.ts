import { expect, it } from 'vitest';
import { settingIn } from '../../../src/moving-in/crontab/setting.ts';

it.each([
  ['A=b', 'A', 'b'],
  ['MAILTO=', 'MAILTO', ''],
  ['MAILTO=""', 'MAILTO', ''],
  ["PATH = '/usr/bin:/bin'  ", 'PATH', '/usr/bin:/bin'],
  ['A\t=\tb c  ', 'A', 'b c'],
  ['A=" b "', 'A', ' b '],
  [`A="it's"`, 'A', "it's"],
  ['A=b # no comment', 'A', 'b # no comment'],
  ['A=$HOME/bin', 'A', '$HOME/bin'],
  ['"A B"=c', 'A B', 'c'],
  ['A=b"c"', 'A', 'b"c"'],
  ['A=b\r', 'A', 'b'],
  ['A=b=c', 'A', 'b=c'],
])('%o sets %o to %o', (line, name, value) => {
  expect(settingIn(line)).toEqual({ name, value });
});

it.each(['* * * * * A=b true', 'A b=c', '"A=b"=c', '=b', 'A="b" c', 'A="b', "'A=b", '@daily A=b', 'A'])(
  '%o sets nothing',
  (line) => {
    expect(settingIn(line)).toBeUndefined();
  },
);
