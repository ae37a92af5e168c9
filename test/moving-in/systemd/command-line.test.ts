import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandLinesIn, programOf } from '../../../src/moving-in/systemd/command-line.ts';
import { specifiersOf } from '../../../src/moving-in/systemd/specifiers.ts';
import { fc, runs } from '../../property.ts';

const specifiers = specifiersOf({
  kind: 'user',
  unit: 'sync@a-b\\x20c.service',
  file: '/etc/sync@.service',
  user: { name: 'ada', home: '/home/ada', id: 1000 },
  host: { name: 'box.example', architecture: 'x86-64', kernel: '6.1', id: 'abc' },
});
/** As systemd puts it in: in braces. */
const put = (name: string) => `$${`{${name}}`}`;
const program = (...lines: string[]) => programOf(lines.flatMap((line) => commandLinesIn(line, specifiers)));

describe('a command line', () => {
  it.each<[string, string[]]>([
    ['/bin/x a  "b c" \'d "e"\'', ['/bin/x', 'a', 'b c', 'd "e"']],
    ['/bin/x a"b c"d', ['/bin/x', 'ab cd']],
    [String.raw`/bin/x \x41 \101 \u00e9 a\sb \t\"`, ['/bin/x', 'A', 'A', 'é', 'a b', '\t"']],
    [
      '/bin/x %h %i %I %n %% %t %u',
      ['/bin/x', '/home/ada', 'a-b\\x20c', 'a/b c', 'sync@a-b\\x20c.service', '%', '/run/user/1000', 'ada'],
    ],
    ['/bin/x $$HOME a$b', ['/bin/x', '$HOME', 'a$b']],
    // Seen by a systemd 252, as are all the following with a dollar sign.
    [`/bin/x $${put('A')} x$${put('A')}y $$ $$$$`, ['/bin/x', put('A'), `x${put('A')}y`, '$', '$$']],
    [`/bin/x $5 $A-B ${put('A-b')} x`, ['/bin/x', '', 'x']],
    ['/opt/$HOME/x a', ['/opt/$HOME/x', 'a']],
    [`:/bin/x ${put('A')} $$`, ['/bin/x', put('A'), '$$']],
    ['@/bin/x other a', ['/bin/x', 'a']],
    ['+/bin/x a', ['/bin/x', 'a']],
    ['/usr/bin/find . -exec rm {} \\;', ['/usr/bin/find', '.', '-exec', 'rm', '{}', ';']],
    ['/bin/x ";"', ['/bin/x', ';']],
    ['/bin/x a;b', ['/bin/x', 'a;b']],
  ])('%s is a program with its arguments', (line, run) => {
    expect(program(line)).toEqual({ run, isShell: false, split: [] });
  });

  it.each<[string[], string]>([
    [['-/bin/x a'], '{ /bin/x a || :; }'],
    [['/bin/x ; /bin/y b'], '/bin/x && exec /bin/y b'],
    [[`/bin/x ${put('A')}/b`, "/bin/y 'it''s'"], `/bin/x "${put('A')}"/b && exec /bin/y its`],
    [['/bin/x $ARGS "c d"'], "set -f; exec /bin/x $ARGS 'c d'"],
  ])('%j needs a shell: %s', (lines, script) => {
    expect(program(...lines)).toMatchObject({ run: ['/bin/sh', '-c', script], isShell: true });
  });

  it.each(['/bin/x "a', '/bin/x a\\', String.raw`/bin/x \q`, '/bin/x %b', '/bin/x \\xff', '|/bin/x'])(
    '%s is refused',
    (line) => {
      expect(() => program(line)).toThrow(expect.objectContaining({ code: 'UNIT_INVALID' }));
    },
  );

  it('gives each argument as it is, whatever it holds', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom(...'aä "\'\\$%{};\n*') }), { maxLength: 6 });
    const quoted = (word: string) =>
      `"${word.replaceAll('%', '%%').replaceAll('$', '$$$$').replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
    fc.assert(
      fc.property(words, (all) => {
        expect(program(`/bin/x ${all.map(quoted).join(' ')}`)).toMatchObject({ run: ['/bin/x', ...all] });
      }),
      runs(200),
    );
  });

  it('gets from the shell what systemd would put in', () => {
    const words = `'[%%s]' ${put('A')} $A x${put('A')}y $$A $${put('A')} '* ;' "it's" $NONE ${put('NONE')}`;
    const { run } = program('/usr/bin/true', `/usr/bin/printf ${words}`);
    const [shell = '', ...args] = run;
    const said = execFileSync(shell, args, { encoding: 'utf8', env: { A: ' one  * ' } });
    expect(said).toBe('[ one  * ][one][*][x one  * y][$A][$' + "{A}][* ;][it's][]");
  });
});
